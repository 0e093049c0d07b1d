"""A run with a slow DataLoader, for Ctrl-C from outside: ``python -m ... FOLDER KIND``.

Prints a line when the first round is done; the test then interrupts all processes of the group,
as a terminal does.
"""

import sys
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from genlib import Model, fit
from tests.training.games import Point

KINDS = {
    "forked": {"num_workers": 2, "multiprocessing_context": "fork"},
    "persistent": {
        "num_workers": 2,
        "multiprocessing_context": "fork",
        "persistent_workers": True,
    },
    "spawned": {"num_workers": 2, "multiprocessing_context": "spawn"},
}


class Slow(Dataset):
    """Numbers that take their time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> Tensor:
        time.sleep(self.seconds)
        return torch.tensor([float(index), 1.0])


def loader(kind: str, seconds: float) -> DataLoader:
    return DataLoader(Slow(seconds), batch_size=4, shuffle=True, **KINDS.get(kind, {}))


def main(folder: Path, kind: str) -> None:
    def say(model: Model, step: int) -> None:
        if step == 2:
            print("begun", flush=True)

    options = {"callbacks": [say], "checkpoint": folder, "device": "cpu", "progress": False}
    fit(Point(), loader(kind, 0.2), steps=40, **options)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
