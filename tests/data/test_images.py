"""A set of images: what it hands out, and what it refuses to hold."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

import genlib
from genlib.data import Images, PerBatch, pixels

N = 40


@pytest.fixture
def data() -> Images:
    images = torch.randint(0, 256, (N, 1, 5, 4), generator=torch.Generator().manual_seed(0))
    return Images(images.to(torch.uint8), torch.arange(N) % 10)


def test_unit_and_symmetric_are_tensors(data: Images) -> None:
    assert torch.equal(data.unit(), pixels.unit(data.images))
    assert torch.equal(data.symmetric(), pixels.symmetric(data.images))


@pytest.mark.parametrize("space", ["unit", "symmetric"])
def test_labels_come_as_a_pair(data: Images, space: str) -> None:
    x, label = getattr(data, space)(labels=True)
    assert torch.equal(x, getattr(data, space)())
    assert torch.equal(label, data.labels)


@pytest.mark.parametrize("space", ["binary", "dequantised"])
class TestDrawn:
    def test_a_seed_fixes_the_draw(self, data: Images, space: str) -> None:
        draw = getattr(data, space)
        assert torch.equal(draw(seed=0), draw(seed=0))
        assert not torch.equal(draw(seed=0), draw(seed=1))

    def test_a_seed_leaves_the_default_generator_alone(self, data: Images, space: str) -> None:
        before = torch.get_rng_state()
        getattr(data, space)(seed=0)
        assert torch.equal(torch.get_rng_state(), before)

    def test_a_seed_gives_the_same_to_the_first_few(self, data: Images, space: str) -> None:
        whole, part = getattr(data, space)(seed=3), getattr(data[:7], space)(seed=3)
        assert torch.equal(whole[:7], part)

    def test_a_seed_gives_labels_too(self, data: Images, space: str) -> None:
        x, label = getattr(data, space)(seed=0, labels=True)
        assert torch.equal(x, getattr(data, space)(seed=0))
        assert torch.equal(label, data.labels)

    def test_no_seed_draws_anew_for_every_batch(self, data: Images, space: str) -> None:
        drawn = getattr(data, space)()
        assert isinstance(drawn, PerBatch)
        assert len(drawn) == N
        assert not torch.equal(drawn[:], drawn[:])

    def test_transform_is_what_indexing_does(self, data: Images, space: str) -> None:
        drawn = getattr(data, space)(labels=True)
        torch.manual_seed(0)
        x, label = drawn.transform(*(t[3:9] for t in drawn.tensors))
        torch.manual_seed(0)
        again, same = drawn[3:9]
        assert torch.equal(x, again)
        assert torch.equal(label, same)
        assert torch.equal(label, data.labels[3:9])

    def test_the_stored_bytes_stay(self, data: Images, space: str) -> None:
        before = data.images.clone()
        _ = getattr(data, space)()[:]
        assert torch.equal(data.images, before)
        assert getattr(data, space)().tensors[0].dtype == torch.uint8

    @pytest.mark.parametrize("seed", [1.0, "0", True, torch.Generator()])
    def test_other_seeds_are_refused(self, data: Images, space: str, seed: object) -> None:
        with pytest.raises(TypeError, match="a seed is a whole number or None"):
            getattr(data, space)(seed=seed)

    @pytest.mark.parametrize("seed", [-1, 2**63, 2**70])
    def test_seeds_out_of_range_are_refused(self, data: Images, space: str, seed: int) -> None:
        with pytest.raises(ValueError, match="a seed is at least 0 and below 2"):
            getattr(data, space)(seed=seed)

    def test_a_seed_of_numpy_is_that_of_python(self, data: Images, space: str) -> None:
        assert torch.equal(getattr(data, space)(seed=np.int64(3)), getattr(data, space)(seed=3))

    @pytest.mark.parametrize("workers", [0, 1])
    def test_a_data_loader_takes_it(self, data: Images, space: str, workers: int) -> None:
        loader = DataLoader(getattr(data, space)(labels=True), 16, num_workers=workers)
        batches = list(loader)
        assert [tuple(x.shape) for x, _ in batches] == [(16, 1, 5, 4)] * 2 + [(8, 1, 5, 4)]
        assert torch.equal(torch.cat([label for _, label in batches]), data.labels)


def test_a_data_loader_without_labels_gives_tensors(data: Images) -> None:
    batch = next(iter(DataLoader(data.binary(), 8)))
    assert isinstance(batch, Tensor)
    assert set(batch.unique().tolist()) == {0.0, 1.0}


class Recorder(genlib.Model):
    """Keeps the batches that it was trained on."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.seen = nn.Parameter(torch.zeros(())), []

    def loss(self, batch: Tensor) -> Tensor:
        self.seen.append(batch.cpu())
        return self.weight.square()


def batches_in_fit(data: Images, seed: int) -> Tensor:
    model = Recorder()
    genlib.fit(model, data.binary(), steps=4, batch_size=N, seed=seed, progress=False)
    return torch.stack(model.seen)


def test_fit_draws_anew_each_step_and_its_seed_governs(data: Images) -> None:
    seen = batches_in_fit(data, seed=0)
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    # The order is shuffled, but the number of ones would be the same in every batch.
    assert len({int(batch.sum()) for batch in seen}) > 1
    assert torch.equal(seen, batches_in_fit(data, seed=0))
    assert not torch.equal(seen, batches_in_fit(data, seed=1))


def test_slices_masks_and_lists_make_smaller_sets(data: Images) -> None:
    assert torch.equal(data[:7].images, data.images[:7])
    assert torch.equal(data[[4, 2]].labels, torch.tensor([4, 2]))
    threes = data[data.labels == 3]
    assert len(threes) == N // 10
    assert set(threes.labels.tolist()) == {3}


def test_a_single_number_is_refused(data: Images) -> None:
    with pytest.raises(TypeError, match=r"take data.images\[3\] or a slice"):
        _ = data[3]


def test_repr_is_short(data: Images) -> None:
    assert repr(data) == "Images(40 of shape (1, 5, 4), labels ())"


BYTES = torch.zeros(3, 1, 2, 2, dtype=torch.uint8)
LABELS = torch.zeros(3, dtype=torch.int64)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (BYTES.float(), LABELS, r"uint8 .*; these are torch.float32 in \[0, 0\]"),
        (BYTES.int() + 300, LABELS, r"torch.int32 in \[300, 300\]"),
        (BYTES.squeeze(1), LABELS, r"\(N, C, H, W\).*shape \(3, 2, 2\)"),
        (BYTES[:0], LABELS[:0], r"empty, of shape \(0, 1, 2, 2\)"),
        (BYTES.numpy(), LABELS, "this is ndarray"),
        (BYTES, LABELS.int(), "int64 tensor; these are torch.int32"),
        (BYTES, [0, 0, 0], "int64 tensor; these are list"),
        (BYTES, LABELS[:2], r"3 images need 3 labels; these have shape \(2,\)"),
        (BYTES, LABELS.sum(), r"shape \(\)"),
    ],
)
def test_what_is_no_set_of_images_is_refused(images: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Images(images, labels)


def test_an_empty_selection_is_refused(data: Images) -> None:
    with pytest.raises(ValueError, match="empty"):
        _ = data[data.labels == 11]


@pytest.mark.parametrize("space", ["unit", "symmetric", "binary", "dequantised"])
@pytest.mark.parametrize("labels", [LABELS, 1, "yes", None], ids=["tensor", "1", "yes", "none"])
def test_labels_are_asked_for_by_true_or_false(data: Images, space: str, labels: object) -> None:
    with pytest.raises(ValueError, match=r"labels is .*, wanted True or False"):
        getattr(data, space)(labels=labels)


@pytest.mark.parametrize(
    ("draw", "tensors", "message"),
    [
        (None, (BYTES,), "draw is NoneType, wanted a function"),
        (pixels.binary, (), "at least one tensor"),
        (pixels.binary, ([1, 2],), "tensor 0 is list"),
        (pixels.binary, (BYTES.sum(),), r"tensor 0 has shape \(\)"),
        (pixels.binary, (BYTES, LABELS[:2]), r"as many examples.*\[3, 2\]"),
    ],
)
def test_what_cannot_be_drawn_per_batch_is_refused(
    draw: object, tensors: tuple, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PerBatch(draw, *tensors)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_draws_follow_the_device(data: Images) -> None:
    there = Images(data.images.cuda(), data.labels.cuda())
    assert there.binary()[:].is_cuda
    assert there.binary(seed=0).is_cuda
    assert torch.equal(there.binary(seed=0).cpu(), data.binary(seed=0))
    assert torch.equal(there.dequantised(seed=0).cpu(), data.dequantised(seed=0))
