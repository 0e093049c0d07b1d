r"""Spectral normalisation: a layer divided by the most that it can stretch.

The largest singular value :math:`\sigma` of a linear map is found by power iteration,
:math:`u \leftarrow W v / \|W v\|`, :math:`v \leftarrow W^T u / \|W^T u\|`, and is
:math:`\sigma = u^T W v`. With ``u`` and ``v`` held fixed its gradient in ``W`` is
:math:`u v^T`, which is exact once they are the singular vectors.

A pass through the network reads ``u`` and ``v`` and writes nothing, so it can be differentiated
twice, captured, and called with other weights. They follow the weights when they are told to, by
:py:func:`power_iteration` after each update.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from genlib.nn.observing import evaluating, inputs_of
from genlib.nn.transposed import Geometry

KERNELS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Embedding)
START = 100  # iterations from the random start
TINY = 1e-12  # below it a layer is all noughts


class KernelNorm(nn.Module):
    r"""Divide a kernel by the top singular value of the matrix ``(outputs, everything else)``.

    That of a convolution's kernel is not the norm of the convolution, which
    :py:class:`ConvolutionNorm` takes.
    """

    def __init__(self, weight: Tensor) -> None:
        """Find the singular vectors of a weight."""
        super().__init__()
        self.start(weight.detach(), torch.randn_like(weight.detach().flatten(1)[0]))

    def start(self, weight: Tensor, v: Tensor) -> None:
        """Find the singular vectors from a random one."""
        self.register_buffer("v", v / v.norm())
        self.register_buffer("u", self.apply_to(self.v, weight))
        self.power_iteration(weight, START)

    def apply_to(self, v: Tensor, weight: Tensor) -> Tensor:
        """Return W v."""
        return weight.flatten(1) @ v

    def apply_transposed(self, u: Tensor, weight: Tensor) -> Tensor:
        """Return W^T u."""
        return weight.flatten(1).T @ u

    @torch.no_grad()
    def power_iteration(self, weight: Tensor, iterations: int = 1) -> None:
        """Turn ``u`` and ``v`` towards the singular vectors of a weight."""
        for _ in range(iterations):
            turn(self.u, self.apply_to(self.v, weight))
            turn(self.v, self.apply_transposed(self.u, weight))

    def norm(self, weight: Tensor) -> Tensor:
        """Return the singular value, a scalar that can be differentiated in the weight."""
        return (self.u * self.apply_to(self.v, weight)).sum()

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight over its singular value; one of noughts as it is."""
        with torch.autocast(weight.device.type, enabled=False):
            return divided(weight, self.norm(weight))


class ConvolutionNorm(KernelNorm):
    r"""Divide a kernel by the most that its convolution stretches an image of one size.

    With kernels of h x w numbers it lies between :math:`\sigma / \sqrt{hw}` and
    :math:`\sqrt{hw}\,\sigma`, of the kernel's own singular value :math:`\sigma`.

    Args:
        layer: a convolution.
        size: ``(H, W)`` of its images.
    """

    def __init__(self, layer: nn.Conv2d, size: tuple[int, int]) -> None:
        """Find the singular vectors, which are images."""
        nn.Module.__init__(self)
        self.geometry, self.size = Geometry.of(layer), tuple(size)
        weight = layer.weight.detach()
        self.start(weight, weight.new_empty(1, layer.in_channels, *size).normal_())

    def apply_to(self, v: Tensor, weight: Tensor) -> Tensor:
        """Return the convolution of an image."""
        return self.geometry.convolve(v, weight)

    def apply_transposed(self, u: Tensor, weight: Tensor) -> Tensor:
        """Return the transposed convolution of an image."""
        return self.geometry.transpose(u, weight, self.size)


def turn(unit: Tensor, towards: Tensor) -> None:
    """Turn a unit vector to a direction, in place; where there is none, leave it."""
    length = towards.norm()
    unit.copy_(torch.where(length > TINY, towards / length.clamp_min(TINY), unit))


def spectral_norm(
    network: nn.Module, of: str = "kernel", *inputs: Tensor, embeddings: bool = True
) -> nn.Module:
    r"""Hold every layer of a network to norm 1, in place: :math:`W / \sigma(W)`.

    If what lies between the layers stretches nothing (ReLU, leaky ReLU, tanh) and the layers are
    ``nn.Linear``, or convolutions by their own norm, no two scores differ by more than the
    events do. After an update of the weights :py:func:`power_iteration` has to be called; a
    :py:class:`~genlib.gans.SpectralNorm` of a game does so.

    Miyato et al. (2018, https://arxiv.org/abs/1802.05957), who take the kernel's. Derived in the
    chapter on the Wasserstein distance and Lipschitz critics.

    Args:
        network: of which every linear layer, convolution and embedding is normalised; transposed
            convolutions are not.
        of: ``"kernel"``, the reshaped kernel's singular value; or ``"convolution"``, for
            ``nn.Conv2d`` the convolution's own.
        inputs: for ``"convolution"``: what the network is called with, such as a batch of
            events, to see the sizes of the images in it.
        embeddings: whether embeddings are normalised too. In a discriminator they are maps of the
            label like any other; in a generator they are codes, which nothing has to bound.

    Returns:
        The network.

    Raises:
        ValueError: if ``of`` is neither, ``inputs`` are missing, a convolution pads with
            anything but noughts, or there is nothing to normalise.
    """
    if of not in ("kernel", "convolution") or (of == "convolution" and not inputs):
        raise ValueError(
            f"of={of!r}, {len(inputs)} inputs, wanted 'kernel', or 'convolution' and the inputs"
        )
    kinds = KERNELS if embeddings else tuple(kind for kind in KERNELS if kind is not nn.Embedding)
    layers = [layer for layer in network.modules() if isinstance(layer, kinds)]
    if not layers:
        raise ValueError(f"{type(network).__name__} has no layer with a norm")
    sizes = image_sizes(network, *inputs) if of == "convolution" else {}
    for layer in layers:
        norm = ConvolutionNorm(layer, sizes[layer]) if layer in sizes else KernelNorm(layer.weight)
        parametrize.register_parametrization(layer, "weight", norm)
    return network


def power_iteration(network: nn.Module, iterations: int = 1) -> None:
    """Let every normalised layer of a network follow its weights."""
    for layer in network.modules():
        if not parametrize.is_parametrized(layer, "weight"):
            continue
        for norm in layer.parametrizations.weight:
            if isinstance(norm, KernelNorm):
                norm.power_iteration(layer.parametrizations.weight.original, iterations)


@torch.no_grad()
def image_sizes(network: nn.Module, *inputs: Tensor) -> dict[nn.Conv2d, tuple[int, int]]:
    """Return the sizes of the images that reach each convolution of a network."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    with evaluating(network), inputs_of(*layers) as given:
        network(*inputs)
    return {layer: tuple(images.shape[2:]) for layer, images in given.items()}


def divided(weight: Tensor, sigma: Tensor) -> Tensor:
    """Return a weight over its norm, but one of noughts as it is.

    Over ``TINY`` its gradient would be huge, and stay in the averages of the optimiser.
    """
    return weight / torch.where(sigma < TINY, 1.0, sigma)
