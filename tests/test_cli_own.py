"""``evaluate`` of a reader's own model: what is measured, its card, and what is refused."""

import re
import shutil
from pathlib import Path

import pytest
import torch
from click.testing import Result
from safetensors.torch import save_file
from typer.testing import CliRunner

from genlib import coding, fit, zoo
from genlib.autoregressive import MADE
from genlib.cli import app, own
from genlib.data import load
from genlib.flows import RealNVP
from genlib.gans import GAN
from genlib.latent import VAE
from genlib.metrics import features
from genlib.recipes.experiments import density, exact, likelihood, offered
from genlib.recipes.experiments.samples import compared, drawn
from genlib.runtime import seeded

FILE = """
from genlib import Model
from genlib.autoregressive import MADE
from genlib.flows import RealNVP
from genlib.gans import GAN
from genlib.latent import VAE
from beside import SIZES

class MyVAE(VAE):
    def __init__(self):
        super().__init__(2, **SIZES)

class MyGAN(GAN):
    def __init__(self):
        super().__init__(latent=2, **SIZES)

class MyMADE(MADE):
    def __init__(self):
        super().__init__((8,), direct=True)

class Flow(RealNVP):
    def __init__(self):
        super().__init__(event_shape=(1, 28, 28), couplings=1, width=4)

class Colour(GAN):
    def __init__(self):
        super().__init__(latent=2, event_shape=(3, 8, 8), hidden=(4,))

class Wide(VAE):
    def __init__(self, width):
        super().__init__(2, hidden=(width,))

class Broken(VAE):
    def __init__(self):
        self.layer = 1 / 0

def build():
    return Wide(8)

def number():
    return 3
"""
MODELS = {
    "MyVAE": lambda: VAE(2, hidden=(8,)),
    "MyGAN": lambda: GAN(latent=2, hidden=(8,)),
    "MyMADE": lambda: MADE((8,), direct=True),
    "Flow": lambda: RealNVP(event_shape=(1, 28, 28), couplings=1, width=4),
    "Colour": lambda: GAN(latent=2, event_shape=(3, 8, 8), hidden=(4,)),
    "build": lambda: VAE(2, hidden=(8,)),
}
SPACES = {"MyVAE": "binary", "MyGAN": "symmetric", "MyMADE": "binary", "Flow": "dequantised"}
EFFORT = ("--images", 16, "--draws", 3, "--device", "cpu")


@pytest.fixture
def file(tmp_path: Path, few_digits: None) -> Path:
    """A reader's file, and weights of all its models beside it."""
    (tmp_path / "mine.py").write_text(FILE, "utf-8")
    (tmp_path / "beside.py").write_text('SIZES = {"hidden": (8,)}\n', "utf-8")
    return tmp_path / "mine.py"


def evaluate(file: Path, name: str, *words: object) -> Result:
    arguments = ["evaluate", f"{file}:{name}", *words]
    return CliRunner().invoke(app, [str(word) for word in arguments])


def stored(folder: Path, name: str) -> torch.nn.Module:
    """Store weights of a model, plainly, and return the model."""
    torch.manual_seed(0)
    model = MODELS[name]()
    save_file(model.state_dict(), folder / f"{name}.safetensors")
    return model.eval()


def card_of(file: Path, name: str, *words: object) -> zoo.Card:
    """Evaluate a model in a space of its own and return its card, which says what was printed."""
    weights = file.parent / f"{name}.safetensors"
    result = evaluate(file, name, "--weights", weights, "--data", SPACES[name], *EFFORT, *words)
    assert result.exit_code == 0, result.output
    first, *rows, last = result.stdout.splitlines()
    assert first.startswith(f"{file}:{name} on ")
    path = Path(re.fullmatch(r"Its card is (.*)\.", last)[1])
    card = zoo.Card.read(path)
    printed = {text[12:]: float(text[:10]) for text in rows}
    assert printed == card.metrics
    assert card.name == path.stem
    return card


def without_time(card: zoo.Card) -> dict[str, float]:
    assert next(iter(card.metrics)) == "milliseconds a sample, of 16"
    return dict(list(card.metrics.items())[1:])


def rounded(rows: object) -> dict[str, float]:
    return {name: round(value, 3) for name, value in rows}


def of_samples(model: torch.nn.Module, space: str) -> dict[str, float]:
    """Return what the scores of sixteen samples should be."""
    low = -1.0 if space == "symmetric" else 0.0
    real = load("mnist", "test")[:16]
    real = features(real.binary(seed=0) if space == "binary" else real.unit())
    found = compared(drawn(model, 16).clamp(low, 1), real, low)
    both = "16 samples, 16 test images"
    names = {
        "labels": "labels found, of ten, 16 samples",
        "kl": "KL of label shares to even ones, nats, 16 samples",
        "sure": "samples surer than 0.9, %, 16 samples",
        "precision": f"precision by digit-classifier, {both}",
        "recall": f"recall by digit-classifier, {both}",
        "distance": f"Fréchet distance by digit-classifier, {both}",
    }
    found["sure"] *= 100
    return rounded((names[key], found[key]) for key in names)


def test_a_latent_variable_model_is_bounded_coded_and_sampled(file: Path) -> None:
    model = stored(file.parent, "MyVAE")
    x = load("mnist", "test").binary(seed=0)[:16]
    with torch.no_grad(), seeded(0, model.device):
        size = (len(coding.encode(model, x)) + len("My")) / 16  # a file names the class
        bounds = rounded(likelihood.bounds(model, 16, 3))
    coded = {"bytes a test image, 16 in one file": round(size, 3)}
    card = card_of(file, "MyVAE")
    assert without_time(card) == of_samples(model, "binary") | coded | bounds
    assert list(card.metrics)[-1].startswith("test bound, 3 draws, nats")


def test_a_game_is_judged_by_its_samples_alone(file: Path) -> None:
    model = stored(file.parent, "MyGAN")
    assert without_time(card_of(file, "MyGAN")) == of_samples(model, "symmetric")


def test_an_autoregressive_model_has_an_exact_likelihood(file: Path) -> None:
    model = stored(file.parent, "MyMADE")
    found = without_time(card_of(file, "MyMADE"))
    exactly = rounded(exact.scores(model, 16))
    assert exactly.items() <= found.items()
    assert list(found)[-1] == list(exactly)[-1]
    assert 100 < found["bytes a test image, 16 in one file"] < 200


def test_a_density_is_scored_in_bits_a_dimension(file: Path) -> None:
    model = stored(file.parent, "Flow")
    found = without_time(card_of(file, "Flow"))
    assert rounded(density.scores(model, 16, 3)).items() <= found.items()
    assert not any("bytes" in name for name in found)


class Bounded(GAN):
    """A model with a bound alone, as a diffusion model has: here a bound that is known."""

    def elbo(self, x: torch.Tensor, samples: int = 1) -> torch.Tensor:
        return -x.flatten(1).sum(1)


def test_a_bound_alone_is_one_row_a_split(few_digits: None) -> None:
    rows = dict(offered.scores_of_likelihood(Bounded(hidden=(4,)), "unit", 10, None))
    assert list(rows) == [
        "validation ELBO, nats, first 10 images",
        "test ELBO, nats, first 10 images",
    ]
    ink = load("mnist", "test").unit()[:10].double().sum().item() / 10
    assert abs(rows["test ELBO, nats, first 10 images"] + ink) < 1e-3


def test_the_card_says_what_was_scored(file: Path, tmp_path: Path) -> None:
    stored(file.parent, "MyGAN")
    card = card_of(file, "MyGAN", "--out", tmp_path / "cards")
    assert (tmp_path / "cards" / "my-gan.json").is_file()
    assert (card.name, card.factory, card.steps) == ("my-gan", f"{file}:MyGAN", 0)
    assert card.data == "scored on MNIST, in [-1, 1]"
    assert card.parameters == sum(p.numel() for p in MODELS["MyGAN"]().parameters())
    assert "--data symmetric" in card.recipe
    with pytest.raises(ValueError, match=r"wanted genlib\.PACKAGE:NETWORK"):
        card.build()  # a card never runs code of a file


def test_the_newest_checkpoint_of_a_run_is_what_is_scored(file: Path, tmp_path: Path) -> None:
    run, digits = tmp_path / "run", load("mnist", "test")[:64].symmetric()
    torch.manual_seed(0)
    model = MODELS["MyGAN"]()
    options = {"device": "cpu", "progress": False, "checkpoint": run, "ema": 0.5}
    history = fit(model, digits, steps=3, batch_size=8, **options)
    words = ("--data", "symmetric", *EFFORT, "--weights")
    assert evaluate(file, "MyGAN", *words, run).exit_code == 0
    card = zoo.Card.read(run / "my-gan.json")
    assert card.steps == 3
    assert without_time(card) == of_samples(history.ema.eval(), "symmetric")  # the averaged ones
    newest = next(iter(sorted(run.glob("0*.safetensors"), reverse=True)))
    assert evaluate(file, "MyGAN", *words, newest, "--out", tmp_path / "o").exit_code == 0
    assert without_time(zoo.Card.read(tmp_path / "o" / "my-gan.json")) == without_time(card)


def test_a_function_may_build_the_model(file: Path) -> None:
    stored(file.parent, "build")
    weights = file.parent / "build.safetensors"
    result = evaluate(file, "build", "--weights", weights, "--data", "binary", *EFFORT)
    assert result.exit_code == 0, result.output


def test_another_models_card_is_not_overwritten(file: Path) -> None:
    stored(file.parent, "MyGAN")
    first = card_of(file, "MyGAN")
    assert card_of(file, "MyGAN").factory == first.factory  # its own is
    shutil.copy(file, file.with_name("other.py"))
    words = ("--weights", file.parent / "MyGAN.safetensors", "--data", "symmetric", *EFFORT)
    result = evaluate(file.with_name("other.py"), "MyGAN", *words)
    assert result.exit_code == 1
    assert "my-gan.json is the card of another model, and stays" in result.stderr


def test_a_file_may_be_named_in_another_way(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(file.parent, "MyGAN")
    monkeypatch.chdir(file.parent)
    words = ("--weights", "MyGAN.safetensors", "--data", "symmetric", *EFFORT)
    for path in ("mine.py", "./mine.py", file):
        assert evaluate(path, "MyGAN", *words).exit_code == 0
    missing = evaluate(Path("none.py"), "MyGAN", *words)  # though a card of that name is there
    assert (missing.exit_code, "no file none.py" in missing.stderr) == (1, True)


@pytest.mark.parametrize("images", [1, 5, 6])
def test_too_few_images_are_named(file: Path, images: int) -> None:
    stored(file.parent, "MyGAN")
    weights = ("--weights", file.parent / "MyGAN.safetensors")
    own_model = evaluate(file, "MyGAN", *weights, "--data", "symmetric", "--images", images)
    known = CliRunner().invoke(app, ["evaluate", "dcgan", "--images", str(images)])
    for result in (own_model, known):
        assert result.exit_code == (2 if images < 6 else 0), result.output
        assert (f"{images} is too few, try 10 or more" in result.stderr) == (images < 6)
        assert ("--images" in result.stderr) == (images < 6)


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("MyVEA", "MyVAE.safetensors", "no 'MyVEA' in .*mine.py; did you mean 'MyVAE'"),
        ("SIZES", "MyVAE.safetensors", "no 'SIZES' in"),
        ("Wide", "MyVAE.safetensors", r"Wide wants arguments, \(width\): name a function"),
        ("Broken", "MyVAE.safetensors", "mine.py, line 35: Broken cannot be built: ZeroDivision"),
        ("number", "MyVAE.safetensors", "number is int, wanted a genlib.Model"),
        ("MyVAE", "MyGAN.safetensors", "weights of another architecture than MyVAE"),
        ("MyVAE", "weights.pt", "pickles can run any code and are never loaded"),
        ("MyVAE", "damaged.safetensors", "is damaged or not a safetensors file"),
        ("MyVAE", "empty", "no checkpoint of fit in .*empty"),
        ("Colour", "Colour.safetensors", r"have shape \(3, 8, 8\); .* \(1, 28, 28\)"),
    ],
)
def test_what_cannot_be_scored_is_named(file: Path, name: str, weights: str, message: str) -> None:
    folder = file.parent
    for each in ("MyVAE", "MyGAN", "Colour"):
        stored(folder, each)
    torch.save({}, folder / "weights.pt")
    (folder / "damaged.safetensors").write_bytes(b"no header")
    (folder / "empty").mkdir()
    result = evaluate(file, name, "--weights", folder / weights, "--data", "binary", *EFFORT)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert re.search(message, result.stderr), result.stderr
    assert not list(folder.glob("**/*.json"))


def test_events_of_another_space_are_named(file: Path) -> None:
    stored(file.parent, "MyVAE")
    words = ("--weights", file.parent / "MyVAE.safetensors", "--data", "symmetric", *EFFORT)
    result = evaluate(file, "MyVAE", *words)
    assert result.exit_code == 1
    assert "in [0, 1]; this ranges over [-1, 1]" in result.stderr


@pytest.mark.parametrize("space", ["binary", "unit", "dequantised"])
def test_a_game_that_draws_in_other_bounds_is_named(file: Path, space: str) -> None:
    stored(file.parent, "MyGAN")
    words = ("--weights", file.parent / "MyGAN.safetensors", "--data", space, *EFFORT)
    result = evaluate(file, "MyGAN", *words)
    assert result.exit_code == 1
    assert re.search(r"MyGAN draws in \[-1, 1\], .*: symmetric", result.stderr), result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module\n", "line 1: it cannot be imported: ModuleNotFoundError"),
        ("x = 1\nclass A(:\n", "line 2: it cannot be imported: SyntaxError"),
    ],
)
def test_a_file_that_fails_is_named_with_its_line(text: str, message: str, file: Path) -> None:
    stored(file.parent, "MyVAE")
    file.write_text(text, "utf-8")
    words = ("--weights", file.parent / "MyVAE.safetensors", "--data", "binary")
    result = evaluate(file, "A", *words)
    assert result.exit_code == 1
    assert f"mine.py, {message}" in result.stderr


def test_usage_is_refused_before_anything_happens(file: Path) -> None:
    stored(file.parent, "MyVAE")
    weights = ("--weights", file.parent / "MyVAE.safetensors")
    for words in [
        (f"{file}:MyVAE", "--data", "binary"),
        (f"{file}:MyVAE", *weights),
        (f"{file}:MyVAE", *weights, "--data", "purple"),
        (f"{file}:MyVAE", "--weights", "no/such/file", "--data", "binary"),
        (str(file),),
        ("mine:MyVAE", *weights, "--data", "binary"),
        ("vae", "--data", "binary"),
        ("vae", "--out", "cards"),
        ("vae", *weights),
    ]:
        result = CliRunner().invoke(app, ["evaluate", *map(str, words)])
        assert (result.exit_code, result.stdout) == (2, ""), (words, result.output)
    missing = evaluate(Path("no.py"), "MyVAE", *weights, "--data", "binary")
    assert missing.exit_code == 1
    assert "no file no.py" in missing.stderr


@pytest.mark.parametrize(
    ("name", "kebab"),
    [("MyVAE", "my-vae"), ("VAE", "vae"), ("Wide2Net", "wide2-net"), ("build_it", "build-it")],
)
def test_cards_are_called_as_stored_models_are(name: str, kebab: str) -> None:
    assert own.card_name(f"a/b.py:{name}") == kebab


def test_all_event_spaces_are_those_of_the_digits() -> None:
    for space in offered.SPACES:
        x = offered.digits("test", space)[:4]
        assert x.shape == (4, 1, 28, 28)
        assert x.min() >= offered.LOW[space]
    assert offered.digits("test", "symmetric").min() == -1
