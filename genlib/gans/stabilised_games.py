"""Many games at once with what stabilises them."""

import math
from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor, nn

from genlib.gans import stabilisers
from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.many import ManyGames
from genlib.gans.perceptrons import SLOPE, Perceptrons

WIDTH = 5  # numbers by which minibatch discrimination compares two examples
OTHER_STREAM = 1_000_003  # noise leaves the streams of the data and the codes as they are


class StabilisedGames(ManyGames):
    """Small games of perceptrons, with the stabilisers of :py:class:`~genlib.gans.GAN`.

    A run is what a GAN with the same stabilisers is. These are alike for all runs.

    Args:
        seeds: of each run, R of them.
        loss: what the players minimise, as of :py:class:`ManyGames`.
        noise: standard deviation of :py:class:`~genlib.gans.InstanceNoise`.
        noise_rounds: after how many rounds there is none left, on a straight line; by default all
            of it stays.
        smoothing: amount of :py:class:`~genlib.gans.LabelSmoothing`.
        feature_matching: whether G's cost is that of :py:class:`~genlib.gans.FeatureMatching`.
        historical: weight of :py:class:`~genlib.gans.HistoricalAveraging`.
        minibatch_std: whether D sees how much a batch varies, as by
            :py:class:`~genlib.gans.MinibatchStd`.
        minibatch_kernels: features of :py:class:`~genlib.gans.MinibatchDiscrimination`.
        unrolled: steps that G looks ahead, as of :py:class:`~genlib.gans.Unrolled`.
        unrolled_lr: the size of each.
        **options: what :py:class:`ManyGames` takes.

    Raises:
        ValueError: as :py:class:`ManyGames`; for a penalty on a D that compares the examples of a
            batch, whose slope is not written out; for stabilisers that are not together what they
            are in a single game: both comparisons of a batch, or features to match that are
            compared or looked ahead to.

    Chapter: "Stabilising GANs".
    """

    def __init__(
        self,
        seeds: Sequence[int],
        loss: AdversarialLoss | None = None,
        *,
        noise: float = 0.0,
        noise_rounds: float = math.inf,
        smoothing: float = 0.0,
        feature_matching: bool = False,
        historical: float = 0.0,
        minibatch_std: bool = False,
        minibatch_kernels: int = 0,
        unrolled: int = 0,
        unrolled_lr: float = 0.1,
        **options: object,
    ) -> None:
        """Draw the weights of every run, and begin the averages with them."""
        refuse_together(minibatch_std=minibatch_std, minibatch_kernels=minibatch_kernels)
        for name, value in (
            ("minibatch_std", minibatch_std),
            ("minibatch_kernels", minibatch_kernels),
            ("unrolled", unrolled),
        ):
            refuse_together(feature_matching=feature_matching, **{name: value})
        super().__init__(seeds, loss, **options)
        self.noise, self.noise_rounds, self.smoothing = noise, noise_rounds, smoothing
        self.feature_matching, self.historical = feature_matching, historical
        self.minibatch_std, self.minibatch_kernels = minibatch_std, minibatch_kernels
        self.unrolled, self.unrolled_lr = unrolled, unrolled_lr
        if minibatch_std or minibatch_kernels:
            if self.charged:
                raise ValueError(f"{self.charged} want a D that treats examples apart")
            self.discriminator = self._comparing()
        self.noises = {
            seed: torch.Generator().manual_seed(OTHER_STREAM + seed) for seed in self.streams
        }
        players = self.discriminator, self.generator
        self.past = [player.weights.detach().clone() for player in players]
        self.counts = [1, 1]

    def round(self, real: Tensor, codes: Tensor, next_real: Tensor, next_codes: Tensor) -> None:
        """Let D step once, then G, and count its new weights in."""
        super().round(real, codes, next_real, next_codes)
        self._count_in(1, self.generator)

    def discriminator_turn(self, real: Tensor, codes: Tensor) -> None:
        """Let D step once, and count its new weights in."""
        super().discriminator_turn(real, codes)
        self._count_in(0, self.discriminator)

    def discriminator_costs(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the sum over all runs of what D minimises."""
        real = self.seen(real)
        cost = super().discriminator_costs(real, self.seen(fake))
        if self.smoothing:
            runs = len(self.seeds)
            cost = cost + self.smoothing * runs * self.discriminator(real).mean()
        return cost + self._distance(0, self.discriminator)

    def generator_costs(self, real: Tensor, codes: Tensor) -> Tensor:
        """Return the sum over all runs of what G minimises."""
        fake, own = self.generator(codes), self.discriminator
        if self.unrolled:
            self.discriminator = self._looked_ahead(real, fake)
        cost = self.matched(real, fake) if self.feature_matching else self.judged(real, fake)
        self.discriminator = own
        return cost + self._distance(1, self.generator)

    def judged(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what G minimises by D's verdicts."""
        paired = self.discriminator(self.seen(real)) if self.loss.pairs_real else None
        return len(self.seeds) * self.loss.generator(self.discriminator(self.seen(fake)), paired)

    def matched(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the squared distances of the mean features of data and samples."""
        with torch.no_grad():
            wanted = features(self.discriminator, self.seen(real)).mean(dim=1)
        found = features(self.discriminator, self.seen(fake)).mean(dim=1)
        return (found - wanted).square().sum()

    def _looked_ahead(self, real: Tensor, fake: Tensor) -> Perceptrons:
        """Return the D that would have learnt from these for some steps, as functions of them."""
        own = self.discriminator
        ahead, weights = copy(own), own.weights.detach().requires_grad_()
        for _ in range(self.unrolled):
            self.discriminator = ahead
            ahead.weights = weights
            costs = self.discriminator_costs(real, fake)
            (slope,) = torch.autograd.grad(costs, weights, create_graph=True)
            ahead, weights = copy(own), weights - self.unrolled_lr * slope
        ahead.weights = weights
        return ahead

    def seen(self, x: Tensor) -> Tensor:
        """Return what D sees of events, (R, B, dimension)."""
        if not self.noise:
            return x
        left = max(0.0, 1 - self.rounds / self.noise_rounds)
        found = {seed: torch.randn(x.shape[1:], generator=own) for seed, own in self.noises.items()}
        return x + self.noise * left * torch.stack([found[seed] for seed in self.seeds]).to(x)

    def game(self, run: int) -> GAN:
        """Return one run as a GAN of its own.

        Its noise stays as much as it is at first, also where here it fades in some rounds: a game
        counts them by the length of its own run, which is not known before.
        """
        game = super().game(run)
        for stabiliser in self._stabilisers():
            stabiliser.attach(game)
            game.stabilisers.append(stabiliser)
        if isinstance(self.discriminator, ComparingPerceptrons):
            self.discriminator.load_comparison_into(run, game.discriminator)
        return game

    def _stabilisers(self) -> list[stabilisers.Stabiliser]:
        kinds = {
            stabilisers.Unrolled: (self.unrolled, self.unrolled_lr),
            stabilisers.LabelSmoothing: (self.smoothing,),
            stabilisers.InstanceNoise: (self.noise, None),
            stabilisers.MinibatchDiscrimination: (self.minibatch_kernels, WIDTH),
        }
        found = [kind(*numbers) for kind, numbers in kinds.items() if numbers[0]]
        found += [stabilisers.FeatureMatching()] if self.feature_matching else []
        found += [stabilisers.MinibatchStd()] if self.minibatch_std else []
        return found + (
            [stabilisers.HistoricalAveraging(self.historical)] if self.historical else []
        )

    def _comparing(self) -> "ComparingPerceptrons":
        plain, kernels = self.discriminator, self.minibatch_kernels
        parts = [plain.weights.detach()]
        if kernels:
            shape = (self.hidden[-1], kernels * WIDTH)
            scale = self.hidden[-1] ** -0.5
            kernel = self.drawn(lambda stream: scale * torch.randn(shape, generator=stream))
            parts.append(kernel.flatten(1))
        added = int(self.minibatch_std) + kernels
        parts.append(torch.zeros(len(self.seeds), added, device=self.device))
        weights = torch.cat(parts, dim=1)
        return ComparingPerceptrons(plain.widths, weights, self.minibatch_std, kernels)

    def _distance(self, player: int, network: Perceptrons) -> Tensor | float:
        if not self.historical:
            return 0.0
        return self.historical * (network.weights - self.past[player]).square().sum()

    @torch.no_grad()
    def _count_in(self, player: int, network: Perceptrons) -> None:
        if self.historical:
            self.counts[player] += 1
            self.past[player] += (network.weights - self.past[player]) / self.counts[player]


class ComparingPerceptrons(Perceptrons):
    """Perceptrons that compare the examples of a batch before their last layer.

    Behind the numbers of the layers, ``weights`` hold the tensor of minibatch discrimination and
    what each added feature counts, at first nothing.

    Args:
        widths: sizes of input, hidden layers and output.
        weights: of all of it.
        spread: whether there is the feature of :py:class:`~genlib.nn.MinibatchStd`.
        kernels: how many there are of :py:class:`~genlib.nn.MinibatchDiscrimination`.
    """

    def __init__(self, widths: Sequence[int], weights: Tensor, spread: bool, kernels: int) -> None:
        """Keep the weights."""
        super().__init__(widths, weights)
        self.spread, self.kernels = spread, kernels

    def __call__(self, x: Tensor) -> Tensor:
        """Map ``(R, B, inputs)`` to ``(R, B, 1)``."""
        x = features(self, x)
        matrix, bias = self.layers()[-1]
        return torch.baddbmm(bias, x, matrix) + torch.bmm(self.compared(x), self.counted())

    def counted(self) -> Tensor:
        """Return what each added feature counts in the score, ``(R, added, 1)``."""
        return self.weights[:, -(int(self.spread) + self.kernels) :].unsqueeze(2)

    def kernel(self) -> Tensor:
        """Return the tensor T of each run, ``(R, features, kernels * width)``."""
        size = self.widths[-2] * self.kernels * WIDTH
        end = self.weights.shape[1] - int(self.spread) - self.kernels
        return self.weights[:, end - size : end].unflatten(1, (self.widths[-2], -1))

    def compared(self, x: Tensor) -> Tensor:
        """Return the added features of ``(R, B, features)``, the spread first."""
        found = []
        if self.spread:
            spread = (x.var(dim=1, correction=0) + 1e-8).sqrt().mean(dim=1)
            found.append(spread[:, None, None].expand(-1, x.shape[1], 1))
        if self.kernels:
            rows = torch.bmm(x, self.kernel()).unflatten(2, (self.kernels, WIDTH))
            distances = (rows[:, :, None] - rows[:, None]).abs().sum(dim=-1)
            found.append((-distances).exp().sum(dim=2))
        return torch.cat(found, dim=2)

    def load_comparison_into(self, run: int, network: nn.Module) -> None:
        """Copy one run's weights of the comparison into a network that has the same."""
        counted, first = self.counted()[run, :, 0], self.widths[-2]
        last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
        with torch.no_grad():
            last.weight[0, first:] = counted
            for parameter in network.parameters():
                if parameter.ndim == 3:  # T is the only one
                    parameter.copy_(self.kernel()[run].unflatten(1, (self.kernels, WIDTH)))


def refuse_together(**pair: float) -> None:
    """Raise ``ValueError`` if both of two stabilisers are wanted."""
    if all(pair.values()):
        first, second = pair
        raise ValueError(f"{first} and {second} together are not what they are in a single game")


def features(network: Perceptrons, x: Tensor) -> Tensor:
    """Return what the last layer is given, ``(R, B, features)``."""
    for matrix, bias in network.layers()[:-1]:
        x = nn.functional.leaky_relu(torch.baddbmm(bias, x, matrix), SLOPE)
    return x
