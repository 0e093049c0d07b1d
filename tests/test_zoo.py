"""Stored weights: there and back, and what is refused."""

import contextlib
import json
import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genlib import zoo
from genlib.latent import VAE
from genlib.zoo import Card

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def make_card(**changes: object) -> Card:
    arguments = {"latent": 2, "hidden": [8], "event_shape": [1, 4, 4]}
    given = {
        "name": "tiny",
        "factory": "genlib.latent:VAE",
        "arguments": arguments,
        "data": "none",
        "recipe": "none",
        "seed": 0,
        "steps": 1,
        "hardware": "none",
        "minutes": 0.0,
    }
    return Card(**(given | changes))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    zoo.save(make_card().build(), make_card(), path=tmp_path)
    return tmp_path


def test_weights_come_back_to_half_precision(tmp_path: Path) -> None:
    model = make_card().build()
    zoo.save(model, make_card(metrics={"elbo": -1.5}), path=tmp_path)
    again = zoo.load("tiny", path=tmp_path)
    assert not again.training
    for ours, theirs in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours.half().float(), theirs)
    assert zoo.card("tiny", path=tmp_path).metrics == {"elbo": -1.5}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_an_unknown_name_suggests_the_nearest(stored: Path) -> None:
    with pytest.raises(ValueError, match=r"no stored model 'tinny'.*did you mean 'tiny'"):
        zoo.load("tinny", path=stored)


def test_an_unknown_device_is_refused(stored: Path) -> None:
    with pytest.raises(ValueError, match="device='toaster' cannot be used"):
        zoo.load("tiny", path=stored, device="toaster")


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:4], lambda b: b"", None])
def test_a_damaged_file_is_refused(stored: Path, damage: object) -> None:
    file = stored / "tiny.safetensors"
    file.write_bytes(damage(file.read_bytes()) if damage else pickle.dumps({"a": 1}))
    with pytest.raises(ValueError, match=r"tiny.safetensors is damaged or not a safetensors file"):
        zoo.load("tiny", path=stored)


def test_a_damaged_card_is_refused(stored: Path) -> None:
    (stored / "tiny.json").write_text('{"name": "tiny"}')
    with pytest.raises(ValueError, match="damaged or no card"):
        zoo.card("tiny", path=stored)


def test_weights_of_another_architecture_are_refused_by_name(stored: Path) -> None:
    card = json.loads((stored / "tiny.json").read_text())
    card["arguments"]["hidden"] = [9]
    (stored / "tiny.json").write_text(json.dumps(card))
    message = r"another architecture than VAE: .*decoder.0.weight: \(8, 2\), wanted \(9, 2\)"
    with pytest.raises(ValueError, match=message):
        zoo.load("tiny", path=stored)


def test_a_card_may_not_name_foreign_code() -> None:
    with pytest.raises(ValueError, match=r"factory 'os:system', wanted genlib"):
        make_card(factory="os:system").build()


def test_weights_that_do_not_fit_half_precision_are_refused(tmp_path: Path) -> None:
    model = make_card().build()
    model.decoder[0].bias.data[0] = 1e6
    with pytest.raises(ValueError, match=r"weight decoder.0.bias is not finite or too large"):
        zoo.save(model, make_card(), path=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", zoo.names())
def test_every_stored_model_loads_samples_and_is_small(name: str) -> None:
    assert (zoo.folder() / f"{name}.safetensors").stat().st_size <= 2_000_000
    model = zoo.load(name)
    draws = model.sample(2, generator=torch.Generator().manual_seed(0))
    assert len(draws) == 2
    assert torch.isfinite(draws).all()


def test_vae_is_a_factory() -> None:
    assert isinstance(make_card().build(), VAE)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 2**20))
def test_weights_with_one_bit_turned_over_are_refused(stored: Path, position: int) -> None:
    file = stored / "tiny.safetensors"
    whole = file.read_bytes()
    place = position % (8 * len(whole))
    hurt = bytearray(whole)
    hurt[place // 8] ^= 1 << place % 8
    file.write_bytes(bytes(hurt))
    with pytest.raises(ValueError, match=r"damaged|no checksum"):
        zoo.load("tiny", path=stored)
    file.write_bytes(whole)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=st.dictionaries(st.sampled_from(["arguments", "factory", "name"]), JSON, min_size=1))
def test_a_card_that_says_anything_else_is_refused_or_builds(stored: Path, changed: dict) -> None:
    file = stored / "tiny.json"
    whole = file.read_text()
    file.write_text(json.dumps(json.loads(whole) | changed))
    with contextlib.suppress(ValueError):  # any other error is a fault
        zoo.load("tiny", path=stored)
    file.write_text(whole)
