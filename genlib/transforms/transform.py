"""What a transform is: an invertible map with a known change of volume."""

from torch import Tensor, nn


class Transform(nn.Module):
    r"""An invertible map of points, and the log-determinant of its Jacobian, in both directions.

    Points are ``(..., D)``; log-determinants are ``(...)``, :math:`\log |\det \partial y / \partial
    z|` of the direction that is asked for, so that those of ``forward`` and ``inverse`` at the same
    point add up to nought.

    Attributes:
        context: how many numbers each point's map is told from outside, 0 for none.
    """

    context: int = 0

    def forward(self, z: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return y, ``(..., D)``, and its log-determinant, for a context ``(..., context)``."""
        raise NotImplementedError

    def inverse(self, y: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return z, which ``forward`` takes to ``y``, and the log-determinant of this direction."""
        raise NotImplementedError
