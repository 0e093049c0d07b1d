"""A generator that moves the image by the same length wherever its style moves."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from genlib.gans.checks import check_numbers

EPS = 1e-12  # under the root, whose slope at 0 is infinite


class PathLength(nn.Module):
    r"""Hold the lengths by which a step of the style changes the image near their own mean.

    .. math::

        \lambda\, E_{w, y}\big[(\ell(w, y) - a)^2\big], \qquad
        \ell(w, y) = \|J_w^\top y\|, \quad J_w = \frac{\partial g(w)}{\partial w}, \quad
        y \sim N(0, I),

    with the running mean :math:`a \leftarrow d\,a + (1 - d)\,\bar\ell` of the lengths, which begins
    at 0. For a linear g, :math:`E\,\ell^2 = \|J\|_F^2` for every w, and the penalty is least where
    all singular values are equal. See :py:func:`path_lengths` for the lengths' units.

    Args:
        weight: lambda.
        decay: d.
        share: the share of a batch on which it is taken, in (0, 1].

    Raises:
        ValueError: if a number is out of its range.

    Source: Karras et al. (2020), https://arxiv.org/abs/1912.04958, section 3.2.
    Chapter: "Style-based generators".
    """

    name = "path_length"
    mean: Tensor

    def __init__(self, weight: float = 2.0, decay: float = 0.99, share: float = 0.5) -> None:
        """Begin with a mean of 0."""
        super().__init__()
        check_numbers(self, 0, weight=weight, decay=decay, share=share)
        if decay >= 1 or not 0 < share <= 1:
            raise ValueError(f"PathLength: decay={decay}, share={share}: wanted [0, 1) and (0, 1]")
        self.weight, self.decay, self.share = weight, decay, share
        self.register_buffer("mean", torch.zeros(()))

    def examples(self, batch: int) -> int:
        """Return on how many styles it is taken beside a batch of so many."""
        return max(1, round(self.share * batch))

    def forward(
        self, synthesis: Callable[[Tensor], Tensor], styles: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the penalty and the mean length, scalars, and count the mean in.

        Args:
            synthesis: g, from styles to images.
            styles: ``(B, L, S)``, through which gradients may lead further back.
        """
        lengths = path_lengths(synthesis, styles)
        with torch.no_grad():
            self.mean.lerp_(lengths.mean().to(self.mean.dtype), 1 - self.decay)
        # a copy, as the next batch moves the mean before anybody differentiates
        spread = (lengths - self.mean.clone()).square().mean()
        return self.weight * spread, lengths.detach().mean()

    def extra_repr(self) -> str:
        """Show the numbers."""
        return f"weight={self.weight}, decay={self.decay}, share={self.share}"


@torch.compiler.disable
def path_lengths(synthesis: Callable[[Tensor], Tensor], styles: Tensor) -> Tensor:
    r"""Return how far each image moves for a unit step of its style, in a random direction.

    .. math::

        \ell^2 = \frac1L \sum_{l=1}^L \big\|\nabla_{w_l} \langle g(w), y\rangle\big\|^2,
        \qquad y \sim N(0, I / HW),

    a mean over the layers' styles, and over the pixels, so that neither their number counts. It is
    computed as the weights are, outside autocast, and can be differentiated in them.

    Args:
        synthesis: g, from styles to images ``(B, C, H, W)``.
        styles: ``(B, L, S)``.

    Returns:
        lengths, ``(B,)``.
    """
    with torch.autocast(styles.device.type, enabled=False), torch.enable_grad():
        given = styles.float() if styles.dtype == torch.bfloat16 else styles
        given = given if given.requires_grad else given.detach().requires_grad_()
        images = synthesis(given)
        direction = torch.randn_like(images) / images.shape[2:].numel() ** 0.5
        (slope,) = torch.autograd.grad((images * direction).sum(), given, create_graph=True)
    return (slope.square().sum(dim=2).mean(dim=1) + EPS).sqrt()
