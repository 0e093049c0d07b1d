"""The Laplacian pyramid: an image as a small one, and what each doubling has to add."""

from collections.abc import Sequence

from torch import Tensor, nn

from genlib.nn.resample import Downsample, Upsample


class LaplacianPyramid(nn.Module):
    r"""Split images into a small image and residuals, the coarsest first, and put them together.

    .. math:: x_{k-1} = d(x_k), \qquad h_k = x_k - u(x_{k-1}), \qquad
        x = x_K \mapsto [x_0, h_1, \dots, h_K],

    with d halving and u doubling the sides of an image by the filter (1, 4, 6, 4, 1) / 16. The way
    back, :math:`x_k = u(x_{k-1}) + h_k`, is exact whatever d and u are. Burt and Adelson (1983,
    https://doi.org/10.1109/TCOM.1983.1095851). Derived in the chapter on progressive growing.

    Args:
        levels: K, how many residuals, from 0.

    Raises:
        ValueError: if ``levels`` is negative; when it is called, if a side cannot be halved so
            often, or residuals do not fit what lies below them.
    """

    def __init__(self, levels: int) -> None:
        """Make the filters."""
        super().__init__()
        if levels < 0:
            raise ValueError(f"levels={levels}, wanted 0 or more")
        self.levels = levels
        self.down = Downsample("binomial", "replicate")
        self.up = Upsample("binomial", "replicate")

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return images ``(B, C, H / 2^K, W / 2^K)``, then residuals up to ``(B, C, H, W)``."""
        if any(side % 2**self.levels for side in x.shape[-2:]):
            raise ValueError(
                f"images are {tuple(x.shape)}, levels={self.levels}: wanted sides that can be "
                "halved so often"
            )
        residuals: list[Tensor] = []
        for _ in range(self.levels):
            small = self.down(x)
            residuals.insert(0, x - self.up(small))
            x = small
        return [x, *residuals]

    def inverse(self, pyramid: Sequence[Tensor]) -> Tensor:
        """Return the images of a pyramid, or of its coarser part if some residuals are left out."""
        if len(pyramid) == 0:
            raise ValueError("the pyramid is empty, wanted images, then residuals")
        x = pyramid[0]
        for residual in pyramid[1:]:
            larger = self.up(x)
            if larger.shape != residual.shape:
                raise ValueError(
                    f"a residual is {tuple(residual.shape)}, wanted {tuple(larger.shape)} of what "
                    "lies below it"
                )
            x = larger + residual
        return x
