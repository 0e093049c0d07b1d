"""Doubling and halving images through a low-pass filter."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from genlib.nn.filters import HALF_BAND, named_filter

PADDINGS = {"zeros": "constant", "circular": "circular", "replicate": "replicate"}


def upsample(x: Tensor, taps: Tensor | None, padding: str = "zeros") -> Tensor:
    r"""Double height and width: put noughts between the pixels, then filter with gain 2 an axis.

    .. math:: y_j = 2 \sum_i x_i\, h_{j - 2i + \lfloor (n - 1) / 2 \rfloor}

    With an even number of taps pixel i lies in the middle between the new pixels 2i and 2i + 1, as
    where images are areas; with an odd number on the new pixel 2i. Halving by the same filter goes
    back by the same half pixel.

    Args:
        x: images, ``(B, C, H, W)``.
        taps: the filter h, ``(n,)``; None for the ideal one, which keeps all frequencies below a
            quarter of the new sampling rate and nothing above (at it, half).
        padding: what lies around the image: ``"zeros"``, ``"circular"`` (a torus) or
            ``"replicate"``.

    Returns:
        ``(B, C, 2H, 2W)``.

    Raises:
        ValueError: if there is no such padding, the ideal filter is asked for without a torus, or
            the filter goes round a torus more than once.
    """
    height, width = x.shape[-2:]
    if taps is None:
        _check_torus(padding)
        apart = x.new_zeros(*x.shape[:-2], 2 * height, 2 * width)
        apart[..., ::2, ::2] = x
        return 4 * half_band(apart)
    return _along_both(x, taps, padding, _doubling)


def downsample(x: Tensor, taps: Tensor | None, padding: str = "zeros") -> Tensor:
    r"""Halve height and width: filter, then keep every second pixel.

    .. math:: y_i = \sum_j x_j\, h_{j - 2i + \lfloor (n - 1) / 2 \rfloor}

    Arguments and errors are those of :py:func:`upsample`; height and width have to be even.

    Returns:
        ``(B, C, H / 2, W / 2)``.
    """
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        raise ValueError(f"images are {tuple(x.shape)}, wanted even sides to halve")
    if taps is None:
        _check_torus(padding)
        return half_band(x)[..., ::2, ::2]
    return _along_both(x, taps, padding, _halving)


def half_band(x: Tensor) -> Tensor:
    """Remove all frequencies above a quarter of the sampling rate, on a torus; at it, half."""
    spectrum = torch.fft.fft2(x if x.dtype == torch.float64 else x.float())
    rows, columns = (_passes(size, x.device).to(spectrum.real) for size in x.shape[-2:])
    return torch.fft.ifft2(spectrum * rows[:, None] * columns).real.to(x.dtype)


def _passes(size: int, device: torch.device) -> Tensor:
    """Return which part of each frequency the ideal filter lets pass, (size,)."""
    found = torch.fft.fftfreq(size, device=device, dtype=torch.float64).abs()
    return ((found < HALF_BAND).double() + (found <= HALF_BAND).double()) / 2


def translate(x: Tensor, shift: tuple[float, float]) -> Tensor:
    r"""Move images on a torus by any number of pixels, down and to the right.

    It multiplies frequency f by :math:`e^{-2 \pi i f d}`, which moves the one smooth signal
    through the pixels that has no frequency above half the sampling rate; for whole numbers it
    moves the pixels. The highest frequency of an even side is a cosine, of which
    :math:`\cos \pi d` is what the pixels see.

    Args:
        x: images, ``(..., H, W)``.
        shift: pixels down and to the right.

    Returns:
        images of the same shape.
    """
    spectrum = torch.fft.fft2(x if x.dtype == torch.float64 else x.float())
    down, right = (_turn(n, by, spectrum) for n, by in zip(x.shape[-2:], shift, strict=True))
    return torch.fft.ifft2(spectrum * down[:, None] * right).real.to(x.dtype)


def _turn(size: int, by: float, like: Tensor) -> Tensor:
    """Return the factor of each frequency, (size,)."""
    frequencies = torch.fft.fftfreq(size, device=like.device, dtype=torch.float64)
    angles = -2 * torch.pi * by * frequencies
    factors = torch.complex(angles.cos(), angles.sin() * (frequencies.abs() < 0.5))
    return factors.to(like.dtype)


def _along_both(x: Tensor, taps: Tensor, padding: str, matrix: Callable[..., Tensor]) -> Tensor:
    """Return what a linear change of the sampling rate makes of columns and rows.

    As a product with a matrix it is many times quicker on a CPU than as a convolution of one
    channel, forwards and backwards, at the sides of the book's images.
    """
    taps = taps.to(x)
    found = {size: matrix(size, taps, padding) for size in set(x.shape[-2:])}  # of a square, one
    rows, columns = (found[size] for size in x.shape[-2:])
    return rows @ (x @ columns.mT)


def _doubling(size: int, taps: Tensor, padding: str) -> Tensor:
    """Return the matrix that doubles the sampling rate of a row, (2 size, size)."""
    n, around = len(taps), len(taps) // 4 + 1
    first = 2 * around + (n - 1) // 2
    padded = _padded(size, (around, around), padding, taps)
    found = F.conv_transpose1d(padded, 2 * taps.view(1, 1, n), stride=2)
    return found[:, 0, first : first + 2 * size].mT


def _halving(size: int, taps: Tensor, padding: str) -> Tensor:
    """Return the matrix that halves the sampling rate of a row, (size / 2, size)."""
    n = len(taps)
    before = (n - 1) // 2
    padded = _padded(size, (before, max(0, n - 2 - before)), padding, taps)
    return F.conv1d(padded, taps.view(1, 1, n), stride=2)[:, 0].mT


def _padded(size: int, around: tuple[int, int], padding: str, like: Tensor) -> Tensor:
    """Return each row that is 1 at one place, with what lies around it, ``(size, 1, size')``."""
    if padding not in PADDINGS:
        raise ValueError(f"padding={padding!r}, wanted one of {sorted(PADDINGS)}")
    if padding == "circular" and max(around) > size:
        raise ValueError(
            f"a side of {size} pixels is too small for the filter, which reaches "
            f"{max(around)} pixels round the torus: wanted fewer taps"
        )
    unit = torch.eye(size, dtype=like.dtype, device=like.device)[:, None]
    return F.pad(unit, around, PADDINGS[padding])


def _check_torus(padding: str) -> None:
    if padding != "circular":
        raise ValueError(f"padding={padding!r}: the ideal filter wants a torus, 'circular'")


class Upsample(nn.Module):
    """Double height and width of images ``(B, C, H, W)``, see :py:func:`upsample`.

    Args:
        filter: a name: ``"nearest"``, ``"bilinear"``, ``"binomial"``, ``"kaiser"``, ``"ideal"``.
        padding: what lies around the image.
        taps: of the Kaiser filter.

    Raises:
        ValueError: if there is no such filter; when it is called, as the function does.
    """

    taps: Tensor | None

    def __init__(self, filter: str = "bilinear", padding: str = "zeros", taps: int = 12) -> None:
        """Make the filter."""
        super().__init__()
        found = named_filter(filter, taps)
        self.filter, self.padding = filter, padding
        self.register_buffer("taps", None if found is None else found.float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return images twice as large."""
        return upsample(x, self.taps, self.padding)

    def extra_repr(self) -> str:
        """Show the filter."""
        return f"{self.filter!r}, padding={self.padding!r}"


class Downsample(Upsample):
    """Halve height and width of images ``(B, C, H, W)``, see :py:func:`downsample`.

    Arguments and errors are those of :py:class:`Upsample`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return images half as large."""
        return downsample(x, self.taps, self.padding)
