"""A data set that is drawn anew for every batch."""

from collections.abc import Callable

from torch import Tensor
from torch.utils.data import TensorDataset


class PerBatch(TensorDataset):
    """Resident tensors whose first one is transformed anew for every batch.

    ``fit`` keeps the tensors on its device, indexes them there and calls ``transform`` on the
    parts; a DataLoader takes single examples. Large sets stay small: one byte a pixel.

    Args:
        draw: ``draw(images) -> x``, for a whole batch or a single image.
        tensors: the images, and what goes with each of them, such as a label.

    Raises:
        ValueError: draw is no function, or there are no tensors of equally many examples.
    """

    def __init__(self, draw: Callable[[Tensor], Tensor], *tensors: Tensor) -> None:
        """Keep the tensors; draw nothing yet."""
        if not callable(draw):
            raise ValueError(f"draw is {type(draw).__name__}, wanted a function of the images")
        _check_tensors(tensors)
        super().__init__(*tensors)
        self.draw = draw

    def transform(self, images: Tensor, *rest: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return x, or (x, label), for the stored tensors of one batch, on their device."""
        x = self.draw(images)
        return (x, *rest) if rest else x

    def __getitem__(self, index: int | slice | Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return one example, or a batch for a slice or a tensor of indices, freshly drawn."""
        return self.transform(*super().__getitem__(index))


def _check_tensors(tensors: tuple[Tensor, ...]) -> None:
    if not tensors:
        raise ValueError("a set that is drawn per batch wants at least one tensor, the images")
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise ValueError(f"tensor {i} is {type(tensor).__name__}, wanted a tensor")
        if tensor.dim() == 0:
            raise ValueError(f"tensor {i} has shape (), wanted (N, ...)")
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) > 1:
        raise ValueError(f"wanted tensors of as many examples each, these have {lengths}")
