"""The invertible 1 x 1 convolution."""

import torch
from torch import Tensor, nn

from genlib.transforms.transform import Transform, check_events_of


class Conv1x1(Transform):
    r"""Mixes channels at every position by one invertible matrix: :math:`y = W z`.

    .. math:: W = P L (U + \mathrm{diag}(\mathrm{sign}_c\, e^{s_c})), \qquad
              \log \left| \det \frac{\partial y}{\partial z} \right| = H W \sum_c s_c

    (the factor H W, height times width, not for points). P is a permutation and the signs are
    signs, both fixed; L is lower triangular with ones on its diagonal, U strictly upper
    triangular; both and s are learned. So W is invertible whatever is learned, and its determinant
    costs nothing. Kingma and Dhariwal (2018, https://arxiv.org/abs/1807.03039). Derived in the
    chapter on normalising flows.

    Args:
        size: channels C, or a point's coordinates.
        event_dims: 1 for points, 3 for images.
        weight: W to start from, ``(C, C)``; by default a random rotation.

    Raises:
        ValueError: if the size is not positive, there are no such events, or the weight is of
            another shape, not finite or singular.
    """

    def __init__(self, size: int, event_dims: int = 3, weight: Tensor | None = None) -> None:
        """Factor the matrix to start from."""
        super().__init__()
        check_events_of(size, event_dims)
        self.size, self.event_dims = size, event_dims
        start = random_rotation(size) if weight is None else checked(weight, size)
        permutation, lower, upper = torch.linalg.lu(start)
        dtype, diagonal = torch.get_default_dtype(), upper.diagonal()
        self.lower = nn.Parameter(lower.tril(-1).to(dtype))
        self.upper = nn.Parameter(upper.triu(1).to(dtype))
        self.log_scale = nn.Parameter(diagonal.abs().log().to(dtype))
        self.register_buffer("sign", diagonal.sign().to(dtype))
        self.register_buffer("permutation", permutation.to(dtype))

    def factors(self) -> tuple[Tensor, Tensor]:
        """Return the triangular matrices L and U + diag(sign exp(s))."""
        ones = torch.ones_like(self.log_scale)
        diagonal = self.sign * torch.exp(self.log_scale)
        return self.lower.tril(-1) + ones.diag(), self.upper.triu(1) + diagonal.diag()

    def weight(self) -> Tensor:
        """Return W, ``(C, C)``."""
        lower, upper = self.factors()
        return self.permutation @ lower @ upper

    def inverse_weight(self) -> Tensor:
        """Return the inverse of W, ``(C, C)``, from two triangular systems."""
        lower, upper = self.factors()
        middle = torch.linalg.solve_triangular(
            lower, self.permutation.T, upper=False, unitriangular=True
        )
        return torch.linalg.solve_triangular(upper, middle, upper=True)

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return W z and the log-determinant."""
        self.check_channels(z, self.size)
        with torch.autocast(z.device.type, enabled=False):
            y = self.mix(z, self.weight())
        return y, self.everywhere(self.log_scale.sum(), z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return the inverse of W times y, and the log-determinant of this direction."""
        self.check_channels(y, self.size)
        with torch.autocast(y.device.type, enabled=False):
            z = self.mix(y, self.inverse_weight())
        return z, self.everywhere(-self.log_scale.sum(), y)

    def mix(self, z: Tensor, weight: Tensor) -> Tensor:
        """Multiply the channels at every position by a matrix.

        This is not a convolution of torch's, for which a GPU takes three decimal digits of each
        factor: too few for an inverse.
        """
        return (z.movedim(self.axis, -1) @ weight.T).movedim(-1, self.axis)


def random_rotation(size: int) -> Tensor:
    """Return a random orthogonal matrix, in double precision."""
    return torch.linalg.qr(torch.randn(size, size).double()).Q


def checked(weight: Tensor, size: int) -> Tensor:
    """Return a matrix in double precision, if it is one that a model can start from."""
    if tuple(weight.shape) != (size, size):
        raise ValueError(f"weight of shape {tuple(weight.shape)}, wanted {(size, size)}")
    weight = weight.detach().double()
    if not weight.isfinite().all():
        raise ValueError("the weight holds values that are not finite")
    rank = torch.linalg.matrix_rank(weight, rtol=size * torch.finfo(torch.float32).eps).item()
    if rank < size:
        raise ValueError(f"the weight is singular: its rank is {rank}, wanted {size}")
    return weight
