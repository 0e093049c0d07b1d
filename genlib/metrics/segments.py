"""How well label maps agree, and what colours say of labels."""

from numbers import Integral

import torch
from torch import Tensor


def pixel_accuracy(labels: Tensor, truth: Tensor) -> float:
    """Return the share of pixels with the right label.

    A map with the commonest label everywhere already has that label's share.
    Chapter: image to image.

    Args:
        labels: whole numbers, of any shape.
        truth: the same of the true labels.

    Raises:
        ValueError: if these are no whole numbers, or of different shapes.
    """
    check_labels(labels, truth)
    return (labels == truth).double().mean().item()


def intersection_over_union(labels: Tensor, truth: Tensor, classes: int) -> Tensor:
    r"""Return for each class how far what is named so and what is so agree (Jaccard's index).

    .. math:: \frac{|\{\hat y = k\} \cap \{y = k\}|}{|\{\hat y = k\} \cup \{y = k\}|}

    counted over all pixels of all pictures together. Its mean over classes is "mean IoU"; unlike
    accuracy it weighs a rare class as a common one. Chapter: image to image.

    Args:
        labels: whole numbers below ``classes``, of any shape.
        truth: the same of the true labels.
        classes: K.

    Returns:
        float64 (K,), NaN for a class that is in neither.

    Raises:
        ValueError: if these are no whole numbers below ``classes``, or of different shapes.
    """
    check_labels(labels, truth)
    if not isinstance(classes, Integral) or classes < 1:
        raise ValueError(f"classes={classes!r}, wanted a whole number from 1")
    pair = truth.long().flatten() * classes + labels.long().flatten()
    for which in (labels, truth):
        if not (which.min() >= 0 and which.max() < classes):
            low, high = which.min(), which.max()
            raise ValueError(f"labels from {low} to {high}, wanted 0 to {classes - 1}")
    table = pair.bincount(minlength=classes**2).view(classes, classes).double()
    both = table.diagonal()
    return both / (table.sum(0) + table.sum(1) - both)


def nearest_colour(images: Tensor, colours: Tensor) -> Tensor:
    """Return the label of the colour that is nearest to each pixel, in Euclidean distance.

    ``colours[nearest_colour(x, colours)]`` is x quantised to a palette: nothing that was hidden in
    small differences of colour survives it. Chapter: image to image.

    Args:
        images: (N, C, H, W).
        colours: (K, C), in the same units.

    Returns:
        int64 (N, H, W).

    Raises:
        ValueError: if the shapes are others, or do not fit.
    """
    if images.ndim != 4 or colours.ndim != 2 or images.shape[1] != colours.shape[1]:
        raise ValueError(
            f"images {tuple(images.shape)}, colours {tuple(colours.shape)}: wanted (N, C, H, W) "
            "and (K, C)"
        )
    distances = [
        (images.double() - colour.view(-1, 1, 1).to(images.device)).square().sum(1)
        for colour in colours.double()
    ]
    return torch.stack(distances).argmin(0)


def quantised(images: Tensor, colours: Tensor) -> Tensor:
    """Return images with every pixel in the nearest of some colours, of the images' type.

    Arguments, errors and chapter are those of ``nearest_colour``.
    """
    nearest = nearest_colour(images, colours)
    return colours.to(images)[nearest].permute(0, 3, 1, 2).contiguous()


def check_labels(labels: Tensor, truth: Tensor) -> None:
    """Raise ``ValueError`` unless these are label maps of one shape, of at least one pixel."""
    for which in (labels, truth):
        if which.is_floating_point() or which.is_complex() or which.dtype == torch.bool:
            raise ValueError(f"labels are {which.dtype}, wanted whole numbers")
    if labels.shape != truth.shape or labels.numel() == 0:
        given = f"labels {tuple(labels.shape)}, truth {tuple(truth.shape)}"
        raise ValueError(f"{given}: wanted one shape, and at least one pixel")
