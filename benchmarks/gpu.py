"""On a CUDA GPU: a bare loop, the same loop captured by hand as a graph, and fit both ways.

Four games at a batch of 128: a VAE, a DCGAN, 15 convolutions such as a PixelCNN has, and a
WGAN with gradient penalty. Each way makes the same updates. Half a minute on a GPU of today, of
which ``fit(compile=True)`` is no part: compiling alone would take longer.
"""

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import Model, fit
from genlib.data import load
from genlib.gans import (
    GAN,
    DCGANDiscriminator,
    DCGANGenerator,
    GradientPenalty,
    SharedFakesGAN,
    Wasserstein,
)
from genlib.latent import VAE
from genlib.model import Batch

BATCH = 128
ROUNDS = 300
WARM_UP = 5
COLUMNS = ("bare", "captured by hand", "fit, graph=False", "fit")


class Stack(Model):
    """Fifteen convolutions of 16 channels that predict the pixels: the cost of a PixelCNN."""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        inner = [part for _ in range(13) for part in (nn.Conv2d(16, 16, 3, padding=1), nn.ReLU())]
        first, last = nn.Conv2d(1, 16, 7, padding=3), nn.Conv2d(16, 1, 1)
        self.network = nn.Sequential(first, nn.ReLU(), *inner, last)

    def loss(self, batch: Batch) -> Tensor:
        """Return the mean over the batch of the sum over the pixels."""
        logits = self.network(batch)
        return F.binary_cross_entropy_with_logits(logits, batch, reduction="sum") / len(batch)


def games() -> dict[str, tuple[Callable[[], Model], Tensor]]:
    """Return what builds each model, and what it is trained on."""
    digits = load("mnist")
    binary, symmetric = digits.binary(seed=0), digits.symmetric()
    critic = {"loss": Wasserstein(), "penalties": [GradientPenalty(10)]}
    return {
        "VAE": (VAE, binary),
        "DCGAN": (lambda: SharedFakesGAN(DCGANGenerator(), DCGANDiscriminator()), symmetric),
        "convolutions": (Stack, binary),
        "WGAN-GP": (lambda: GAN(**critic, discriminator_turn={"updates": 5}), symmetric),
    }


def round_of(model: Model, x: Tensor) -> tuple[Callable[[], None], Tensor]:
    """Return a round of the plainest loop, and the numbers of the examples that it takes."""
    index = torch.randint(len(x), (BATCH,), device=x.device)
    players = list(model.players())
    fused = {"fused": True, "capturable": x.is_cuda}
    adams = [torch.optim.Adam(player.parameters(), lr=1e-3, **fused) for player in players]

    def play() -> None:
        for player, adam in zip(players, adams, strict=True):
            for _ in range(player.updates):
                adam.zero_grad()
                result = player.loss(x.index_select(0, index))
                loss = result[0] if isinstance(result, tuple) else result
                loss.backward(inputs=player.parameters())
                adam.step()

    return play, index


def captured(play: Callable[[], None]) -> Callable[[], None]:
    """Return a round as one graph."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            play()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        play()
    return graph.replay


def loop(model: Model, x: Tensor, *, by_graph: bool) -> Callable[[int], None]:
    """Return what plays so many rounds of the plainest loop."""
    play, index = round_of(model.to(x.device), x)
    if by_graph:
        play = captured(play)

    def rounds(count: int) -> None:
        order = torch.randint(len(x), (count, BATCH), device=x.device)
        for draw in order:
            index.copy_(draw)
            play()

    return rounds


def fitted(model: Model, x: Tensor, graph: bool | None) -> Callable[[int], None]:
    """Return what plays so many rounds by ``fit``."""
    options = {"batch_size": BATCH, "device": x.device, "progress": False, "graph": graph}
    return lambda count: fit(model, x, steps=count, **options)


def rate(rounds: Callable[[int], None], count: int) -> float:
    """Return rounds a second: what more rounds take longer, start and capture left out."""
    seconds = []
    for number in (count // 3, count):
        torch.cuda.synchronize()
        start = time.perf_counter()
        rounds(number)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return (count - count // 3) / (seconds[1] - seconds[0])


def rates(build: Callable[[], Model], x: Tensor, count: int) -> list[float]:
    """Return the rounds a second of each column."""
    ways = [
        loop(build(), x, by_graph=False),
        loop(build(), x, by_graph=True),
        fitted(build(), x, False),
        fitted(build(), x, None),
    ]
    for way in ways:
        way(WARM_UP)
    return [rate(way, count) for way in ways]


def report() -> None:
    """Print rounds a second and shares, if there is a CUDA GPU."""
    if not torch.cuda.is_available():
        print("no CUDA GPU here: the comparison of games on a GPU was left out")
        return
    print(f"{torch.cuda.get_device_name()}: rounds a second at a batch of {BATCH}")
    print(f"{'':14}" + "".join(f"{column:>18}" for column in COLUMNS) + "   of captured, of bare")
    for name, (build, data) in games().items():
        found = rates(build, data.cuda(), ROUNDS)
        bare, best, _, ours = found
        numbers = "".join(f"{value:18,.0f}" for value in found)
        print(f"{name:14}{numbers}   {ours / best:11.2f}, {ours / bare:7.1f}", flush=True)
