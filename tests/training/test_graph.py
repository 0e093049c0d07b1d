"""A round that is captured gives, replay after replay, the numbers of one that is not."""

import functools
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from genlib import (
    Model,
    Player,
    autoencoders,
    autoregressive,
    diffusion,
    energy,
    fit,
    flows,
    gans,
    hybrids,
    latent,
    translation,
)
from genlib.gans import GAN, R1, GradientPenalty, Relativistic, SharedFakesGAN, Wasserstein
from genlib.latent import VAE
from genlib.likelihoods import Symbols
from genlib.metrics import DigitClassifier
from genlib.training import graph
from genlib.training.graph import WARM_UP
from tests.training.games import Point, Tug
from tests.training.recorded import RecordedCapture, WaitError

fit = functools.partial(fit, device="cpu", progress=False, seed=3)
X = torch.randn(96, 2, generator=torch.Generator().manual_seed(0)) + 1
BITS = (torch.rand(96, 1, 4, 4, generator=torch.Generator().manual_seed(1)) < 0.4).float()
STEPS = WARM_UP + 5
LABELLED = BITS, torch.arange(96) % 3
SMALL = {"event_shape": (1, 4, 4), "hidden": (8,)}
STYLES = {"width": 2, "most": 2, "style": 2, "depth": 1, "event_shape": (1, 4, 4)}
WITH_LABELS = {"classes": 3, "latent": 4, "width": 2, "event_shape": (1, 4, 4)}


@pytest.fixture
def captures(monkeypatch: pytest.MonkeyPatch) -> list[RecordedCapture]:
    """Capture on the CPU; the list holds what was captured."""
    made: list[RecordedCapture] = []

    def capture(device: torch.device) -> RecordedCapture:
        made.append(RecordedCapture(device))
        return made[-1]

    monkeypatch.setitem(graph.CAPTURES, "cpu", capture)
    return made


def vae(**options: object) -> Model:
    return VAE(latent=2, **SMALL, **options)


def unet(**options: object) -> diffusion.UNet:
    return diffusion.UNet(event_shape=(1, 4, 4), widths=(4,), blocks=1, **options)


def game(kind: type = GAN, **options: object) -> Model:
    return kind(latent=2, event_shape=(2,), bounds=None, hidden=(8,), **options)


def batch_normed() -> Model:
    d = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    g = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    return GAN(g, d, 2, event_shape=(2,), bounds=None)


def stabilised() -> Model:
    """All stabilisers that can stand together, with fakes that are shared."""
    torch.manual_seed(0)
    parts = [gans.FeatureMatching(), gans.MinibatchStd(8), gans.MinibatchDiscrimination(2, 2),
             gans.InstanceNoise(), gans.LabelSmoothing(), gans.HistoricalAveraging()]  # fmt: skip
    return game(SharedFakesGAN, stabilisers=parts)


def convolutions() -> Model:
    parts = [gans.SpectralNorm("convolution"), gans.Unrolled(1)]
    return gans.DCGAN(2, 2, event_shape=(1, 4, 4), batch_norm=False, stabilisers=parts)


class Clipped(Point):
    """A player whose gradient is clipped, and whose weights are, by hand, after each update."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("updates", torch.zeros(()))

    def players(self) -> Sequence[Player]:
        return [Player("model", [self], self.loss, lr=0.1, clip=0.01, after=self.limit)]

    @torch.no_grad()
    def limit(self) -> None:
        self.updates += 1
        self.at.clamp_(max=0.5)


class Infinite(Point):
    """A point whose every third update is not finite."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("factor", torch.ones(()))

    def on_step(self, step: int, steps: int) -> None:
        self.factor.fill_(float("inf") if step % 3 == 2 else 1.0)

    def loss(self, batch: Tensor) -> Tensor:
        self.calls += 1
        return super().loss(batch)[0] * self.factor


wgan_gp = functools.partial(
    game, loss=Wasserstein(), penalties=[GradientPenalty(10)], discriminator_turn={"updates": 3}
)
CASES: dict[str, tuple[Callable[[], Model], Tensor | tuple, dict]] = {
    "warm-up and schedule": (lambda: vae(warmup=0.5, schedule="cosine"), BITS, {}),
    "averaged": (vae, BITS, {"ema": 0.9}),
    "game": (game, X, {}),
    "WGAN-GP": (wgan_gp, X, {}),
    "relativistic, R1": (lambda: game(loss=Relativistic(), penalties=[R1(0.1)]), X, {}),
    "shared fakes": (lambda: game(SharedFakesGAN), X, {}),
    "R1 written out": (lambda: game(penalties=[R1(0.1, closed=True)]), X, {}),
    "unrolled": (lambda: game(stabilisers=[gans.Unrolled(2)], penalties=[R1(0.1)]), X, {}),
    "spectral norm": (lambda: game(stabilisers=[gans.SpectralNorm()], penalties=[R1(0.1)]), X, {}),
    "clipped weights": (lambda: game(stabilisers=[gans.WeightClipping(0.1)]), X, {}),
    "stabilised": (stabilised, X, {"ema": 0.9}),
    "stabilised convolutions": (convolutions, BITS, {}),
    "batch norm": (batch_normed, X, {"ema": 0.5}),
    "adversarial": (lambda: game(stabilisers=[gans.AdversarialTraining(0.1, 2)]), X, {}),
    "free": (lambda: game(stabilisers=[gans.FreeAdversarialTraining(0.1, 3)]), X, {"ema": 0.9}),
    "only D": (game, X, {"only": ("discriminator",)}),
    "bfloat16": (game, X, {"precision": "bf16"}),
    "labels": (vae, (BITS, torch.arange(96)), {}),
    "clipped": (Clipped, X, {}),
    "skipped": (Infinite, X, {"nonfinite": "skip"}),
}


def result(build: Callable, data: object, options: dict, graph: bool | None) -> dict[str, Tensor]:
    """Return the weights, averages and numbers of a run, and the random numbers between rounds."""
    torch.manual_seed(0)
    model, noted = build(), []
    note = lambda model, step: noted.append(torch.randn(()).item())  # noqa: E731
    options = {"steps": STEPS, "batch_size": 32, "callbacks": [note], "graph": graph} | options
    history = fit(model, data, **options)
    columns = {name: torch.tensor(history[name]) for name in history.names}
    averages = history.ema.state_dict() if history.ema is not None else {}
    averages = {f"averaged {name}": value for name, value in averages.items()}
    return model.state_dict() | averages | columns | {"random": torch.tensor(noted)}


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=0, atol=0, equal_nan=True, msg=name)


@pytest.mark.parametrize("name", CASES)
def test_replays_are_rounds(name: str, captures: list[RecordedCapture]) -> None:
    build, data, options = CASES[name]
    replayed = result(build, data, options, graph=True)
    assert captures[0].replays == STEPS - WARM_UP
    assert_same(replayed, result(build, data, options, graph=False))


MODELS: dict[str, Callable[[], Model]] = {
    "Autoencoder": lambda: autoencoders.Autoencoder(2, **SMALL),
    "LinearAutoencoder": lambda: autoencoders.LinearAutoencoder(2, event_shape=(1, 4, 4)),
    "SparseAutoencoder": lambda: autoencoders.SparseAutoencoder(4, **SMALL),
    "DenoisingAutoencoder": lambda: autoencoders.DenoisingAutoencoder(2, **SMALL),
    "StochasticAutoencoder": lambda: autoencoders.StochasticAutoencoder(2, **SMALL),
    "VAE": vae,
    "IWAE": lambda: latent.IWAE(latent=2, samples=3, **SMALL),
    "HierarchicalVAE": lambda: latent.HierarchicalVAE(latent=2, top=2, **SMALL),
    "FlowVAE": lambda: latent.FlowVAE(latent=2, **SMALL),
    "GumbelVAE": lambda: latent.GumbelVAE(codes=2, entries=3, **SMALL),
    "VQVAE": lambda: latent.VQVAE(codes=2, entries=3, width=2, **SMALL),
    "MADE": lambda: autoregressive.MADE((20,), direct=True, event_shape=(1, 4, 4)),
    "RowLSTM": lambda: autoregressive.RowLSTM(2, 1, 3, 4, event_shape=(1, 4, 4)),
    "DiagonalBiLSTM": lambda: autoregressive.DiagonalBiLSTM(2, 1, 3, 4, event_shape=(1, 4, 4)),
    "Transformer": lambda: autoregressive.Transformer(1, 8, 2, 0.1, event_shape=(1, 4, 4)),
    "AnyOrderTransformer": lambda: autoregressive.AnyOrderTransformer(
        1, 8, 2, event_shape=(1, 4, 4)
    ),
    "PixelCNN": lambda: autoregressive.PixelCNN(2, 2, 3, 4, event_shape=(1, 4, 4)),
    "GatedPixelCNN": lambda: autoregressive.GatedPixelCNN(2, 2, 3, 4, event_shape=(1, 4, 4)),
    "PixelCNNPP": lambda: autoregressive.PixelCNNPP(2, dropout=0.5, event_shape=(1, 4, 4)),
    "MultiScalePixelCNN": lambda: autoregressive.MultiScalePixelCNN(1, 4, 1, event_shape=(1, 4, 4)),
    "NICE": lambda: flows.NICE(**SMALL),
    "RealNVP": lambda: flows.RealNVP(event_shape=(1, 4, 4), couplings=1, width=4),
    "Glow": lambda: flows.Glow(event_shape=(1, 4, 4), depth=1, width=4),
    "EnergyModel": lambda: energy.EnergyModel(steps=2, **SMALL),
    "BoltzmannMachine": lambda: energy.BoltzmannMachine((1, 4, 4)),
    "RBM": lambda: energy.RBM(3, (1, 4, 4), steps=2, chains=5),
    "DenoisingScore": lambda: energy.DenoisingScore(**SMALL),
    "GAN": lambda: GAN(latent=2, bounds=(0, 1), **SMALL),
    "SharedFakesGAN": lambda: SharedFakesGAN(latent=2, bounds=(0, 1), **SMALL),
    "DCGAN": lambda: gans.DCGAN(2, 2, event_shape=(1, 4, 4)),
    "DDPM": lambda: diffusion.DDPM(unet(), weighting="bound", event_shape=(1, 4, 4)),
    "FlowMatching": lambda: diffusion.FlowMatching(unet(), event_shape=(1, 4, 4)),
    "Consistency": lambda: diffusion.Consistency(unet(), event_shape=(1, 4, 4)),
    "FastGAN": lambda: gans.FastGAN(width=2, latent=2, event_shape=(1, 4, 4)),
    "ConditionalGAN": lambda: gans.ConditionalGAN(into_generator="batch norm", **WITH_LABELS),
    "ACGAN": lambda: gans.ACGAN(**WITH_LABELS),
    "BigGAN": lambda: gans.BigGAN(shared=3, **WITH_LABELS),
    "ProgressiveGAN": lambda: gans.ProgressiveGAN(2, 2, most=2, event_shape=(1, 4, 4)).grow(1),
    "LAPGAN": lambda: gans.LAPGAN(1, 2, 2, (4,), event_shape=(1, 4, 4)),
    "StyleGAN": lambda: gans.StyleGAN(latent=2, **STYLES),
    "StyleGAN2": lambda: gans.StyleGAN2(gans.PathLength(), latent=2, **STYLES),
    "StyleGAN3": lambda: gans.StyleGAN3(latent=2, first=2, taps=6, **STYLES),
    "AdversarialAutoencoder": lambda: hybrids.AdversarialAutoencoder(2, judge=(3,), **SMALL),
    "VAEGAN": lambda: hybrids.VAEGAN(2, bounds=(0, 1), **SMALL),
    "BiGAN": lambda: hybrids.BiGAN(2, bounds=(0, 1), stochastic=True, **SMALL),
}
TRAINED_OTHERWISE = {
    "AutoregressiveModel": "a base class",
    "CountedModel": "a base class",
    "EntryModel": "a base class",
    "PixelModel": "a base class",
    "PixelRNN": "a base class",
    "LatentModel": "a base class",
    "PredictingModel": "a base class",
    "DiffusionModel": "a base class",
    "Translator": "a base class",
    "TwoWayTranslator": "a base class",
    "GaussianLatentModel": "a base class",
    "Flow": "a base class",
    "Hybrid": "a base class",
    "UnnormalisedModel": "a base class",
    "BinaryModel": "a base class",
    "GaussianMixture": "by EM",
    "MarkovChain": "by counting",
    "NGram": "by counting",
    "PositionWeights": "by counting",
    "ResidualVAE": "on 28 x 28 pixels: one of the others",
}


PICTURES = tuple(torch.rand(2, 64, 3, 8, 8, generator=torch.Generator().manual_seed(3)) - 0.5)
TINY = {"event_shape": (3, 8, 8), "width": 4}
TRANSLATIONS = {
    "Pix2Pix": (lambda: translation.Pix2Pix(depth=2, dropout=0.1, **TINY), PICTURES),
    "CycleGAN": (lambda: translation.CycleGAN(blocks=1, pool=40, **TINY), PICTURES),
    "UNIT": (lambda: translation.UNIT(blocks=1, **TINY), PICTURES),
    "StarGAN": (
        lambda: translation.StarGAN(blocks=1, patches=1, **TINY),
        (PICTURES[0], torch.arange(64) % 4),
    ),
    "Segmenter": (
        lambda: translation.Segmenter(depth=2, **TINY),
        (PICTURES[0], (PICTURES[1][:, 0] > 0).to(torch.uint8)),
    ),
}


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_translations_can_be_captured(name: str, captures: list[RecordedCapture]) -> None:
    build, data = TRANSLATIONS[name]
    replayed = result(build, data, {"batch_size": 16}, graph=True)
    assert captures[0].replays == STEPS - WARM_UP
    assert_same(replayed, result(build, data, {"batch_size": 16}, graph=False))


def test_every_model_of_the_library_is_here() -> None:
    rooms = (
        autoencoders,
        autoregressive,
        diffusion,
        energy,
        flows,
        latent,
        gans,
        hybrids,
        translation,
    )
    public = [getattr(room, name) for room in rooms for name in room.__all__]
    models = {o.__name__ for o in public if isinstance(o, type) and issubclass(o, Model)}
    assert models - TRAINED_OTHERWISE.keys() == set(MODELS) | set(TRANSLATIONS)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_captured(name: str, captures: list[RecordedCapture]) -> None:
    data = LABELLED if MODELS[name]().classes else BITS
    replayed = result(MODELS[name], data, {}, graph=True)
    assert captures[0].replays == STEPS - WARM_UP
    assert_same(replayed, result(MODELS[name], data, {}, graph=False))


OTHERS = {
    "DigitClassifier": (
        lambda: DigitClassifier((2, 3), 4, event_shape=(1, 4, 4)),
        (BITS, torch.arange(96) % 10),
    ),
    "ResidualVAE": (
        lambda: latent.ResidualVAE(latent=2, channels=(4, 4), blocks=1, warmup=0.5),
        (torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(2)) < 0.2).float(),
    ),
    "FlowMatching of labels": (
        lambda: diffusion.FlowMatching(unet(classes=3), classes=3, event_shape=(1, 4, 4)),
        LABELLED,
    ),
    "reflow": (
        lambda: diffusion.FlowMatching(coupled=True, event_shape=(2,), bounds=None),
        (X, X.flip(0)),
    ),
    "distilled Consistency": (
        lambda: diffusion.Consistency(
            teacher=diffusion.FlowMatching(event_shape=(2,), bounds=None),
            event_shape=(2,),
            bounds=None,
        ),
        X,
    ),
    "MADE of codes": (
        lambda: autoregressive.MADE((12,), event_shape=(3,), likelihood=Symbols(4)),
        torch.randint(4, (64, 3), generator=torch.Generator().manual_seed(2)),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_others_can_be_captured(name: str, captures: list[RecordedCapture]) -> None:
    build, data = OTHERS[name]
    replayed = result(build, data, {}, graph=True)
    assert captures[0].replays == STEPS - WARM_UP
    assert_same(replayed, result(build, data, {}, graph=False))


def test_a_number_that_the_loss_reads_is_kept_for_ever(captures: list[RecordedCapture]) -> None:
    class Counting(Point):
        """Breaks the contract: a Python number changes with time."""

        seen = 0

        def on_step(self, step: int, steps: int) -> None:
            self.seen = step

        def loss(self, batch: Tensor) -> Tensor:
            return super().loss(batch)[0] * self.seen

    replayed, plain = (result(Counting, X, {}, graph=each)["loss"] for each in (True, False))
    assert torch.equal(replayed[: WARM_UP + 1], plain[: WARM_UP + 1])
    assert not torch.isclose(replayed[-1], plain[-1], rtol=0.1)


class Waiting(Point):
    """Breaks the contract: the host reads a value."""

    def loss(self, batch: Tensor) -> Tensor:
        return super().loss(batch)[0] * (2.0 if batch.mean() > 0 else 1.0)


def test_a_loss_that_waits_is_played_one_by_one_and_that_is_said_once(captures: list) -> None:
    with pytest.warns(UserWarning, match="not captured as one CUDA graph.*waits for the") as said:
        waiting = result(Waiting, X, {}, graph=None)
    assert len(said) == 1
    assert_same(waiting, result(Waiting, X, {}, graph=False))
    with pytest.raises(RuntimeError, match="not captured as one CUDA graph"):
        result(Waiting, X, {}, graph=True)


def test_a_tensor_made_on_another_device_is_found(captures: list[RecordedCapture]) -> None:
    class Elsewhere(Point):
        """Breaks the contract: on a GPU these ones would be on the CPU."""

        def loss(self, batch: Tensor) -> Tensor:
            return super().loss(batch)[0] + torch.ones(3).sum()

    with pytest.raises(RuntimeError, match=r"made a tensor on another device|not captured"):
        result(Elsewhere, X, {}, graph=True)


def test_a_ragged_batch_is_played_by_itself(captures: list[RecordedCapture]) -> None:
    def loader() -> DataLoader:
        order = torch.Generator().manual_seed(5)
        return DataLoader(TensorDataset(X), batch_size=40, shuffle=True, generator=order)

    replayed = result(game, loader(), {"steps": 12}, graph=True)
    assert 0 < captures[0].replays < 12 - WARM_UP
    assert_same(replayed, result(game, loader(), {"steps": 12}, graph=False))


def test_a_resumed_run_is_the_same_run(captures: list[RecordedCapture], tmp_path: object) -> None:
    whole = result(lambda: vae(schedule="cosine"), BITS, {"ema": 0.9, "steps": 20}, graph=True)
    options = {"ema": 0.9, "checkpoint": tmp_path, "callbacks": []}
    torch.manual_seed(0)
    halted = {"callbacks": [lambda model, step: torch.randn(1)]}

    class Halt(Exception):  # noqa: N818
        """Ends a run."""

    def halt(model: Model, step: int) -> None:
        torch.randn(1)
        if step == 11:
            raise Halt

    model = vae(schedule="cosine")
    with pytest.raises(Halt):
        fit(model, BITS, steps=20, batch_size=32, graph=True, every=10,
            **(options | {"callbacks": [halt]}))  # fmt: skip
    torch.manual_seed(0)
    model = vae(schedule="cosine")
    history = fit(model, BITS, steps=20, batch_size=32, graph=True, **(options | halted))
    for name, value in model.state_dict().items():
        assert torch.equal(value, whole[name]), name
    assert history["loss"] == whole["loss"].tolist()


def test_what_is_known_to_stand_in_the_way_is_said(captures: list[RecordedCapture]) -> None:
    with pytest.raises(ValueError, match=r"graph=True, but the optimizer of player 'x', SGD, asks"):
        result(Tug, torch.zeros(4, 1), {}, graph=True)
    with pytest.warns(UserWarning, match="not captured as one CUDA graph.*SGD, asks the host"):
        result(Tug, torch.zeros(4, 1), {}, graph=None)
    assert captures == []


def test_several_processes_play_one_by_one(
    captures: list[RecordedCapture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "world_size", lambda: 2)
    with pytest.raises(ValueError, match="graph=True, but several processes take part"):
        result(game, X, {}, graph=True)


def test_a_captured_run_stops_where_an_update_was_not_finite(captures: list) -> None:
    with pytest.raises(FloatingPointError, match="in step 3; no such update was applied"):
        result(Infinite, X, {}, graph=True)


def test_without_a_gpu_there_is_no_graph() -> None:
    with pytest.raises(ValueError, match="graph=True, but there are no graphs on cpu"):
        fit(Point(), X, steps=1, graph=True)
    with pytest.raises(ValueError, match="graph='yes', wanted None, True or False"):
        fit(Point(), X, steps=1, graph="yes")


def test_the_double_finds_what_a_graph_forbids() -> None:
    capture = RecordedCapture(torch.device("cpu"))
    with pytest.raises(WaitError, match=r"aten.ones.* made a tensor on another device"):
        capture.record(lambda: torch.ones(2))
    assert "waits for the device" in capture.rehearse(lambda: torch.ones(()).item())[1]
