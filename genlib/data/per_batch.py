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
    """

    def __init__(self, draw: Callable[[Tensor], Tensor], *tensors: Tensor) -> None:
        """Keep the tensors; draw nothing yet."""
        super().__init__(*tensors)
        self.draw = draw

    def transform(self, images: Tensor, *rest: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return x, or (x, label), for the stored tensors of one batch, on their device."""
        x = self.draw(images)
        return (x, *rest) if rest else x

    def __getitem__(self, index: int | slice | Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return one example, or a batch for a slice or a tensor of indices, freshly drawn."""
        return self.transform(*super().__getitem__(index))
