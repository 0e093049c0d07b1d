"""Many games at once whose discriminators are held to a slope."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss
from genlib.gans.many import ManyGames, Numbers
from genlib.gans.penalties import GradientPenalty
from genlib.gans.perceptrons import Perceptrons
from genlib.gans.stabilisers import SpectralNorm, WeightClipping
from genlib.nn.spectral import TINY, divided

START = 100  # steps of power iteration at the start


class LipschitzGames(ManyGames):
    """Small games of perceptrons, with what holds the slope of D.

    A run is what a :py:class:`~genlib.gans.GAN` with the same penalty and stabilisers is.

    Args:
        seeds: of each run, R of them.
        loss: what the players minimise, as of :py:class:`ManyGames`.
        gradient_penalty: weight of the penalty :py:class:`~genlib.gans.GradientPenalty`.
        one_sided: whether slopes below 1 are free in it; of all runs.
        clip: the largest weight of D, as of :py:class:`~genlib.gans.WeightClipping`; infinite for
            none.
        spectral: whether each layer of D is divided by its largest singular value, as by
            :py:class:`~genlib.gans.SpectralNorm`; of all runs.
        **options: what :py:class:`ManyGames` takes.

    Raises:
        ValueError: as :py:class:`ManyGames`.

    Chapter: "Wasserstein and Lipschitz".
    """

    def __init__(
        self,
        seeds: Sequence[int],
        loss: AdversarialLoss | None = None,
        *,
        gradient_penalty: Numbers = 0.0,
        one_sided: bool = False,
        clip: Numbers = math.inf,
        spectral: bool = False,
        **options: object,
    ) -> None:
        """Draw the weights of every run."""
        super().__init__(seeds, loss, **options)
        self.settings["gradient_penalty"] = self._for_each_run("gradient_penalty", gradient_penalty)
        self.settings["clip"] = self._for_each_run("clip", clip)
        self.penalised = bool(self.settings["gradient_penalty"].any())
        self.one_sided, self.spectral = one_sided, spectral
        self.mixing = torch.Generator().manual_seed(0)  # alike for all runs
        if spectral:
            free = self.discriminator
            self.discriminator = NormalisedPerceptrons(free.widths, free.weights)

    def discriminator_turn(self, real: Tensor, codes: Tensor) -> None:
        """Let D step once, then hold its weights."""
        super().discriminator_turn(real, codes)
        self.hold()

    @torch.no_grad()
    def hold(self) -> None:
        """Clip the weights of D, and let its singular vectors follow them."""
        limit = self.settings["clip"]
        self.discriminator.weights.clamp_(-limit, limit)
        if isinstance(self.discriminator, NormalisedPerceptrons):
            self.discriminator.power_iteration()

    def discriminator_costs(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the sum over all runs of what D minimises."""
        cost = super().discriminator_costs(real, fake)
        if not self.penalised:
            return cost
        return cost + (self.settings["gradient_penalty"][:, 0] * self.excess(real, fake)).sum()

    def excess(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the mean squared distance of D's slopes from 1 between events, (R,)."""
        share = torch.rand(real.shape[1], 1, generator=self.mixing).to(real)
        between = share * real + (1 - share) * fake
        slopes = self.discriminator.input_gradient(between).norm(dim=2) - 1
        return (slopes.relu() if self.one_sided else slopes).square().mean(dim=1)

    def game(self, run: int) -> GAN:
        """Return one run as a GAN of its own."""
        game = super().game(run)
        own = {name: self.settings[name][run].item() for name in ("gradient_penalty", "clip")}
        if own["gradient_penalty"]:
            penalty = GradientPenalty(own["gradient_penalty"], one_sided=self.one_sided)
            game.penalties.append(penalty)
        held = [WeightClipping(own["clip"])] if math.isfinite(own["clip"]) else []
        for stabiliser in [*held, *([SpectralNorm()] if self.spectral else [])]:
            stabiliser.attach(game)
            game.stabilisers.append(stabiliser)
        return game


class NormalisedPerceptrons(Perceptrons):
    r"""Perceptrons whose matrices are divided by their largest singular value.

    As :py:func:`~genlib.nn.spectral_norm` does it for one network. Arguments and attributes are
    those of :py:class:`Perceptrons`, whose ``weights`` are the undivided ones.
    """

    def __init__(self, widths: Sequence[int], weights: Tensor) -> None:
        """Keep the weights, and find the singular vectors."""
        super().__init__(widths, weights)
        one = torch.Generator().manual_seed(0)
        self.vectors = [torch.randn(n, 1, generator=one).to(weights) for n in self.widths[:-1]]
        self.images = [weights.new_zeros(len(weights), n, 1) for n in self.widths[1:]]
        self.power_iteration(START)

    @torch.no_grad()
    def power_iteration(self, iterations: int = 1) -> None:
        """Turn the singular vectors, (R, inputs, 1) and (R, outputs, 1), towards the weights'."""
        matrices = [matrix for matrix, _ in super().layers()]
        for _ in range(iterations):
            towards = [w.mT @ v for w, v in zip(matrices, self.vectors, strict=True)]
            self.images = [turned(*pair) for pair in zip(self.images, towards, strict=True)]
            towards = [w @ u for w, u in zip(matrices, self.images, strict=True)]
            self.vectors = [turned(*pair) for pair in zip(self.vectors, towards, strict=True)]

    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Return the divided matrix and the bias of each layer; noughts are not divided."""
        free = zip(super().layers(), self.vectors, self.images, strict=True)
        return [(divided(matrix, v.mT @ matrix @ u), bias) for (matrix, bias), v, u in free]

    def load_into(self, run: int, network: torch.nn.Module) -> None:
        """Copy one run's undivided weights into the linear layers of a network."""
        Perceptrons(self.widths, self.weights).load_into(run, network)


def turned(units: Tensor, towards: Tensor) -> Tensor:
    """Return directions (R, n, 1) as vectors of length 1; where there is none, the ones before."""
    length = towards.norm(dim=1, keepdim=True)
    return torch.where(length > TINY, towards / length.clamp_min(TINY), units)
