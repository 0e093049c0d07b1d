"""One network, told the time, whose prediction of one target gives all others."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.diffusion.arguments import check_bounds, check_event, check_sizes
from genlib.diffusion.conversions import convert, determinant
from genlib.diffusion.networks import network_for
from genlib.diffusion.schedules import NoiseSchedule, schedule_named
from genlib.model import Model, Schedule


class PredictingModel(Model):
    r"""A model that learns, at each amount of noise, what the data were.

    An event becomes noise along :math:`x_t = \alpha_t x_0 + \sigma_t \varepsilon`, t from 0 to 1. A
    network predicts one target of :math:`x_t` and t; its squared error is least at the mean of that
    target given :math:`x_t`, and any target gives all others. Derived in the chapter on denoising
    diffusion.

    Events between ``bounds`` are taken to [-1, 1] before anything else. ``predict``, ``denoise``
    and ``velocity`` see and give what lies there; what is sampled, and likelihoods, are of events.

    Args:
        network: from noisy events ``(B, *event)``, times ``(B,)`` and, of a conditional model,
            labels ``(B,)``, of which ``classes`` means "not known", to ``(B, *event)``. By default
            a :py:class:`~genlib.diffusion.UNet` for images ``(C, H, W)`` and a
            :py:class:`~genlib.diffusion.Perceptron` for the rest.
        event_shape: shape of one x.
        target: what the network predicts: ``x0``, ``epsilon``, ``v``, ``velocity`` or ``score``.
        noise: the schedule, built or by name: ``"cosine"``, ``"linear"`` or ``"straight"``.
        bounds: lowest and highest value of an event, or None for real values, taken as they are.
        classes: how many labels there are; None for an unconditional model.
        lr: step size of Adam.
        schedule: factor on ``lr`` by step, see :py:class:`~genlib.Player`.

    Raises:
        ValueError: if a size, a bound or a name is none, or the target says nothing of the data at
            time 1, where sampling begins.
    """

    def __init__(
        self,
        network: nn.Module | None = None,
        *,
        event_shape: Sequence[int] = (1, 28, 28),
        target: str = "v",
        noise: str | NoiseSchedule = "cosine",
        bounds: tuple[float, float] | None = (0.0, 1.0),
        classes: int | None = None,
        lr: float = 3e-3,
        schedule: Schedule | None = "cosine",
    ) -> None:
        """Keep or build the network."""
        super().__init__(lr=lr, schedule=schedule)
        self.event_shape = check_event(event_shape)
        check_bounds(bounds)
        if classes is not None:
            check_sizes(classes=classes)
        self.noise, self.target, self.bounds = schedule_named(noise), target, bounds
        check_target(target, self.noise)
        self.classes = classes
        self.network = network_for(self.event_shape, classes) if network is None else network
        self.register_buffer("like", torch.zeros(()), persistent=False)  # of a network without any

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.like.device

    def inward(self, x: Tensor) -> Tensor:
        """Return events as the network sees them, in [-1, 1] if they have bounds."""
        if self.bounds is None:
            return x
        low, high = self.bounds
        return (2 * x - low - high) / (high - low)

    def outward(self, y: Tensor) -> Tensor:
        """Return the events of what a network sees: the inverse of ``inward``."""
        if self.bounds is None:
            return y
        low, high = self.bounds
        return (y * (high - low) + low + high) / 2

    @property
    def log_scale(self) -> float:
        """The log-determinant of ``inward``, by which densities of events are larger."""
        if self.bounds is None:
            return 0.0
        return math.prod(self.event_shape) * math.log(2 / (self.bounds[1] - self.bounds[0]))

    def predict(
        self, x: Tensor, t: Tensor, label: Tensor | None = None, guidance: float = 1.0
    ) -> Tensor:
        r"""Return the target at noisy events ``(B, *event)`` and times ``(B,)``.

        .. math:: \hat y = \hat y(x_t) + g\, \big( \hat y(x_t | c) - \hat y(x_t) \big)

        With guidance g = 1 that is the prediction given the label c, with 0 or without labels that
        of all events; beyond 1 what sets the label apart is exaggerated. Ho and Salimans (2022,
        https://arxiv.org/abs/2207.12598), whose w is g - 1.
        """
        if self.classes is None:
            return self.network(x, t)
        unknown = torch.full((len(x),), self.classes, device=x.device)
        if label is None or guidance == 0:
            return self.network(x, t, unknown)
        if guidance == 1:
            return self.network(x, t, label)
        both = self.network(torch.cat([x, x]), torch.cat([t, t]), torch.cat([unknown, label]))
        without, given = both.chunk(2)
        return without + guidance * (given - without)

    def denoise(
        self, x: Tensor, t: Tensor, label: Tensor | None = None, guidance: float = 1.0
    ) -> Tensor:
        """Return the mean of the data at noisy events and times; see ``predict``."""
        return self._as("x0", x, t, label, guidance)

    def velocity(
        self, x: Tensor, t: Tensor, label: Tensor | None = None, guidance: float = 1.0
    ) -> Tensor:
        """Return dx/dt of the probability flow at noisy events and times; see ``predict``."""
        return self._as("velocity", x, t, label, guidance)

    def _as(
        self, wanted: str, x: Tensor, t: Tensor, label: Tensor | None, guidance: float
    ) -> Tensor:
        prediction = self.predict(x, t, label, guidance)
        return convert(prediction, x, self.target, wanted, self.noise.at(t, x))


def check_target(target: str, noise: NoiseSchedule) -> None:
    """Raise ``ValueError`` unless a target of that name says something of the data at time 1."""
    if determinant(target, noise.at(torch.ones(()))) == 0:
        raise ValueError(
            f"target={target!r}: where {type(noise).__name__} ends no data are left in it; "
            "wanted x0, v or velocity"
        )
