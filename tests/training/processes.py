"""Games for a run of several processes; started by ``torchrun`` and alone: test_distributed.py.

``python -m tests.training.processes FOLDER GAME ...`` makes one plain gradient step of size 1 in
each game and stores the weights that come out, so that their change is the gradient. All noise is
carried in the batch: then the shares of two processes make up the batch of one.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlib import Model, Player, fit, runtime, seed
from genlib.latent.gaussian import gaussian_rate
from genlib.nn import mlp
from genlib.storage import write

EXAMPLES = 48
step_of_one = functools.partial(torch.optim.SGD, lr=1.0)


class NoisyVAE(Model):
    """A VAE whose batch is (x, noise)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = mlp([6, 8, 4]), mlp([2, 8, 6])

    def players(self) -> Sequence[Player]:
        return [Player("model", [self], self.loss, optimizer=step_of_one)]

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, noise = batch
        mean, log_variance = self.encoder(x).chunk(2, -1)
        logits = self.decoder(mean + torch.exp(log_variance / 2) * noise[:, :2])
        fit_of_x = F.binary_cross_entropy_with_logits(logits, (x > 0).float(), reduction="none")
        return (fit_of_x.sum(-1) + gaussian_rate(mean, log_variance)).mean()


class Penalised(Model):
    """A Wasserstein game with a gradient penalty, whose batch is (x, noise)."""

    def __init__(self) -> None:
        super().__init__()
        self.g, self.d = mlp([6, 8, 6], "tanh"), mlp([6, 8, 1], "tanh")

    def players(self) -> Sequence[Player]:
        d = Player("discriminator", [self.d], self.loss_d, optimizer=step_of_one)
        return [d, Player("generator", [self.g], self.loss_g, optimizer=step_of_one)]

    def loss_d(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, noise = batch
        fake = self.g(noise).detach()
        share = torch.sigmoid(noise[:, :1])
        between = (share * x + (1 - share) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(self.d(between).sum(), between, create_graph=True)
        return (self.d(fake) - self.d(x)).mean() + 10 * (slope.norm(dim=1) - 1).square().mean()

    def loss_g(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        return -self.d(self.g(batch[1])).mean()


class Circle(Model):
    """Two generators that map two domains to each other, as one player, against two critics."""

    def __init__(self) -> None:
        super().__init__()
        self.there, self.back = mlp([6, 8, 6], "tanh"), mlp([6, 8, 6], "tanh")
        self.critics = nn.ModuleList([mlp([6, 8, 1], "tanh"), mlp([6, 8, 1], "tanh")])

    def players(self) -> Sequence[Player]:
        both = [self.there, self.back]
        g = Player("generators", both, self.loss_g, optimizer=step_of_one, clip=0.5)
        return [g, Player("critics", [self.critics], self.loss_d, optimizer=step_of_one)]

    def loss_g(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        round_trip = (self.back(self.there(x)) - x).abs() + (self.there(self.back(y)) - y).abs()
        judged = self.critics[0](self.there(x)) + self.critics[1](self.back(y))
        return (round_trip.mean(-1) - judged.squeeze(-1)).mean()

    def loss_d(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        fake_y, fake_x = self.there(x).detach(), self.back(y).detach()
        first = self.critics[0](fake_y) - self.critics[0](y)
        return (first + self.critics[1](fake_x) - self.critics[1](x)).square().mean()


def change(make: Callable[[], Model]) -> dict[str, Tensor]:
    """Return how one round moves the weights."""
    seed(0)
    model = make()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    draw = torch.Generator().manual_seed(1)
    data = tuple(torch.randn(EXAMPLES, 6, generator=draw) for _ in range(2))
    fit(model, data, steps=1, batch_size=EXAMPLES // 2, device="cpu", progress=False)
    return {name: weight - before[name] for name, weight in model.state_dict().items()}


class Counter(Model):
    """Counts how often it saw each example, and keeps the noise it drew."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self._seen = torch.zeros(EXAMPLES)  # no buffer: those are the first process's, everywhere

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        self._seen[batch[:, 0].long()] += 1
        return self.weight.sum() * 0 + batch.mean(), {"noise": torch.rand(())}


def numbered() -> Tensor:
    """Return examples that are their own numbers."""
    return torch.arange(float(EXAMPLES))[:, None]


def count(folder: Path) -> dict[str, Tensor]:
    """Return what this process saw in two epochs, and write a checkpoint on the way."""
    model, data = Counter(), numbered()
    steps = 2 * EXAMPLES // 8
    options = {"checkpoint": folder, "every": 5, "device": "cpu", "progress": False}
    history = fit(model, data, steps=steps, batch_size=8, evaluate=lambda m: {"e": 1.0}, **options)
    numbers = {name: torch.tensor(history[name]) for name in ("loss", "noise")}
    return {"seen": model._seen, **numbers}


def die(folder: Path) -> None:
    """Let the second process end in the middle of a run."""

    def callback(model: Model, step: int) -> None:
        if step == 5 and runtime.rank() == 1:
            raise RuntimeError("this process ends here")

    fit(Counter(), numbered(), steps=10**6, callbacks=[callback])


def interrupt(folder: Path) -> None:
    """Let one process alone get Ctrl-C, early, and say how its run ended."""

    def callback(model: Model, step: int) -> None:
        if step == 5 and runtime.rank() == 1:
            os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = {"checkpoint": folder / "interrupted", "device": "cpu", "progress": False}
    try:
        fit(Counter(), numbered(), steps=10**6, callbacks=[callback], **options)
    except KeyboardInterrupt as error:
        print(error, flush=True)


GAMES = {"vae": NoisyVAE, "penalised": Penalised, "circle": Circle}

ENDINGS = {"die": die, "interrupt": interrupt}


def main(folder: Path, *names: str) -> None:
    """Play the games that are named and store what came out of each in each process."""
    torch.set_num_threads(1)
    for name in names:
        if name in ENDINGS:
            ENDINGS[name](folder)
            continue
        found = (
            change(GAMES[name])
            if name in GAMES
            else count(folder / f"checkpoint-{runtime.world_size()}")
        )
        write(folder / f"{name}-{runtime.rank()}-of-{runtime.world_size()}.safetensors", found, {})


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(Path(sys.argv[1]), *sys.argv[2:])
