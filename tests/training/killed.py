"""Kills a training run at 20 moments, goes on, and compares with the run that was left alone.

Started by ``test_checkpoint.py`` in a process of its own, which forks one child a run: a fresh
interpreter for each would take seconds. Prints the numbers of agreements and of kills that hit
a write.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset

from genlib import fit, seed
from genlib.gans import GAN
from genlib.storage import checksum

KILLS = 20
STEPS = 24


def train(folder: Path, loader: bool) -> None:
    """Play a small game with checkpoints, and write down a checksum of all that came out."""
    seed(0)
    x = torch.rand(96, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
    data = DataLoader(TensorDataset(x), batch_size=16, shuffle=True) if loader else x
    model = GAN(latent=8, hidden=(96, 96), event_shape=(1, 8, 8))
    options = {"batch_size": 16, "device": "cpu", "ema": 0.9, "progress": False}
    history = fit(model, data, steps=STEPS, checkpoint=folder, every=2, **options)
    numbers = {name: torch.tensor(history[name]) for name in history.names}
    average = {f"ema.{k}": v for k, v in history.ema.state_dict().items()}
    (folder / "result").write_text(checksum(model.state_dict() | average | numbers, {}))


def start(folder: Path, loader: bool) -> int:
    """Run ``train`` in a child and return its process number."""
    child = os.fork()
    if child == 0:
        try:
            train(folder, loader)
        finally:
            os._exit(0)
    return child


def finish(folder: Path, loader: bool) -> str:
    """Run to the end and return the result."""
    os.waitpid(start(folder, loader), 0)
    return (folder / "result").read_text()


def kill(child: int, now: Callable[[], bool]) -> None:
    """Kill ``child`` with no chance to clean up, as soon as ``now`` says so."""
    while not now():
        time.sleep(0.0002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def trial(place: Path, number: int, seconds: float, expected: list[str]) -> tuple[bool, bool]:
    """Kill one run, at a random moment or in a write, and go on; was it the same, and a write?"""
    folder, loader = place / str(number), number % 4 > 1
    folder.mkdir()
    moment = time.monotonic() + random.Random(number).uniform(0.1, 1) * seconds
    child = start(folder, loader)
    if number % 2:
        kill(child, lambda: any(folder.glob("*.part")) or (folder / "result").exists())
    else:
        kill(child, lambda: time.monotonic() > moment)
    hit = any(folder.glob("*.part"))
    return finish(folder, loader) == expected[loader], hit


def main() -> None:
    """Make all trials."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        train(place / "warm", False)  # what is imported on the way is imported once
        began = time.monotonic()
        expected = []
        for loader in (False, True):
            (place / f"whole{loader}").mkdir()
            expected.append(finish(place / f"whole{loader}", loader))
        seconds = (time.monotonic() - began) / 2
        results = [trial(place, number, seconds, expected) for number in range(KILLS)]
    same, hits = map(sum, zip(*results, strict=True))
    json.dump({"same": same, "kills": KILLS, "in a write": hits}, sys.stdout)


if __name__ == "__main__":
    main()
