"""Any order on digits: what is compared, how it is judged, and the stored table."""

import pytest
import torch

from genlib.autoregressive import AnyOrderTransformer, Transformer
from genlib.data import load
from genlib.recipes import any_order_digits as recipe


def test_pixels_are_whole_and_white_where_their_square_is_bright() -> None:
    x = recipe.images("test")[:20]
    assert x.shape == (20, 1, 3, 3)
    first = load("mnist", "test").unit()[:20, 0, 2:10, 10:18]  # row 0, column 1
    assert torch.equal(x[:, 0, 0, 1], (first.mean((1, 2)) > 0.3).float())


@pytest.mark.parametrize("kind", ["raster", "any"])
def test_judging_repeats_itself_and_is_of_the_model(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = recipe.images("test")[:50]
    monkeypatch.setattr(recipe, "images", lambda split: x)
    model, before = recipe.Run(kind).model().requires_grad_(False), torch.get_rng_state()
    found = recipe.judge(model)
    assert isinstance(model, Transformer if kind == "raster" else AnyOrderTransformer)
    assert found == recipe.judge(model)
    assert torch.equal(before, torch.get_rng_state())
    assert found["in_raster"] == pytest.approx(-model.log_prob(x).mean().item(), abs=1e-4)
    assert (found["trained"] == found["in_raster"]) == (kind == "raster")
    assert found["trained"] == pytest.approx(found["in_raster"], abs=0.5)


def test_the_stored_table_has_all_runs() -> None:
    one, every = (recipe.column("trained", kind=kind) for kind in ("raster", "any"))
    assert one.shape == every.shape == (5, 2)
    assert (one[:, 1] < one[:, 0]).all()
    assert (every > one).all()  # all orders cost more than one
    assert torch.equal(recipe.column("in_raster", kind="raster"), one)
