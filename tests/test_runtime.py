"""Devices, seeds, budgets, and the price of an import."""

import contextlib
import subprocess
import sys

import numpy as np
import pytest
import torch

import genlib
from genlib.runtime import resolve_device, seeded, static_output


def test_seed_governs_torch_and_numpy() -> None:
    draws = []
    for _ in range(2):
        genlib.seed(3)
        draws.append((torch.rand(1).item(), np.random.rand()))
    assert draws[0] == draws[1]


def test_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENLIB_SMOKE", raising=False)
    expected = 7 if genlib.default_device().type == "cpu" else 100
    assert genlib.budget(cpu=7, gpu=100) == expected
    monkeypatch.setenv("GENLIB_SMOKE", "1")
    assert genlib.budget(cpu=7, gpu=100) == 3
    with pytest.raises(ValueError, match=r"budget\(cpu=0"):
        genlib.budget(cpu=0, gpu=1)


def test_device_by_name() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device(None) == genlib.default_device()
    with pytest.raises(ValueError, match="device='toaster' cannot be used"):
        resolve_device("toaster")


@pytest.mark.parametrize("end", [None, RuntimeError])
def test_a_seeded_block_draws_what_its_seed_says_and_gives_the_state_back(end: type | None) -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(0)
    after = torch.rand(2)
    torch.manual_seed(0)
    with contextlib.suppress(RuntimeError), seeded(1, torch.device("cpu")):
        assert torch.equal(torch.rand(2), expected)
        if end:
            raise end
    assert torch.equal(torch.rand(2), after)


def test_outputs_are_static_where_the_switch_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENLIB_STATIC", "0")
    assert not static_output()
    monkeypatch.setenv("GENLIB_STATIC", "1")
    assert static_output()


def test_import_brings_torch_only() -> None:
    late = [
        "torchvision",
        "matplotlib",
        "ipywidgets",
        "sklearn",
        "safetensors",
        "tqdm",
        "numpy",
        "typer",
    ]
    code = (
        "import sys, torch; before = set(sys.modules); import genlib, genlib.latent, genlib.gans;"
        f"print([m for m in {late} if m in set(sys.modules) - before])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
