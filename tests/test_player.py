"""What a player may be, and how anything else is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from genlib import Player

NET = nn.Linear(1, 1)


def player(**changes: object) -> Player:
    given = {"name": "p", "modules": [NET], "loss": lambda batch: batch}
    return Player(**(given | changes))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "name='', wanted a name"),
        ({"name": "a/b"}, "name='a/b', wanted a name without '/'"),
        ({"name": None}, "name=None"),
        ({"modules": NET}, r"modules=Linear, wanted a sequence of modules: \[net\]"),
        ({"modules": nn.Sequential(NET)}, "modules=Sequential, wanted a sequence"),
        ({"modules": None}, "modules=None, wanted a sequence"),
        ({"modules": NET.parameters()}, "modules holds Parameter, wanted modules alone"),
        ({"modules": [NET, None]}, "modules holds NoneType"),
        ({"modules": []}, "no trainable parameters"),
        ({"modules": [nn.ReLU()]}, "no trainable parameters"),
        ({"loss": None}, "loss=None, wanted a function of the batch"),
        ({"loss": torch.ones(())}, "loss=tensor"),
        ({"updates": 0}, "updates=0, wanted a whole number, at least 1"),
        ({"updates": 1.5}, "updates=1.5"),
        ({"updates": True}, "updates=True"),
        ({"lr": 0.0}, "lr=0.0, wanted a positive, finite number"),
        ({"lr": -1.0}, "lr=-1.0"),
        ({"lr": float("inf")}, "lr=inf"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"lr": "0.1"}, "lr='0.1'"),
        ({"lr": None}, "lr=None"),
        ({"betas": 0.9}, r"betas=0.9, wanted two numbers in \[0, 1\)"),
        ({"betas": (0.9,)}, r"betas=\(0.9,\)"),
        ({"betas": (0.9, 1.0)}, r"betas=\(0.9, 1.0\)"),
        ({"betas": (-0.1, 0.9)}, r"betas=\(-0.1"),
        ({"betas": (float("nan"), 0.9)}, r"betas=\(nan"),
        ({"schedule": 0.5}, "schedule=0.5, wanted None, a name or a function"),
        ({"clip": 0.0}, "clip=0.0"),
        ({"clip": float("inf")}, "clip=inf"),
        ({"clip": "1"}, "clip='1'"),
        ({"after": 3}, "after=3, wanted None or a function"),
        ({"optimizer": "adam"}, "optimizer='adam', wanted None or a function of the parameters"),
        ({"optimizer": torch.optim.SGD(NET.parameters(), lr=0.1)}, "optimizer=SGD"),
    ],
)
def test_a_player_that_could_not_play_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        player(**options)


def test_numbers_of_any_library_and_modules_of_any_sequence_will_do() -> None:
    other = nn.Linear(2, 2)
    some = player(lr=np.float32(0.5), updates=np.int64(2), modules=iter([NET, other, NET]))
    assert (some.lr, some.updates) == (0.5, 2)
    assert type(some.lr) is float
    assert type(some.updates) is int
    for _ in range(2):  # an iterator is not used up
        assert [id(p) for p in some.parameters()] == [
            id(p) for net in (NET, other) for p in net.parameters()
        ]
    assert len(player(modules=nn.ModuleList([NET])).parameters()) == 2
