"""What diffusion and flow matching share: the error that is made small, and samples."""

import math
from functools import partial

import torch
from torch import Tensor, nn

from genlib.diffusion.arguments import check_share, time_grid
from genlib.diffusion.conversions import combined
from genlib.diffusion.odes import STEPS, solve
from genlib.diffusion.predictor import PredictingModel
from genlib.diffusion.samplers import ancestral, ddim
from genlib.diffusion.schedules import Coefficients
from genlib.model import (
    Batch,
    Label,
    check_events,
    checked_labels,
    events_and_labels,
    labels,
    positive,
)
from genlib.nn import standard_normal
from genlib.player import is_number
from genlib.suggest import suggestion


class DiffusionModel(PredictingModel):
    r"""A model that is trained on events with noise, and sampled by taking noise away.

    .. math:: L = E_{x_0, t, \varepsilon}\, w(t)\,
              \lVert \hat y(x_t, t) - y(x_0, \varepsilon, t) \rVert^2

    Derived in the chapter on denoising diffusion.

    Args:
        network: as for :py:class:`~genlib.diffusion.PredictingModel`.
        dropout: share of the labels that are hidden in training, so that there is guidance.
        earliest: training times are drawn evenly from here to 1.
        **options: what else :py:class:`~genlib.diffusion.PredictingModel` takes: ``event_shape``,
            ``target``, ``noise``, ``bounds``, ``classes``, ``lr``, ``schedule``.

    Raises:
        ValueError: if a size, a bound, a share or a name is none.
    """

    steps, method = 50, "ancestral"  # what ``sample`` does if it is not told
    variance = "lower"  # of an ancestral step
    methods = ("ancestral", "ddim", *STEPS)

    def __init__(
        self,
        network: nn.Module | None = None,
        *,
        dropout: float = 0.1,
        earliest: float = 1e-3,
        **options: object,
    ) -> None:
        """Keep what training is told."""
        super().__init__(network, **options)
        check_share(dropout=dropout, earliest=earliest)
        self.dropout, self.earliest = dropout, earliest

    def loss(self, batch: Batch) -> Tensor:
        """Return the squared error of the target, the mean over the batch."""
        x, label = self.parts(batch)
        x = self.inward(x)
        return self.errors(x, torch.randn_like(x), self.times(x), self.hidden(label)).mean()

    def errors(self, x: Tensor, noise: Tensor, t: Tensor, label: Tensor | None) -> Tensor:
        """Return the error of each event's target, ``(B,)``, weighted, summed over the event."""
        at = self.noise.at(t, x)
        found = self.predict(at.alpha * x + at.sigma * noise, t, label)
        squares = (found - combined(x, noise, self.target, at)).square()
        return (self.weight(at) * squares).flatten(1).sum(1)

    def weight(self, at: Coefficients) -> Tensor:
        """Return the factor on each event's squared error, shaped to multiply events."""
        return torch.ones_like(at.alpha)

    def times(self, x: Tensor) -> Tensor:
        """Draw a time for each event of a batch, one from each of B equal parts of the range."""
        places = torch.arange(len(x), device=x.device, dtype=x.dtype)
        drawn = (places + torch.rand(len(x), device=x.device, dtype=x.dtype)) / len(x)
        return self.earliest + (1 - self.earliest) * drawn

    def hidden(self, label: Tensor | None) -> Tensor | None:
        """Return labels ``(B,)`` of which some say "not known"."""
        if label is None:
            return None
        hide = torch.rand(label.shape, device=label.device) < self.dropout
        return label.masked_fill(hide, self.classes)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        label: Label | None = None,
        guidance: float = 1.0,
        steps: int | None = None,
        method: str | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw noise and turn it into events; see ``Model.sample``.

        Args:
            n: how many.
            label: of a conditional model: one label for all draws, or one for each; None draws
                labels evenly.
            guidance: how much what sets the label apart is exaggerated; see ``predict``.
            steps: how many; of evenly spaced times from 1 to 0.
            method: ``"ancestral"``, ``"ddim"``, ``"euler"``, ``"heun"`` or ``"rk4"``.
            generator: where the noise comes from; by default torch's own.

        Raises:
            ValueError: if ``n`` or ``steps`` is not positive, there is no such label or method, or
                guidance is no number or means nothing to a model without labels.
        """
        options = {"guidance": guidance, "steps": steps, "method": method}
        x, _, _ = self.drawn(n, label, generator, **options)
        return x if self.bounds is None else x.clamp(*self.bounds)

    def drawn(
        self, n: int, label: Label | None, generator: torch.Generator | None, **options: object
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return events, not cut off, the noise each came from, and its label if there are any."""
        label = self.labels_for(positive(n), label, generator)
        noise = standard_normal(n, *self.event_shape, like=self.like, generator=generator)
        x = self.generate(noise, label, generator=generator, **options)
        return self.outward(x), noise, label

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
        """Return what noise ``(n, *event)`` becomes, as the network sees it; see ``sample``.

        A solver's last step, of a network that does not know the velocity itself, is one of DDIM:
        without noise the velocity is not known.
        """
        method = self.check_method(method)
        self.check_guidance(guidance)
        times = time_grid(self.steps if steps is None else steps, like=noise)
        told = {"label": label, "guidance": guidance}
        denoise = partial(self.clipped, **told)
        if method == "ancestral":
            drawn = {"variance": self.variance, "generator": generator}
            return ancestral(denoise, noise, times, self.noise, **drawn)
        x = noise
        if method in STEPS:
            whole = self.target == "velocity"
            followed, times = (times, times[:0]) if whole else (times[:-1], times[-2:])
            if len(followed) > 1:
                x = solve(partial(self.velocity, **told), x, followed, method)
        return ddim(denoise, x, times, self.noise) if len(times) else x

    def clipped(self, x: Tensor, t: Tensor, **told: object) -> Tensor:
        """Return the mean of the data, kept within the bounds."""
        x0 = self.denoise(x, t, **told)
        return x0 if self.bounds is None else x0.clamp(-1, 1)

    def check_method(self, method: str | None) -> str:
        """Return how to sample, the model's own way for None, or raise ``ValueError``."""
        method = self.method if method is None else method
        if method not in self.methods:
            raise ValueError(f"method={method!r}{suggestion(method, self.methods)}")
        return method

    def check_guidance(self, guidance: float) -> None:
        """Raise ``ValueError`` unless guidance is a number, and 1 if there are no labels."""
        if not is_number(guidance):
            raise ValueError(f"guidance={guidance!r}, wanted a finite number")
        if self.classes is None and guidance != 1:
            raise ValueError(f"guidance={guidance} means nothing to a model without labels")

    def parts(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Return x and the label of each, which is None in an unconditional model.

        Raises:
            ValueError: if the model is conditional and the batch has no labels.
        """
        return events_and_labels(batch, self.classes, type(self).__name__)

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless x lies within the bounds and labels are as they should."""
        x, label = self.parts(batch)
        self.check_events(x)
        if label is not None:
            self.check_labels(labels(batch), len(x))

    def check_labels(self, label: Label, n: int) -> None:
        """Raise ``ValueError`` unless these are labels of ``n`` events."""
        checked_labels(label, n, self.classes, type(self).__name__)

    def check_events(self, x: Tensor) -> None:
        """Raise ``ValueError`` unless these are events of the model."""
        low, high = self.bounds or (-math.inf, math.inf)
        check_events(x, self.event_shape, low, high, who=type(self).__name__, like=self.like)
