"""Colours whose three levels are drawn together."""

from collections.abc import Sequence

import torch
from torch import Tensor

from genlib.likelihoods.categorical import draw
from genlib.likelihoods.levels import Levels
from genlib.likelihoods.logistic import LARGEST, SMALLEST, log_bin, mean_level, nearest_level
from genlib.likelihoods.logistic_mixture import logistic

RED, GREEN, BLUE = range(3)


class ColourLogisticMixture(Levels):
    r"""A mixture of K distributions over colours: red, then green given red, then blue given both.

    A pixel's component j is drawn once for its three channels. Given it, each channel is a logistic
    distribution cut into L levels (see :py:class:`~genlib.likelihoods.LogisticMixture`), whose
    means are, with y = 2 x - 1 and coefficients :math:`\alpha, \beta, \gamma` in (-1, 1),

    .. math:: m_r, \qquad m_g + \alpha\, y_r, \qquad m_b + \beta\, y_r + \gamma\, y_g.

    Events are ``(3, H, W)``, and the parameters of a pixel P = 10 K numbers ``(10 K, H, W)``: K
    logits of weights, 3 K means, 3 K logarithms of scales and 3 K coefficients before their tanh.
    Salimans et al. (2017, https://arxiv.org/abs/1701.05517), equation 3.

    Args:
        components: K.
        levels: L.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(self, components: int = 10, levels: int = 256) -> None:
        """Keep the sizes."""
        super().__init__(levels, event_dims=3)
        if components < 1:
            raise ValueError(f"components={components}, wanted at least 1")
        self.components = components
        self.numbers = 10 * components

    def parameter_shape(self, event_shape: Sequence[int]) -> tuple[int, ...]:
        """Return ``(10 K, H, W)``.

        Raises:
            ValueError: if events are not ``(3, H, W)``.
        """
        if len(event_shape) != 3 or event_shape[0] != 3:
            raise ValueError(f"event_shape={tuple(event_shape)}, wanted colours (3, H, W)")
        return self.numbers, *event_shape[1:]

    @property
    def axis(self) -> int:
        """The parameters' dimension of size P, counted from the last: a pixel has no channels."""
        return -3

    def mixture(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return logits ``(..., K, H, W)``; means, log-scales, coefficients ``(..., 3, K, H, W)``.

        The coefficients are alpha, beta and gamma.
        """
        groups = parameters.unflatten(-3, (10, self.components)).split([1, 3, 3, 3], -4)
        logits, means, log_scales, coefficients = groups
        log_scales = log_scales.clamp(SMALLEST, LARGEST)
        return logits.squeeze(-4), means, log_scales, coefficients.tanh()

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """Return log p(x) in nats, ``(...)``, for parameters ``(..., 10 K, H, W)``."""
        logits, *rest = self.mixture(self.widened(parameters, x.dtype))
        log_p = (logits.log_softmax(-3) + self.log_channels(x, *rest)).logsumexp(-3)
        return log_p.flatten(-2).sum(-1)

    def log_channels(
        self, x: Tensor, means: Tensor, log_scales: Tensor, coefficients: Tensor
    ) -> Tensor:
        """Return what each component gives to the first channels, ``(..., c, H, W)``, in nats.

        It is ``(..., K, H, W)``, without the components' weights; of no channel it is nought.
        """
        channels = (2 * self.value(self.level(x)) - 1).unsqueeze(-3).unbind(-4)
        total = torch.zeros_like(means[..., RED, :, :, :])
        for c, y in enumerate(channels):  # each (..., 1, H, W)
            mean = channel_mean(c, means, coefficients, channels)
            total = total + log_bin(y, mean, log_scales[..., c, :, :, :], self.levels)
        return total

    def channel_probabilities(self, parameters: Tensor, before: Tensor) -> Tensor:
        r"""Return the probability of every level of one channel, given the channels before it.

        .. math:: P(y_c | y_{<c}) = \sum_j w_j(y_{<c})\, P_j(y_c | y_{<c}), \qquad
                  w_j(y_{<c}) \propto w_j \prod_{b<c} P_j(y_b | y_{<b})

        Args:
            parameters: ``(..., 10 K, H, W)``.
            before: the channels before it, ``(..., c, H, W)``: none for red, red for green, red
                and green for blue.

        Returns:
            ``(..., L, H, W)``.

        Raises:
            ValueError: if there are more than two channels before it.
        """
        channel = before.shape[-3]
        if channel > BLUE:
            raise ValueError(f"{channel} channels before it, wanted 0 to {BLUE}")
        logits, means, log_scales, coefficients = self.mixture(self.widened(parameters))
        weights = logits + self.log_channels(before, means, log_scales, coefficients)
        known = (2 * self.value(self.level(before)) - 1).unsqueeze(-3).unbind(-4)
        mean = channel_mean(channel, means, coefficients, known).unsqueeze(-4)
        log_scale = log_scales[..., channel, :, :, :].unsqueeze(-4)
        numbers = torch.arange(self.levels, dtype=mean.dtype, device=mean.device)
        y = (2 * self.value(numbers) - 1).reshape(-1, 1, 1, 1)
        log_bins = log_bin(y, mean, log_scale, self.levels)  # (..., L, K, H, W)
        return (weights.log_softmax(-3).unsqueeze(-4) + log_bins).logsumexp(-3).exp()

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the mean colour, in units of x: exact for red, nearly so for green and blue.

        Within a component green and blue follow the *mean* of the channels before them. That is
        exact for a linear mean; the rounding to levels and the open bins at both ends bend it.
        """
        logits, means, log_scales, coefficients = self.mixture(self.widened(parameters))
        channels: list[Tensor] = []
        for c in (RED, GREEN, BLUE):
            mean = channel_mean(c, means, coefficients, channels)
            channels.append(mean_level(mean, log_scales[..., c, :, :, :], self.levels))
        weights = logits.softmax(-3).unsqueeze(-4)
        return ((weights * torch.stack(channels, -4)).sum(-3) + 1) / 2

    @torch.no_grad()
    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw each pixel's component, then red, then green, then blue."""
        logits, *rest = self.mixture(self.widened(parameters))
        chosen = draw(logits, -3, generator).unsqueeze(-3).unsqueeze(-4)
        index = chosen.expand(*chosen.shape[:-4], 3, *chosen.shape[-3:])
        means, log_scales, coefficients = (part.gather(-3, index).squeeze(-3) for part in rest)
        channels: list[Tensor] = []
        for c in (RED, GREEN, BLUE):
            mean = channel_mean(c, means, coefficients, channels, axis=-3)
            y = logistic(mean, log_scales.select(-3, c), generator)
            channels.append(nearest_level(y, self.levels))
        return (torch.stack(channels, -3) + 1) / 2


def channel_mean(
    channel: int,
    means: Tensor,
    coefficients: Tensor,
    before: Sequence[Tensor],
    axis: int = -4,
) -> Tensor:
    """Return the mean of one channel given the channels before it, in units of y.

    Args:
        channel: which.
        means: m of all three, along ``axis``.
        coefficients: alpha, beta and gamma, along ``axis``.
        before: y of red and, for blue, of green.
        axis: where the channels are.
    """
    mean = means.select(axis, channel)
    alpha, beta, gamma = coefficients.unbind(axis)
    if channel == GREEN:
        return mean + alpha * before[RED]
    if channel == BLUE:
        return mean + beta * before[RED] + gamma * before[GREEN]
    return mean
