r"""Hundreds of small games at once, trained as one batch.

A map of step sizes, or a table of remedies over twenty seeds, is many small games that differ in
a few numbers. One by one each is a hundred tiny operations a round; together every layer is one
product of stacks of matrices, and a run costs next to nothing more. Costs are summed over the
runs, so that each gets the gradient of its own alone: what a run does depends on its own settings
and its own seed, not on the company it is in. Runs of one seed start from the same weights and
see the same data and codes, whatever else differs, so that their differences are paired.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product

import torch
from torch import Tensor

from genlib.gans.gan import GAN
from genlib.gans.losses import AdversarialLoss, NonSaturating
from genlib.gans.networks import MLPDiscriminator, MLPGenerator
from genlib.gans.penalties import R1, R2
from genlib.gans.perceptrons import Adam, Perceptrons, start
from genlib.player import is_positive_whole

Draw = Callable[[int, torch.Generator], Tensor]
Numbers = float | Sequence[float] | Tensor


class ManyGames:
    """Small games of perceptrons on points, each with settings and a seed of its own.

    A setting is one number for all runs, or one for each; R is the number of seeds.
    :py:func:`grid` makes such lists. A run is what a :py:class:`~genlib.gans.GAN` of the same
    networks and settings is: D's turn, then G's, each on fresh data and samples.

    Args:
        seeds: of each run, R of them.
        loss: what the players minimise, a mean over scores; by default
            :py:class:`~genlib.gans.NonSaturating`.
        lr: Adam's step size, for both players.
        discriminator_lr: that of D, if it is another.
        discriminator_updates: gradient steps of D in a round, each on a fresh batch; of all runs.
        beta1: Adam's decay rate of the mean gradient.
        beta2: Adam's decay rate of the mean squared gradient.
        r1: weight of the penalty :py:class:`~genlib.gans.R1`.
        r2: weight of the penalty :py:class:`~genlib.gans.R2`.
        hidden: widths of the hidden layers, of both players.
        latent: length of the code.
        dimension: numbers of a point.
        ema: decay of an averaged copy of the generators, which warms up as that of ``fit``.
        device: where to train.

    Attributes:
        settings: by name, ``(R, 1)`` each.

    Raises:
        ValueError: if a setting is neither one number nor R of them, there is no seed, or D has no
            turn.

    Chapter: "Stabilising GANs".
    """

    def __init__(
        self,
        seeds: Sequence[int],
        loss: AdversarialLoss | None = None,
        *,
        lr: Numbers = 1e-3,
        discriminator_lr: Numbers | None = None,
        discriminator_updates: int = 1,
        beta1: Numbers = 0.5,
        beta2: Numbers = 0.999,
        r1: Numbers = 0.0,
        r2: Numbers = 0.0,
        hidden: Sequence[int] = (32, 32),
        latent: int = 2,
        dimension: int = 2,
        ema: float = 0.999,
        device: torch.device | str = "cpu",
    ) -> None:
        """Draw the weights of every run."""
        self.seeds = [int(seed) for seed in seeds]
        self.loss, self.ema = loss or NonSaturating(), ema
        if not self.seeds:
            raise ValueError("seeds are empty, wanted one for each run")
        if not is_positive_whole(discriminator_updates):
            raise ValueError(f"discriminator_updates={discriminator_updates}, wanted 1 or more")
        self.discriminator_updates = int(discriminator_updates)
        self.hidden, self.latent, self.dimension = tuple(hidden), latent, dimension
        self.device, self.rounds = torch.device(device), 0
        given = {"lr": lr, "beta1": beta1, "beta2": beta2, "r1": r1, "r2": r2}
        given["discriminator_lr"] = lr if discriminator_lr is None else discriminator_lr
        self.settings = {name: self._for_each_run(name, value) for name, value in given.items()}
        self.charged = [name for name in ("r1", "r2") if bool(self.settings[name].any())]
        self.streams = {seed: torch.Generator().manual_seed(seed) for seed in self.seeds}
        self.generator = self._perceptrons([latent, *hidden, dimension])
        self.discriminator = self._perceptrons([dimension, *hidden, 1])
        betas = self.settings["beta1"], self.settings["beta2"]
        self.generator_adam = Adam(self.settings["lr"], *betas)
        self.discriminator_adam = Adam(self.settings["discriminator_lr"], *betas)
        self.averaged = Perceptrons(self.generator.widths, self.generator.weights.clone())

    def play(self, draw: Draw, rounds: int, batch_size: int = 64) -> None:
        """Train for some rounds.

        Args:
            draw: ``draw(n, generator)`` gives n points of the data, ``(n, dimension)``, on the CPU.
            rounds: how many.
            batch_size: points, and samples, in each turn of a run.
        """

        def points(stream: torch.Generator) -> Tensor:
            return draw(batch_size, stream)

        for _ in range(rounds):
            for _ in range(self.discriminator_updates - 1):
                self.discriminator_turn(self.drawn(points), self.codes(batch_size))
            first = self.drawn(points), self.codes(batch_size)
            self.round(*first, self.drawn(points), self.codes(batch_size))

    def round(self, real: Tensor, codes: Tensor, next_real: Tensor, next_codes: Tensor) -> None:
        """Let D step once on data and codes, then G on the next; ``(R, B, ...)`` each."""
        self.discriminator_turn(real, codes)
        cost = self.generator_costs(next_real, next_codes)
        self.generator_adam.minimise(cost, self.generator.weights)
        self.rounds += 1
        decay = min(self.ema, self.rounds / (9 + self.rounds))
        with torch.no_grad():
            self.averaged.weights.lerp_(self.generator.weights, 1 - decay)

    def discriminator_turn(self, real: Tensor, codes: Tensor) -> None:
        """Let D step once on data and on samples of codes, ``(R, B, ...)`` each."""
        with torch.no_grad():
            fake = self.generator(codes)
        cost = self.discriminator_costs(real, fake)
        self.discriminator_adam.minimise(cost, self.discriminator.weights)

    def discriminator_costs(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the sum over all runs of what D minimises."""
        scores = self.discriminator(real), self.discriminator(fake)
        cost = len(self.seeds) * self.loss.discriminator(*scores)
        for name, x in (("r1", real), ("r2", fake)):
            if name in self.charged:
                squares = self.discriminator.input_gradient(x).square().sum(dim=2).mean(dim=1)
                cost = cost + (self.settings[name][:, 0] / 2 * squares).sum()
        return cost

    def generator_costs(self, real: Tensor, codes: Tensor) -> Tensor:
        """Return the sum over all runs of what G minimises."""
        scores = self.discriminator(self.generator(codes))
        paired = self.discriminator(real) if self.loss.pairs_real else None
        return len(self.seeds) * self.loss.generator(scores, paired)

    def sample(self, n: int, *, seed: int = 0, averaged: bool = False) -> Tensor:
        """Return samples of every run, of the same codes: ``(R, n, dimension)``."""
        codes = torch.randn(n, self.latent, generator=torch.Generator().manual_seed(seed))
        network = self.averaged if averaged else self.generator
        with torch.no_grad():
            return network(codes.to(self.device).expand(len(self.seeds), -1, -1))

    def game(self, run: int) -> GAN:
        """Return one run as a GAN of its own."""
        shape, own = (self.dimension,), {k: v[run].item() for k, v in self.settings.items()}
        g = MLPGenerator(self.latent, self.hidden, shape, bounds=None)
        d = MLPDiscriminator(shape, self.hidden)
        self.generator.load_into(run, g)
        self.discriminator.load_into(run, d)
        return GAN(
            g, d, self.latent, self.loss, event_shape=shape, bounds=None, lr=own["lr"],
            betas=(own["beta1"], own["beta2"]), penalties=[R1(own["r1"]), R2(own["r2"])],
            discriminator_turn={
                "lr": own["discriminator_lr"], "updates": self.discriminator_updates,
            },
        )  # fmt: skip

    def codes(self, n: int) -> Tensor:
        """Draw codes for every run, ``(R, n, latent)``."""
        return self.drawn(lambda stream: torch.randn(n, self.latent, generator=stream))

    def drawn(self, draw: Callable[[torch.Generator], Tensor]) -> Tensor:
        """Draw once for each seed, and give every run what is its seed's: ``(R, ...)``."""
        found = {seed: draw(stream) for seed, stream in self.streams.items()}
        return torch.stack([found[seed] for seed in self.seeds]).to(self.device)

    def _perceptrons(self, widths: list[int]) -> Perceptrons:
        return Perceptrons(widths, self.drawn(lambda stream: start(widths, stream)))

    def _for_each_run(self, name: str, value: Numbers) -> Tensor:
        given = torch.as_tensor(value, dtype=torch.float32)
        if given.shape not in ((), (len(self.seeds),)):
            raise ValueError(
                f"{name} has shape {tuple(given.shape)}, wanted one number, or one for each of the "
                f"{len(self.seeds)} runs"
            )
        return given.expand(len(self.seeds)).clone()[:, None].to(self.device)


def grid(**axes: Iterable[float]) -> dict[str, list[float]]:
    """Return every combination of some settings, as lists of one number for each run.

    >>> grid(seeds=[0, 1], lr=[0.1, 0.2])
    {'seeds': [0, 0, 1, 1], 'lr': [0.1, 0.2, 0.1, 0.2]}
    """
    rows = list(product(*axes.values()))
    return {name: [row[i] for row in rows] for i, name in enumerate(axes)}
