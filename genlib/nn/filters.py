r"""Low-pass filters for images that are doubled or halved.

A filter is a row of numbers ("taps") that sum to 1 and read the same from both ends; images are
filtered along rows, then along columns. When a signal is sampled twice as often, its content lies
below a quarter of the new sampling rate, and a filter has to keep that quarter and remove the rest:
the copies that appear when an image is doubled, the frequencies that would fold back when it is
halved. The better it does so, the longer it is.
"""

import math

import torch
from torch import Tensor

from genlib.suggest import suggestion

HALF_BAND = 0.25  # cycles a sample: half of what samples can carry
FILTERS = ("nearest", "bilinear", "binomial", "kaiser", "ideal")


def binomial(taps: int) -> Tensor:
    r"""Return the filter :math:`\binom{n-1}{t} / 2^{n-1}` of n taps, float64, ``(taps,)``.

    Two taps repeat a pixel, four, (1, 3, 3, 1) / 8, interpolate between pixels, five are Burt and
    Adelson's (1983, https://doi.org/10.1109/TCOM.1983.1095851).

    Raises:
        ValueError: if ``taps`` is not positive.
    """
    _check_taps(taps)
    row = [math.comb(taps - 1, tap) for tap in range(taps)]
    return torch.tensor(row, dtype=torch.float64) / 2 ** (taps - 1)


def kaiser(taps: int = 12, cutoff: float = HALF_BAND, width: float = 0.2) -> Tensor:
    r"""Return a sinc under a Kaiser window, float64, ``(taps,)``.

    .. math::

        h_t \propto \mathrm{sinc}(2 f_c u)\; I_0\Big(\beta\sqrt{1 - (2 u / (n - 1))^2}\Big),
        \qquad u = t - \tfrac{n-1}2,

    with cutoff :math:`f_c`; :math:`\beta` follows by Kaiser's rule from the attenuation
    :math:`A = 2.285\,(n - 1)\,2\pi\Delta f + 7.95` dB that n taps reach with a transition of width
    :math:`\Delta f`. Derived in the chapter on style-based generators.

    Args:
        taps: n.
        cutoff: where half of the amplitude passes, in cycles a sample, below 1/2.
        width: of the transition from what passes to what does not, in cycles a sample.

    Raises:
        ValueError: if a number is out of its range.
    """
    _check_taps(taps)
    if not (0 < cutoff < 0.5 and 0 < width < 0.5):
        raise ValueError(f"cutoff={cutoff}, width={width}: wanted them between 0 and 0.5")
    at = torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2
    beta = kaiser_beta(2.285 * (taps - 1) * 2 * math.pi * width + 7.95)
    window = torch.kaiser_window(taps, periodic=False, beta=beta, dtype=torch.float64)
    taken = torch.sinc(2 * cutoff * at) * window
    return taken / taken.sum()


def kaiser_beta(attenuation: float) -> float:
    """Return Kaiser's window parameter for an attenuation in dB."""
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    over = max(0.0, attenuation - 21)
    return 0.5842 * over**0.4 + 0.07886 * over


def named_filter(name: str, taps: int = 12) -> Tensor | None:
    """Return a filter by its name, or None for ``"ideal"``, which no finite row of taps is.

    Args:
        name: ``"nearest"``, ``"bilinear"``, ``"binomial"`` (5 taps), ``"kaiser"`` or ``"ideal"``.
        taps: of the Kaiser filter.

    Raises:
        ValueError: if there is no such filter.
    """
    lengths = {"nearest": 2, "bilinear": 4, "binomial": 5}
    if name not in FILTERS:
        raise ValueError(f"filter={name!r}{suggestion(name, FILTERS)}")
    if name == "ideal":
        return None
    return kaiser(taps) if name == "kaiser" else binomial(lengths[name])


def _check_taps(taps: int) -> None:
    if taps < 1:
        raise ValueError(f"taps={taps}, wanted a positive number")
