"""Every autoregressive model at a tiny size, for what must hold for all of them."""

from collections.abc import Callable

import torch
from torch import nn

from genlib.autoregressive import (
    MADE,
    AnyOrderTransformer,
    AutoregressiveModel,
    DiagonalBiLSTM,
    GatedPixelCNN,
    MarkovChain,
    MultiScalePixelCNN,
    NGram,
    PixelCNN,
    PixelCNNPP,
    PositionWeights,
    RowLSTM,
    Transformer,
)
from genlib.likelihoods import Bernoulli, Categorical, ColourLogisticMixture, Symbols

Build = Callable[..., AutoregressiveModel]

OF_IMAGES: dict[str, Build] = {
    "PixelCNN": lambda **options: PixelCNN(channels=4, blocks=2, kernel=5, head=6, **options),
    "PixelCNN exact": lambda **options: PixelCNN(
        channels=4, blocks=2, kernel=5, head=6, exact=True, **options
    ),
    "GatedPixelCNN": lambda **options: GatedPixelCNN(4, 3, 5, 12, **options),
    "GatedPixelCNN of one block": lambda **options: GatedPixelCNN(4, 1, 9, 12, **options),
    "PixelCNNPP": lambda **options: PixelCNNPP(4, **options),
    "PixelCNNPP, nothing improved": lambda **options: PixelCNNPP(
        4, 1, 2, 5, downsampling=False, short_cuts=False, **options
    ),
    "MultiScalePixelCNN": lambda **options: MultiScalePixelCNN(2, 6, 1, **options),
    "MultiScalePixelCNN of one scale": lambda **options: MultiScalePixelCNN(1, 6, 2, **options),
    "MADE": lambda **options: MADE((200,), **options),
    "MADE deep": lambda **options: MADE((200, 150), direct=True, **options),
    "RowLSTM": lambda **options: RowLSTM(3, 2, 5, 6, **options),
    "DiagonalBiLSTM": lambda **options: DiagonalBiLSTM(3, 2, 3, 6, **options),
    "Transformer": lambda **options: Transformer(2, 8, 2, **options),
    "AnyOrderTransformer": lambda **options: AnyOrderTransformer(1, 8, 2, **options),
}
OFF_GRID = {"colours", "colours at once"}  # which no exact model is of
ONLY_GREY: set[str] = set()  # which draw no colours
SHUFFLED = [3, 0, 6, 1, 2, 5, 4]
OF_SEQUENCES: dict[str, Build] = {
    "MADE of sequences": lambda **options: MADE((90, 90), order=SHUFFLED, **options),
    "Transformer of sequences": lambda **options: Transformer(1, 8, 1, order=SHUFFLED, **options),
    "MarkovChain": lambda **options: counted(MarkovChain(2, **options)),
    "MarkovChain, homogeneous": lambda **options: counted(MarkovChain(1, False, **options)),
    "NGram": lambda **options: counted(NGram(3, **options)),
    "PositionWeights": lambda **options: counted(PositionWeights(**options)),
    "AnyOrderTransformer of sequences": lambda **options: AnyOrderTransformer(
        2, 8, 1, order=SHUFFLED, **options
    ),
}
INDEPENDENT = {"PositionWeights"}  # whose entries see none

EVENTS = {
    "binary": {"event_shape": (1, 4, 5)},
    "levels": {"event_shape": (1, 4, 5), "likelihood": Categorical(3)},
    "codes": {"event_shape": (1, 4, 5), "likelihood": Symbols(3, event_dims=3)},
    "binary colours": {"event_shape": (3, 4, 3)},
    "colours": {"event_shape": (3, 4, 3), "likelihood": Categorical(4)},
    "colours at once": {"event_shape": (3, 4, 3), "likelihood": ColourLogisticMixture(2, 4)},
    "labelled": {"event_shape": (1, 4, 5), "classes": 3},
}
COLOURED = {name for name, event in EVENTS.items() if event["event_shape"][0] == 3}
SEQUENCES = {
    "bits": {"event_shape": (7,), "likelihood": Bernoulli(event_dims=1)},
    "symbols": {"event_shape": (7,), "likelihood": Symbols(4)},
    "labelled": {"event_shape": (7,), "likelihood": Symbols(4), "classes": 3},
}

CASES = [
    (name, event)
    for name in OF_IMAGES
    for event in EVENTS
    if not (name in ONLY_GREY and event in COLOURED)
    and not (name.endswith("exact") and event in OFF_GRID)
] + [(name, event) for name in OF_SEQUENCES for event in SEQUENCES]


def counted(model: AutoregressiveModel) -> AutoregressiveModel:
    """Return a model that has counted in enough events for every context to be seen."""
    x = drawn(model.double(), 600)
    return model.count(x, label(model, 600))


def built(name: str, event: str) -> AutoregressiveModel:
    """Return a model in float64 whose every weight counts: random, where it starts at nought."""
    torch.manual_seed(0)
    options = EVENTS[event] if name in OF_IMAGES else SEQUENCES[event]
    model = (OF_IMAGES | OF_SEQUENCES)[name](**options).double().eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=(1.0 / parameter[0].numel()) ** 0.5)
        else:
            nn.init.normal_(parameter, std=0.3)
    return model


def drawn(model: AutoregressiveModel, n: int, seed: int = 1) -> torch.Tensor:
    """Return events that have nothing to do with the model."""
    generator = torch.Generator().manual_seed(seed)
    levels = torch.randint(model.likelihood.levels, (n, *model.event_shape), generator=generator)
    return model.likelihood.value(levels.double())


def label(model: AutoregressiveModel, n: int) -> torch.Tensor | None:
    """Return labels, if the model wants them."""
    return None if model.classes is None else torch.arange(n) % model.classes
