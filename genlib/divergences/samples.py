"""Divergences estimated from events that were drawn from the distributions."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from genlib.divergences.arguments import check_floats, positive

LogDensity = Callable[[Tensor], Tensor]


def jensen_shannon_samples(log_p: LogDensity, log_q: LogDensity, x: Tensor, y: Tensor) -> Tensor:
    r"""Estimate the Jensen-Shannon divergence from samples of two known densities.

    .. math::

        \log 2 + \tfrac12 E_{x \sim p} \log\frac{p(x)}{p(x) + q(x)}
        + \tfrac12 E_{y \sim q} \log\frac{q(y)}{p(y) + q(y)}.

    The estimate is unbiased; its error falls as one over the root of the number of samples.

    Args:
        log_p: log-density of p, ``(B, *event) -> (B,)``, in nats.
        log_q: log-density of q.
        x: samples of p.
        y: samples of q.

    Returns:
        nats, a scalar.

    Raises:
        ValueError: if ``x`` or ``y`` is no tensor of floats or empty, or a log-density does not
            give one number an event.
    """
    check_floats(x=x, y=y)
    for name, events in {"x": x, "y": y}.items():
        if events.ndim == 0 or len(events) == 0:
            raise ValueError(f"{name} is {tuple(events.shape)}, wanted events (B, *event)")
    at_x = logsigmoid(_at("log_p", log_p, x=x) - _at("log_q", log_q, x=x)).mean()
    at_y = logsigmoid(_at("log_q", log_q, y=y) - _at("log_p", log_p, y=y)).mean()
    return math.log(2) + (at_x + at_y) / 2


def _at(name: str, density: LogDensity, **events: Tensor) -> Tensor:
    """Return a log-density at the named events; one number an event."""
    ((where, x),) = events.items()
    found = density(x)
    if not isinstance(found, Tensor) or found.shape != x.shape[:1]:
        given = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ValueError(f"{name} gives {given} at {where}, wanted {tuple(x.shape[:1])}")
    return found


def mmd(
    x: Tensor, y: Tensor, bandwidths: Sequence[float] = (1.0,), unbiased: bool = True
) -> Tensor:
    r"""Estimate the squared maximum mean discrepancy between two sets of samples.

    .. math::

        \mathrm{MMD}^2 = E\,k(x, x') - 2 E\,k(x, y) + E\,k(y, y'), \qquad
        k(a, b) = \frac1H \sum_h \exp\Big( -\frac{|a - b|^2}{2 h^2} \Big).

    The unbiased statistic leaves out the pairs of an event with itself and may be negative;
    the biased one keeps them and is never negative.

    Squared distances are found in at least float32, about the mean of the events, and are exact to
    about a millionth (in float32) of the largest squared distance from that mean: a bandwidth below
    a thousandth of the events' spread wants float64.

    Args:
        x: samples of one distribution, ``(m, *event)``.
        y: samples of the other, ``(n, *event)``.
        bandwidths: the ``h``, in the units of the events.
        unbiased: which of the two statistics.

    Returns:
        a scalar, differentiable in ``x`` and ``y``.

    Raises:
        ValueError: if events are no floats, differ in shape or device, there are fewer than two,
            or a bandwidth is not positive and finite.

    Source: Gretton et al. (2012), https://jmlr.org/papers/v13/gretton12a.html, lemma 6.
    Chapter: "The GAN game".
    """
    _check_mmd(x, y, bandwidths)
    dtype = torch.promote_types(torch.promote_types(x.dtype, y.dtype), torch.float32)
    x, y = x.reshape(len(x), -1).to(dtype), y.reshape(len(y), -1).to(dtype)
    with torch.autocast(x.device.type, enabled=False):  # it would round the products to 8 bits
        within = [_mean_kernel(a, a, bandwidths, skip_diagonal=unbiased) for a in (x, y)]
        return sum(within) - 2 * _mean_kernel(x, y, bandwidths)


def _check_mmd(x: Tensor, y: Tensor, bandwidths: Sequence[float]) -> None:
    check_floats(x=x, y=y)
    shapes = f"x is {tuple(x.shape)} and y {tuple(y.shape)}"
    if 0 in (x.ndim, y.ndim) or x.shape[1:] != y.shape[1:] or min(len(x), len(y)) < 2:
        raise ValueError(f"{shapes}; wanted two or more events of one shape")
    sequence = isinstance(bandwidths, Sequence) and not isinstance(bandwidths, str)
    if not sequence or len(bandwidths) == 0 or not all(map(positive, bandwidths)):
        raise ValueError(f"bandwidths={bandwidths!r}, wanted a sequence of positive numbers")


def _mean_kernel(
    x: Tensor, y: Tensor, bandwidths: Sequence[float], skip_diagonal: bool = False
) -> Tensor:
    """Return the mean of k over all pairs, or over the pairs of different events."""
    squares = _squared_distances(x, y)
    kernels = sum((squares / (-2 * h * h)).exp() for h in bandwidths) / len(bandwidths)
    if not skip_diagonal:
        return kernels.mean()
    return (kernels.sum() - kernels.diagonal().sum()) / (len(x) * (len(x) - 1))


def _squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Return the squared distances of all pairs, (m, d) and (n, d) to (m, n).

    They are |x|^2 - 2 x y + |y|^2, a matrix product. Far from the origin that is a small difference
    of large numbers, so the events are moved to their common mean first, which changes no distance
    (nor its gradient, so that of the mean is not needed); what rounding leaves below 0 becomes 0.
    """
    centre = (x.detach().mean(0) + y.detach().mean(0)) / 2
    x, y = x - centre, y - centre
    squares = x.square().sum(1)[:, None] - 2 * x @ y.T + y.square().sum(1)
    return squares.clamp(min=0)
