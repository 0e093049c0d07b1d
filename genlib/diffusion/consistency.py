"""Consistency models: one network that goes from any point of a path to its end at once."""

import torch
from torch import Tensor, nn

from genlib.diffusion.arguments import check_sizes, time_grid
from genlib.diffusion.base import DiffusionModel
from genlib.diffusion.flow_matching import FlowMatching
from genlib.diffusion.odes import heun_step
from genlib.model import Batch
from genlib.nn import standard_normal


class Consistency(DiffusionModel):
    r"""A map f from any point of a path to the datum where the path began.

    .. math:: f(x, t) = x - t\, u_\theta(x, t), \qquad f(x, 0) = x, \qquad
              L = N\, E\, \lVert f(x_t, t) - \bar f(x_{t - 1/N}, t - 1/N) \rVert^2

    The bar holds the earlier point's value fixed. Both points lie on one path: on the straight line
    from datum to noise (consistency training), or, with a ``teacher``, one of its steps apart
    (consistency distillation). N grows during training. At t = 1 a single call makes a sample.
    Song et al. (2023, https://arxiv.org/abs/2303.01469); no average as target, and an N that grows:
    Song and Dhariwal (2024, https://arxiv.org/abs/2310.14189). Described in the chapter on flow
    matching.

    Args:
        network: as for :py:class:`~genlib.diffusion.PredictingModel`; it predicts u, the mean
            velocity of the way that is left.
        teacher: a trained :py:class:`~genlib.diffusion.FlowMatching` of the same events, which is
            not trained further; None for consistency training.
        coarse: N at the start.
        fine: N at the end.
        **options: what else :py:class:`~genlib.diffusion.DiffusionModel` takes: ``event_shape``,
            ``bounds``, ``classes``, ``dropout``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size, a bound or a share is none, the teacher is for other events, or
            ``fine`` is less than ``coarse``.
    """

    steps, method = 1, "consistency"
    methods = ("consistency",)
    parts_of_time: Tensor

    def __init__(
        self,
        network: nn.Module | None = None,
        *,
        teacher: FlowMatching | None = None,
        coarse: int = 10,
        fine: int = 80,
        **options: object,
    ) -> None:
        """Keep the teacher, and how finely time is cut."""
        super().__init__(network, target="velocity", noise="straight", earliest=0.0, **options)
        check_sizes(coarse=coarse, fine=fine)
        if fine < coarse:
            raise ValueError(f"coarse={coarse}, fine={fine}: wanted fine at least coarse")
        self.coarse, self.fine = coarse, fine
        self.teacher = None if teacher is None else self._frozen(teacher)
        self.register_buffer("parts_of_time", torch.tensor(float(fine)), persistent=False)

    def _frozen(self, teacher: FlowMatching) -> FlowMatching:
        """Return the teacher without gradients, if it is one of these events."""
        ours = self.event_shape, self.classes, self.bounds
        theirs = teacher.event_shape, teacher.classes, teacher.bounds
        if ours != theirs:
            raise ValueError(
                f"the teacher has event_shape, classes, bounds = {theirs}; wanted {ours}"
            )
        return teacher.requires_grad_(False)

    def on_step(self, step: int, steps: int) -> None:
        """Let N grow, by the same factor each step."""
        self.parts_of_time.fill_(self.coarse * (self.fine / self.coarse) ** (step / steps))

    def loss(self, batch: Batch) -> Tensor:
        """Return by how much f differs between neighbours on a path, the mean over the batch."""
        x, label = self.parts(batch)
        x, label = self.inward(x), self.hidden(label)
        width = 1 / self.parts_of_time
        t = width + (1 - width) * self.times(x)
        noise = torch.randn_like(x)
        late, early = self.neighbours(x, noise, t, width, label)
        with torch.no_grad():
            target = self.denoise(early, t - width, label)
        squares = (self.denoise(late, t, label) - target).square()
        return self.parts_of_time * squares.flatten(1).sum(1).mean()

    def neighbours(
        self, x: Tensor, noise: Tensor, t: Tensor, width: Tensor, label: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the points of the same paths at times t and t - width, each ``(B, *event)``."""
        late, early = self.noise.at(t, x), self.noise.at(t - width, x)
        start = late.alpha * x + late.sigma * noise
        if self.teacher is None:
            return start, early.alpha * x + early.sigma * noise
        with torch.no_grad():
            field = lambda y, s: self.teacher.velocity(y, s, label)  # noqa: E731
            return start, heun_step(field, start, t, -width)

    @torch.no_grad()
    def generate(
        self,
        noise: Tensor,
        label: Tensor | None = None,
        *,
        guidance: float = 1.0,
        steps: int | None = None,
        method: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return f of the noise; more steps add fresh noise, less each time, and take f again.

        See ``sample``; the only method is ``"consistency"``.
        """
        self.check_method(method)
        self.check_guidance(guidance)
        times = time_grid(self.steps if steps is None else steps, like=noise)[:-1]
        x = noise
        for step, time in enumerate(times):
            t = time.expand(len(noise))
            if step > 0:
                at = self.noise.at(t, x)
                fresh = standard_normal(*x.shape, like=x, generator=generator)
                x = at.alpha * x + at.sigma * fresh
            x = self.denoise(x, t, label, guidance)
        return x
