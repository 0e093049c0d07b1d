"""Stored weights: there and back, and what is refused."""

import contextlib
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genlib import zoo
from genlib.autoregressive import MADE
from genlib.gans import GAN, R1, GradientPenalty, LeastSquares
from genlib.latent import VAE, VQVAE
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


def named(factory: str, **arguments: object) -> dict:
    return {"factory": factory, "arguments": arguments}


GAME = {
    "generator": named(
        "genlib.gans:MLPGenerator", latent=3, hidden=[5, 4], event_shape=[2], bounds=None
    ),
    "discriminator": named("genlib.gans:MLPDiscriminator", event_shape=[2], hidden=[6]),
    "latent": 3,
    "event_shape": [2],
    "bounds": None,
    "loss": named("genlib.gans:LeastSquares", fake=-1.0),
    "penalties": [named("genlib.gans:GradientPenalty", weight=3.0), {"factory": "genlib.gans:R1"}],
    "discriminator_turn": {"lr": 4e-4, "updates": 2},
    "schedule": "cosine",
}


def game_card(**changes: object) -> Card:
    return make_card(
        **({"name": "game", "factory": "genlib.gans:GAN", "arguments": GAME} | changes)
    )


def test_a_game_with_its_own_networks_is_stored_and_loaded(tmp_path: Path) -> None:
    model = game_card().build()
    zoo.save(model, game_card(), path=tmp_path)
    again = zoo.load("game", path=tmp_path)
    assert isinstance(again, GAN)
    assert again.generator[0][0].weight.shape == (5, 3)
    assert isinstance(again.adversarial_loss, LeastSquares)
    assert (again.adversarial_loss.fake, again.adversarial_loss.real) == (-1, 1)
    assert [type(penalty) for penalty in again.penalties] == [GradientPenalty, R1]
    assert again.penalties[0].weight == 3
    assert again.players()[0].lr == 4e-4
    assert again.players()[1].schedule == "cosine"
    x = torch.randn(4, 2)
    torch.testing.assert_close(again.scores(x), model.scores(x), atol=1e-2, rtol=1e-2)


def test_a_codebook_is_stored_with_its_prior(tmp_path: Path) -> None:
    symbols = named("genlib.likelihoods:Symbols", levels=3)
    prior = named("genlib.autoregressive:MADE", event_shape=[4], likelihood=symbols)
    shape = {"codes": 4, "entries": 3, "hidden": [8], "event_shape": [1, 4, 4], "prior": prior}
    card = make_card(name="vq", factory="genlib.latent:VQVAE", arguments=shape)
    zoo.save(card.build(), card, path=tmp_path)
    again = zoo.load("vq", path=tmp_path)
    assert isinstance(again, VQVAE)
    assert isinstance(again.prior, MADE)
    assert again.sample(2).shape == (2, 1, 4, 4)


@pytest.mark.parametrize(
    "factory",
    [
        "os:system",
        "torch.nn:Linear",
        "genlib.storage:write_atomic",  # a function
        "genlib.zoo:importlib.import_module",  # an attribute of an attribute
        "genlib.zoo.factory:importlib",  # a module
        "genlib.gans:Tensor",  # not a network
        "genlib.gans.networks.mlp:nn",
        "genlib.nn.mlp:nn.Linear",
        "genlib.training.batches:TensorDataset",
        "genlib.zoo:Card",
        "genlib.recipes.experiments:Recipe",
        "genlib.__main__:app",  # whose import runs the command line
        "genlib.zoo.__init__:Card",
        "genlib.gans:_CrossEntropy",
        "genlib.gans.losses:_CrossEntropy",
        "genlib.gans:nothing",
        "genlib.nowhere:VAE",
        "genlib..latent:VAE",
        "genlib.latent:VAE\n",
        "genlib:Model",
        "genlibrary.latent:VAE",
        "genlib.latent",
        "",
        None,
        ["genlib.latent:VAE"],
    ],
)
def test_a_card_can_name_nothing_but_networks_of_genlib(factory: object) -> None:
    wanted = r"factory .*, wanted genlib\.PACKAGE:NETWORK"
    with pytest.raises(ValueError, match=wanted):
        make_card(factory=factory, arguments={}).build()
    for arguments in (
        {"encoder": {"factory": factory, "arguments": {}}},
        {"hidden": [{"factory": factory}]},
        {"activation": {"deeper": {"factory": factory}}},
    ):
        with pytest.raises(ValueError, match=wanted):
            make_card(arguments=arguments).build()


def test_only_what_genlib_itself_defines_is_a_network_of_genlib(monkeypatch) -> None:
    import genlib.gans

    monkeypatch.setattr(genlib.gans, "Linear", torch.nn.Linear, raising=False)
    with pytest.raises(ValueError, match=r"wanted genlib\.PACKAGE:NETWORK"):
        make_card(factory="genlib.gans:Linear", arguments={}).build()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"encoder": {"factory": "genlib.latent:VAE", "extra": 1}}, "named by factory and arg"),
        (
            {"encoder": {"factory": "genlib.latent:VAE", "arguments": [1]}},
            r"arguments=\[1\], wanted",
        ),
        (
            {"encoder": named("genlib.latent:VAE", width=3)},
            "genlib.latent:VAE cannot be built: .*width",
        ),
        ({"hidden": [10**30]}, "cannot be built"),
    ],
)
def test_what_cannot_be_built_is_said(arguments: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"tiny: .*{complaint}"):
        make_card(arguments=arguments).build()


@pytest.mark.parametrize("kind", ["GAN", "SharedFakesGAN"])
def test_a_game_is_stored_without_its_discriminator(tmp_path: Path, kind: str) -> None:
    card = game_card(factory=f"genlib.gans:{kind}")
    model = card.build()
    zoo.save(model, card, path=tmp_path, without=("discriminator",))
    again, stored = zoo.load("game", path=tmp_path), zoo.card("game", path=tmp_path)
    assert stored.without == ["discriminator"]
    assert stored.parameters == sum(weight.numel() for weight in model.parameters())
    assert not [name for name in again.state_dict() if name.startswith("discriminator")]
    z = torch.Generator().manual_seed(0)
    samples = again.sample(3, generator=z)
    torch.testing.assert_close(
        samples, model.sample(3, generator=z.manual_seed(0)), atol=1e-2, rtol=1e-2
    )
    with pytest.raises(ValueError, match="game is stored without its discriminator"):
        again.scores(samples)
    zoo.save(again, stored, path=tmp_path / "again", without=stored.without)
    assert zoo.card("game", path=tmp_path / "again") == stored


def test_a_part_that_is_not_there_cannot_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"game has no part 'critic'.* Known: .*discriminator"):
        zoo.save(game_card().build(), game_card(), path=tmp_path, without=["critic"])
    assert not list(tmp_path.iterdir())


def test_numbers_of_any_library_become_those_of_python(tmp_path: Path) -> None:
    metrics = {"nats": np.float32(-1.5), "share": torch.tensor(0.25), "n": np.int64(3)}
    card = make_card(
        metrics=metrics, seed=np.int64(7), steps=torch.tensor(9), minutes=np.float64(2)
    )
    zoo.save(make_card().build(), card, path=tmp_path)
    stored = zoo.card("tiny", path=tmp_path)
    assert stored.metrics == {"nats": -1.5, "share": 0.25, "n": 3}
    assert (stored.seed, stored.steps, stored.minutes) == (7, 9, 2)
    assert all(type(value) in (int, float) for value in stored.metrics.values())


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"metrics": {"nats": np.ones(2)}}, r"metrics\['nats'\]=array.* \(ndarray\)"),
        ({"metrics": {"nats": math.nan}}, r"metrics\['nats'\]=nan"),
        ({"metrics": {"nats": 1j}}, r"metrics\['nats'\]=1j"),
        ({"metrics": {1: 2.0}}, r"metrics=\{1: 2.0\}"),
        ({"notes": Path("x")}, "notes="),
        ({"steps": 1.5}, "steps is 1.5, wanted int"),
        ({"seed": "0"}, "seed is '0', wanted int"),
        ({"name": "../tiny"}, "a card called '../tiny'"),
        ({"name": ""}, "a card called ''"),
    ],
)
def test_what_a_card_cannot_say_leaves_both_files_as_they_were(
    stored: Path, changes: dict, complaint: str
) -> None:
    before = {file: file.read_bytes() for file in stored.iterdir()}
    with pytest.raises(ValueError, match=complaint):
        zoo.save(make_card().build(), make_card(**changes), path=stored)
    assert {file: file.read_bytes() for file in stored.iterdir()} == before


def test_arguments_that_a_card_cannot_say_are_named(tmp_path: Path) -> None:
    card = make_card(arguments=make_card().arguments | {"schedule": math.cos})
    with pytest.raises(ValueError, match=r"arguments\['schedule'\]=<built-in function cos>"):
        zoo.save(make_card().build(), card, path=tmp_path)


@pytest.mark.parametrize("fails", [1, 2])
def test_weights_and_card_are_replaced_together_or_not_at_all(
    stored: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    from genlib import storage

    before, written, write = (
        {f: f.read_bytes() for f in stored.iterdir()},
        [],
        storage.write_flushed,
    )

    def full(path: Path, content: bytes) -> None:
        written.append(path)
        write(path, content)
        if len(written) == fails:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_flushed", full)
    with pytest.raises(OSError, match="No space left"):
        zoo.save(make_card().build(), make_card(notes="new"), path=stored)
    assert {file: file.read_bytes() for file in stored.iterdir()} == before


def test_loading_does_not_rely_on_what_eval_and_to_return(stored: Path, monkeypatch) -> None:
    class Silent(VAE):
        def train(self, mode: bool = True) -> None:
            super().train(mode)

        def eval(self) -> None:
            super().eval()

        def to(self, *to: object) -> None:
            super().to(*to)

    Silent.__module__ = "genlib.latent"
    monkeypatch.setattr("genlib.latent.VAE", Silent)
    model = zoo.load("tiny", path=stored)
    assert isinstance(model, Silent)
    assert not model.training


def test_a_card_nested_too_deeply_is_damaged(stored: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    (stored / "tiny.json").write_text('{"arguments": ' + deep + "}")
    with pytest.raises(ValueError, match="damaged or no card"):
        zoo.card("tiny", path=stored)


@pytest.mark.parametrize("name", zoo.names())
def test_every_stored_model_loads_and_is_small(name: str) -> None:
    assert (zoo.folder() / f"{name}.safetensors").stat().st_size <= 2_000_000
    assert not zoo.load(name).training


@pytest.mark.parametrize("name", sorted({*zoo.names()} - {"digit-classifier"}))
def test_every_stored_model_of_data_samples(name: str) -> None:
    model = zoo.load(name)
    if zoo.card(name).factory.startswith("genlib.translation:"):
        pytest.skip("has a picture for a picture, and none for nothing")
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
