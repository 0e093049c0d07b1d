"""Flow matching: noise flows to data along a velocity that is learnt by regression."""

from functools import partial

import torch
from torch import Tensor, nn

from genlib.diffusion.arguments import check_sizes, time_grid
from genlib.diffusion.base import DiffusionModel
from genlib.diffusion.likelihood import exact_divergence, log_density, probed_divergence
from genlib.model import Batch, Label, check_layout, labels
from genlib.nn import uniform

FEW = 20  # coordinates up to which a divergence is exact unless probes are asked for


class FlowMatching(DiffusionModel):
    r"""A differential equation :math:`\dot x = u_\theta(x, t)` that takes noise to data.

    .. math:: x_t = (1 - t)\, x_0 + t\, \varepsilon, \qquad
              L = E_{x_0, \varepsilon, t}\,
              \lVert u_\theta(x_t, t) - (\varepsilon - x_0) \rVert^2

    Each pair of datum and noise is joined by a straight line. Where lines cross, the least squared
    error is that of their mean velocity, :math:`E[\varepsilon - x_0 | x_t]`, whose flow has the
    same density at each time. Time runs from data at 0 to noise at 1. Lipman et al. (2023,
    https://arxiv.org/abs/2210.02747), Liu, Gong and Liu (2023, https://arxiv.org/abs/2209.03003),
    Albergo and Vanden-Eijnden (2023, https://arxiv.org/abs/2209.15571). Derived in the chapter on
    flow matching.

    With ``coupled`` a batch is ``(x, noise)``, or ``(x, noise, label)``: the pairs are given, for
    example by ``couples`` of another such model. That is *reflow*, which makes paths straighter.
    With ``earliest=1`` too, only the way from noise in a single step is learnt: *distillation*.

    Args:
        network: as for :py:class:`~genlib.diffusion.PredictingModel`; it predicts the velocity.
        coupled: whether noise is given with each x.
        earliest: training times are drawn evenly from here to 1.
        **options: what else :py:class:`~genlib.diffusion.DiffusionModel` takes: ``event_shape``,
            ``bounds``, ``classes``, ``dropout``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size, a bound or a share is none.
    """

    steps, method = 20, "euler"

    def __init__(
        self,
        network: nn.Module | None = None,
        *,
        coupled: bool = False,
        earliest: float = 0.0,
        **options: object,
    ) -> None:
        """Keep whether noise comes with the data."""
        given = {"target": "velocity", "noise": "straight", "earliest": earliest}
        super().__init__(network, **given, **options)
        self.coupled = coupled

    def loss(self, batch: Batch) -> Tensor:
        """Return the squared error of the velocity, the mean over the batch."""
        if not self.coupled:
            return super().loss(batch)
        x, noise, label = self.triple(batch)
        x = self.inward(x)
        return self.errors(x, noise, self.times(x), self.hidden(label)).mean()

    @torch.no_grad()
    def couples(
        self,
        n: int,
        *,
        label: Label | None = None,
        guidance: float = 1.0,
        steps: int | None = None,
        method: str | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, ...]:
        """Return ``n`` events and the noise each came from: data for a model that is ``coupled``.

        The events are not cut off at the bounds. A conditional model adds the labels. See
        ``sample`` for the arguments and errors.
        """
        options = {"guidance": guidance, "steps": steps, "method": method}
        x, noise, label = self.drawn(n, label, generator, **options)
        return (x, noise) if label is None else (x, noise, label)

    def log_prob(
        self,
        x: Tensor,
        *,
        label: Label | None = None,
        steps: int = 50,
        method: str = "heun",
        probes: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""Return log p(x) in nats, ``(B,)``, without gradients, by solving the equation.

        .. math:: \log p(x_0) = \log \mathcal N(x_1; 0, I) + \int_0^1 \nabla \cdot u(x_t, t)\, dt

        What the solver leaves out is an error in either direction, so compare two numbers of steps.
        An estimated divergence is right on average, as a logarithm.

        Args:
            x: events, ``(B, *event)``.
            label: of a conditional model: log p(x | label); None: log p(x).
            steps: of the solver.
            method: ``"euler"``, ``"heun"`` or ``"rk4"``.
            probes: random signs by which the divergence is estimated, so many backward passes a
                step. None: exactly, by one a coordinate, for up to 20 of them, else one probe.
            generator: where the signs come from; by default torch's own.

        Raises:
            ValueError: if x is no batch of such events, a number is not positive, or there is no
                such method or label.
        """
        self.check_events(x)
        given = None if label is None else self.labels_for(len(x), label)
        rows = self.inward(x)
        size = rows[0].numel()
        if probes is None and size <= FEW:
            divergence = exact_divergence
        else:
            check_sizes(probes=1 if probes is None else probes)
            shape = (probes or 1, len(x), size)
            signs = uniform(*shape, like=rows, generator=generator).sub(0.5).sign()
            divergence = probed_divergence(signs)
        times = time_grid(steps, 0.0, 1.0, like=rows)
        velocity = partial(self.velocity, label=given)
        return log_density(velocity, rows, times, divergence, method) + self.log_scale

    def triple(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return x, noise and label of a batch with given noise.

        Raises:
            ValueError: if there is no noise, or a conditional model's batch has no labels.
        """
        if not isinstance(batch, tuple) or len(batch) < 2:
            raise ValueError(f"{type(self).__name__} with coupled=True wants (x, noise)")
        x, noise, *rest = batch
        _, label = self.parts((x, *rest))
        return x, noise, label

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless a batch holds such events, noise and labels."""
        if not self.coupled:
            super().check(batch)
            return
        x, noise, label = self.triple(batch)
        wanted = f"{type(self).__name__} with coupled=True wants x and noise"
        for part in (x, noise):
            check_layout(part, self.event_shape, wanted, self.like)
        if not (x.isfinite().all() and noise.isfinite().all()) or len(x) != len(noise):
            raise ValueError(f"{wanted}, finite and as many of one as of the other")
        if label is not None:
            self.check_labels(labels((x, *batch[2:])), len(x))
