"""Black and white by blocks: strictly above the threshold, block by block."""

import pytest
import torch

from genlib.data import thresholded


def image() -> torch.Tensor:
    x = torch.zeros(1, 1, 9, 8, dtype=torch.uint8)
    x[..., :4, :4] = 63  # 63 / 255 = 0.247
    x[..., :4, 4:8] = 65  # 65 / 255 = 0.255
    x[..., 4, 4:] = 255  # a quarter of the last block exactly, which does not exceed it
    x[..., 8, :] = 255  # beyond the last block
    return x


def test_a_block_is_inked_where_its_mean_exceeds_the_threshold() -> None:
    blocks = thresholded(image(), 4, above=0.25)
    assert blocks.tolist() == [[[[0.0, 1.0], [0.0, 0.0]]]]
    assert blocks.dtype == torch.float32


def test_single_pixels_are_inked_above_one_half() -> None:
    x = torch.tensor([[[[0, 127], [128, 255]]]], dtype=torch.uint8)
    assert thresholded(x).tolist() == [[[[0.0, 0.0], [1.0, 1.0]]]]


@pytest.mark.parametrize("block", [0, 9])
def test_blocks_that_do_not_fit_are_refused(block: int) -> None:
    with pytest.raises(ValueError, match=f"block={block}, wanted 1 to 8 pixels"):
        thresholded(image(), block)
