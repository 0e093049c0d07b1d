"""Sliced Wasserstein distances: of features, and of patches at every scale of images."""

import torch
from torch import Tensor

from genlib.divergences import wasserstein_samples
from genlib.metrics.arguments import check_count, feature_sets
from genlib.nn import LaplacianPyramid

TOGETHER = 32  # directions looked at at once


def sliced_wasserstein(x: Tensor, y: Tensor, *, directions: int = 512, seed: int = 0) -> float:
    r"""Return the mean Wasserstein distance of two sets, seen along random directions.

    .. math::

        \frac1K \sum_{k=1}^K W_1\big(\langle u_k, x\rangle, \langle u_k, y\rangle\big), \qquad
        u_k \text{ even on the unit sphere},

    each of which is a mean of differences of sorted numbers. For two clouds of which one is the
    other moved by d it is :math:`E|\langle u, d\rangle| = |d|\,\Gamma(D/2) / (\sqrt\pi\,
    \Gamma((D + 1)/2))`. Two samples of one distribution are not at distance 0, but at about
    :math:`n^{-1/2}` times their spread. Rabin et al. (2011,
    https://doi.org/10.1007/978-3-642-24785-9_37). Derived in the chapter on progressive growing.

    Args:
        x: features or pixels, (n, D).
        y: the same of the other set, (m, D).
        directions: K.
        seed: of the directions.

    Returns:
        the distance in the units of the features, computed in float64, the same for the same
        arguments.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers, D differs, or ``directions`` is not
            positive.
    """
    check_count(1, directions=directions)
    x, y = feature_sets(1, x=x, y=y)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(directions, x.shape[1], generator=generator, dtype=x.dtype)
    unit = drawn / drawn.norm(dim=1, keepdim=True)
    parts = [_along(x @ some.T, y @ some.T) for some in unit.split(TOGETHER)]
    return torch.cat(parts).mean().item()


def _along(x: Tensor, y: Tensor) -> Tensor:
    """Return the distance of each column of (n, K) from that of (m, K), (K,)."""
    if len(x) == len(y):
        return (x.sort(dim=0).values - y.sort(dim=0).values).abs().mean(dim=0)
    return torch.stack([wasserstein_samples(*pair) for pair in zip(x.T, y.T, strict=True)])


def sliced_wasserstein_pyramid(
    x: Tensor,
    y: Tensor,
    *,
    levels: int = 2,
    patch: int = 7,
    patches: int = 128,
    directions: int = 512,
    seed: int = 0,
) -> dict[int, float]:
    """Return the sliced Wasserstein distance of patches at each scale of two sets of images.

    Images are split by a :py:class:`~genlib.nn.LaplacianPyramid`. From each level of each image
    square patches are drawn; each channel of a set of patches is brought to mean 0 and standard
    deviation 1; and the sets are compared by :py:func:`sliced_wasserstein`. The coarsest level
    says how alike the shapes are, the others edges and grain of their scale; mean and contrast
    play no part. Karras et al. (2018, https://arxiv.org/abs/1710.10196), section 5, multiply by
    1,000. Derived in the chapter on progressive growing.

    Args:
        x: images, (n, C, H, W).
        y: images, (m, C, H, W).
        levels: how often sides are halved.
        patch: side of a patch.
        patches: how many are drawn from each level of each image.
        directions: of the distance.
        seed: of places and directions.

    Returns:
        the distance at each height of the images, the smallest first, computed in float64.

    Raises:
        ValueError: if the sets are no images of one shape, a number is out of its range, or a
            patch does not fit into the smallest level, or all patches of a channel are the same.
    """
    check_count(0, levels=levels)
    check_count(1, patch=patch, patches=patches)
    _check_images(x, y, patch * 2**levels)
    pyramid = LaplacianPyramid(levels).double()
    found = {}
    pairs = zip(pyramid(x.cpu().double()), pyramid(y.cpu().double()), strict=True)
    for level, pair in enumerate(pairs):
        generator = torch.Generator().manual_seed(seed + level)
        sets = [_normalised(_drawn(part, patch, patches, generator)) for part in pair]
        found[pair[0].shape[2]] = sliced_wasserstein(*sets, directions=directions, seed=seed)
    return found


def _check_images(x: Tensor, y: Tensor, least: int) -> None:
    for name, images in {"x": x, "y": y}.items():
        shape = tuple(images.shape)
        if images.ndim != 4 or not images.is_floating_point() or min(shape[2:]) < least:
            raise ValueError(
                f"{name} is {shape} {images.dtype}, wanted float images (N, C, H, W) with sides of "
                f"at least {least}, so that a patch fits into the smallest level"
            )
    if x.shape[1:] != y.shape[1:]:
        raise ValueError(f"x is {tuple(x.shape)} and y {tuple(y.shape)}, wanted images of one size")


def _drawn(images: Tensor, patch: int, patches: int, generator: torch.Generator) -> Tensor:
    """Draw patches, (N * patches, C, patch, patch)."""
    everywhere = images.unfold(2, patch, 1).unfold(3, patch, 1)  # (N, C, rows, columns, p, p)
    size = (len(images), patches)
    rows, columns = (torch.randint(n, size, generator=generator) for n in everywhere.shape[2:4])
    own = torch.arange(len(images))[:, None]
    return everywhere[own, :, rows, columns].flatten(0, 1)


def _normalised(patches: Tensor) -> Tensor:
    """Return patches as rows, each channel with mean 0 and standard deviation 1 over the set."""
    spread, mean = torch.std_mean(patches, dim=(0, 2, 3), keepdim=True)
    if not (spread > 0).all():
        raise ValueError("all patches of a channel are the same: they have no contrast to compare")
    return ((patches - mean) / spread).flatten(1)
