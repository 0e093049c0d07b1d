"""Recipes: each is whole, a run of it leaves what it promises, and goes on where it stopped."""

import inspect
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import genlib
from genlib import History, Model, fit, recipes, runtime, zoo
from genlib.recipes.experiments import Options, Phase, Recipe, Table
from genlib.recipes.experiments.recipe import drawn

ALL = [recipes.recipe(name) for name in recipes.names()]
MODELS = [recipe for recipe in ALL if isinstance(recipe, Recipe)]
TABLES = [recipe for recipe in ALL if isinstance(recipe, Table)]
QUICK = Options(steps=3, batch_size=8, images=16, draws=2, device="cpu")


def named(recipe: Recipe | Table) -> str:
    return recipe.name


def plane(**changes: object) -> Recipe:
    """The recipe of a small model, in one phase that writes a checkpoint every other round."""
    recipe = recipes.recipe("vae-plane")
    (phase,) = recipe.phases
    return replace(recipe, phases=[replace(phase, fit={**phase.fit, "every": 2, **changes})])


def weights(folder: Path) -> list[Tensor]:
    return list(zoo.load("vae-plane", path=folder).state_dict().values())


def test_an_unknown_recipe_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match="no recipe 'vea'; did you mean 'vae'"):
        recipes.recipe("vea")


@pytest.mark.parametrize("recipe", ALL, ids=named)
def test_a_recipe_is_called_as_its_file_is_and_says_what_it_makes(recipe: Recipe | Table) -> None:
    assert recipe is recipes.recipe(recipe.name)
    assert 10 < len(recipe.summary) <= 60
    assert recipe.steps > 0


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("recipe", MODELS, ids=named)
def test_a_short_run_leaves_weights_card_history_and_samples(
    recipe: Recipe, tmp_path: Path
) -> None:
    *_, last = recipe.run(tmp_path, QUICK)
    assert str(tmp_path) in last
    model, card = zoo.load(recipe.name, path=tmp_path), zoo.card(recipe.name, path=tmp_path)
    assert type(model) is type(recipe.build())
    # what is not stored is counted, too
    assert card.parameters == sum(weight.numel() for weight in recipe.build().parameters())
    assert card.recipe == f"python -m genlib train {recipe.name} --steps 3 --batch-size 8"
    assert 3 <= card.steps < 3 + len(recipe.phases)  # no phase is left out
    assert (card.seed, card.objective) == (0, recipe.objective)
    assert all(map(math.isfinite, card.metrics.values()))
    assert card.metrics
    histories = [path.read_text().splitlines()[1:] for path in tmp_path.rglob("history.csv")]
    assert sum(map(len, histories)) == card.steps
    samples = tmp_path / f"samples{recipe.suffix}"
    begins = {".png": b"\x89PNG", ".txt": b""}[recipe.suffix]
    draws = recipe.low is not None
    assert samples.exists() == draws
    assert not draws or samples.read_bytes().startswith(begins)


@pytest.mark.parametrize("name", zoo.names())
def test_the_card_of_stored_weights_is_what_their_recipe_says(name: str) -> None:
    recipe, card = recipes.recipe(name), zoo.card(name)
    kept = {"hardware": card.hardware, "minutes": card.minutes, "metrics": card.metrics}
    expected = recipe.card(f"python -m genlib train {name}", **kept, notes=card.notes)
    assert replace(card, parameters=0) == expected
    assert card.parameters == sum(weight.numel() for weight in card.build().parameters())


@pytest.mark.usefixtures("few_digits")
def test_what_is_stored_is_the_averaged_model(tmp_path: Path) -> None:
    list(plane(ema=0.0).run(tmp_path / "last", QUICK))
    list(plane(ema=1 - 1e-9).run(tmp_path / "mean", QUICK))
    assert not all(map(torch.equal, weights(tmp_path / "last"), weights(tmp_path / "mean")))


@pytest.mark.usefixtures("few_digits")
def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    four = replace(QUICK, steps=4)
    list(plane().run(tmp_path / "whole", four))
    asked = []

    def stop_at_the_end(model: Model) -> dict[str, float]:
        asked.append(model)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return {}

    with pytest.raises(KeyboardInterrupt):
        list(plane(evaluate=stop_at_the_end).run(tmp_path / "parts", four))
    assert not (tmp_path / "parts" / "vae-plane.safetensors").exists()
    first, *_ = plane().run(tmp_path / "parts", four)
    assert "goes on" in first
    assert all(map(torch.equal, weights(tmp_path / "whole"), weights(tmp_path / "parts")))


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize(
    "other", [{"steps": 4}, {"batch_size": 4}, {"seed": 7}, {"precision": "bf16"}], ids=str
)
def test_a_folder_with_another_run_is_left_alone(other: dict, tmp_path: Path) -> None:
    list(plane().run(tmp_path, QUICK))
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    options = replace(QUICK, **other)
    commands = QUICK.command("vae-plane"), options.command("vae-plane")
    with pytest.raises(ValueError, match="holds the run of `{}`, this is `{}`".format(*commands)):
        list(plane().run(tmp_path, options))
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("few_digits")
def test_a_run_that_begins_anew_forgets_the_old_one(tmp_path: Path) -> None:
    list(plane().run(tmp_path, QUICK))
    first, *_ = plane().run(tmp_path, replace(QUICK, seed=1, resume=False))
    assert "begins 3 steps" in first
    assert zoo.card("vae-plane", path=tmp_path).seed == 1


def test_finished_weights_without_their_run_are_not_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "vae-plane.safetensors"
    kept.write_bytes(b"precious")
    with pytest.raises(ValueError, match="holds results, but no run"):
        list(plane().run(tmp_path, QUICK))
    assert kept.read_bytes() == b"precious"


@pytest.mark.usefixtures("few_digits")
def test_phases_follow_each_other_and_share_the_steps(tmp_path: Path) -> None:
    (only,) = plane().phases
    phases = [replace(only, name="first", steps=20), replace(only, name="second", steps=10)]
    recipe = replace(plane(), phases=phases)
    list(recipe.run(tmp_path, replace(QUICK, steps=6)))
    for name, steps in (("first", 4), ("second", 2)):
        assert len((tmp_path / name / "history.csv").read_text().splitlines()) == 1 + steps
    assert zoo.card("vae-plane", path=tmp_path).steps == 6


class Half(Model):
    """A model of one number, which is drawn towards the data."""

    def __init__(self) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.zeros(1))

    def loss(self, batch: Tensor) -> Tensor:
        return (self.at - batch).square().mean()


class Halves(Model):
    """Two models of one number."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Half(), Half()


def test_a_phase_trains_its_part_on_what_the_one_before_left(tmp_path: Path) -> None:
    model = Halves()
    one = Phase(steps=5, data=lambda model: torch.ones(8, 1), part=lambda model: model.first)
    seen = []

    def data(model: Halves) -> Tensor:
        seen.append(model.first.at.item())
        return model.first.at.detach() * torch.ones_like(model.first.at).expand(8, 1)

    two = Phase(steps=5, data=data, part=lambda model: model.second, name="two")
    one.train(model, tmp_path, 0, Options())
    assert model.first.at > 0
    assert model.second.at == 0
    two.train(model, tmp_path, 0, Options())
    assert seen == [model.first.at.item()]
    assert 0 < model.second.at <= model.first.at


def test_scores_do_not_depend_on_the_state_of_the_generator() -> None:
    def draw(model: Model, images: int = 1) -> Iterator[tuple[str, float]]:
        yield "a draw", torch.rand(1).item()

    recipe, model = replace(plane(), score=draw), Half()
    torch.manual_seed(5)
    first = list(recipe.scores(model))
    torch.manual_seed(6)
    assert list(recipe.scores(model)) == first
    assert recipe.effort == ("images",)


@pytest.mark.usefixtures("few_digits")
def test_of_several_processes_only_the_first_speaks_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "rank", lambda: 1)
    for recipe in (plane(), TABLES[0]):
        options = QUICK if recipe.kind == "model" else Options()
        assert list(recipe.run(tmp_path / "run", options)) == []
    assert not (tmp_path / "run").exists()


def test_a_phase_passes_its_options_to_fit_and_nothing_is_said_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}
    monkeypatch.setattr(genlib, "fit", lambda *_, **given: seen.update(given) or History())
    phase = Phase(steps=5, data=lambda model: None, fit={"ema": 0.5, "precision": "bf16"})
    phase.train(Half(), tmp_path, 3, Options(device="cpu"))
    assert seen == {
        "steps": 5,
        "device": "cpu",
        "seed": 3,
        "checkpoint": tmp_path,
        "log": None,
        "every": 10_000,
        "ema": 0.5,
        "precision": "bf16",
    }
    assert seen.keys() <= set(inspect.signature(fit).parameters)
    replace(phase, fit={"every": 7}).train(Half(), tmp_path, 3, Options())
    assert seen["every"] == 7


def test_what_a_user_wants_comes_before_what_a_phase_says() -> None:
    phase = Phase(steps=5, data=lambda model: None, fit={"batch_size": 7, "precision": "bf16"})
    changed = phase.changed(3, Options(batch_size=9, precision="float32"))
    assert changed.steps == 3
    assert changed.fit == {"batch_size": 9, "precision": None}
    assert phase.changed(3, Options()).fit == phase.fit


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("emma", "no option 'emma' of fit to say; did you mean 'ema'"),
        ("lr", "no option 'lr' of fit"),
        ("seed", "no option 'seed' of fit to say"),  # the run's
        ("checkpoint", "no option 'checkpoint'"),
    ],
)
def test_a_phase_refuses_what_fit_does_not_take(option: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Phase(steps=5, data=lambda model: None, fit={option: 1})


@pytest.mark.parametrize("wrong", [{"ema": 2.0}, {"precision": "fp16"}, {"batch_size": 0}], ids=str)
def test_a_phase_refuses_the_values_that_fit_refuses(wrong: dict) -> None:
    (option,) = wrong
    with pytest.raises(ValueError, match=f"{option}=.*, wanted"):
        Phase(steps=5, data=lambda model: None, fit=wrong)
    with pytest.raises(ValueError, match="steps=0, wanted"):
        Phase(steps=0, data=lambda model: None)


@pytest.mark.parametrize("precision", [None, "bf16", "auto"])
def test_scores_are_taken_in_the_precision_of_the_last_phase(
    precision: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "has_bfloat16", lambda device: True)

    def score(model: Model) -> Iterator[tuple[str, float]]:
        yield "bf16", float(torch.is_autocast_enabled("cpu"))

    recipe = replace(plane(precision=precision), score=score)
    assert list(recipe.scores(Half())) == [("bf16", float(precision is not None))]


def test_a_recipe_and_its_card_build_the_same_model() -> None:
    network = {"factory": "genlib.gans:MLPGenerator", "arguments": {"latent": 5, "hidden": [4]}}
    arguments = {"generator": network, "latent": 5, "lr": 3e-4, "schedule": "cosine"}
    recipe = replace(plane(), factory="genlib.gans:GAN", arguments=arguments)
    model = recipe.build()
    card = recipe.card("none", hardware="none", minutes=0.0)
    runtime.seed(recipe.seed)
    again = card.build()
    assert all(map(torch.equal, model.parameters(), again.parameters()))
    assert (again.lr, again.schedule) == (3e-4, "cosine")
    assert model.generator[0][0].in_features == 5


@pytest.mark.usefixtures("few_digits")
def test_a_recipe_may_leave_a_part_unstored(tmp_path: Path) -> None:
    recipe = replace(
        plane(),
        name="game",
        factory="genlib.gans:GAN",
        arguments={"latent": 2, "hidden": [4]},
        without=("discriminator",),
        phases=[Phase(steps=2, data=lambda model: torch.zeros(8, 1, 28, 28))],
        score=lambda model: iter([("mean", model.sample(4).mean().item())]),
        low=-1.0,
    )
    list(recipe.run(tmp_path, Options(device="cpu")))
    assert zoo.card("game", path=tmp_path).without == ["discriminator"]
    assert zoo.card("game", path=tmp_path).metrics
    with pytest.raises(ValueError, match="stored without its discriminator"):
        zoo.load("game", path=tmp_path).scores(torch.zeros(1, 1, 28, 28))


def test_the_picture_of_a_conditional_model_has_a_row_for_each_label() -> None:
    class Coloured(Model):
        classes = 3

        def sample(self, n: int, *, label: Tensor, generator: torch.Generator) -> Tensor:
            return label.view(n, 1, 1, 1).float().expand(n, 1, 2, 2)

    picture = drawn(Coloured())
    assert picture[:, 0, 0, 0].view(3, -1).unique(dim=1).tolist() == [[0.0], [1.0], [2.0]]
    assert len(picture) == 3 * 8
