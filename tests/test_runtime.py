"""Devices, seeds, budgets, and the price of an import."""

import contextlib
import random
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
    with pytest.raises(ValueError, match=r"budget\(None, cpu=0"):
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


def test_one_budget_for_every_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENLIB_SMOKE", raising=False)
    assert genlib.budget(40) == 40
    monkeypatch.setattr("genlib.runtime.default_device", lambda: torch.device("cuda"))
    assert (genlib.budget(40), genlib.budget(cpu=7, gpu=100)) == (40, 100)
    monkeypatch.setenv("GENLIB_SMOKE", "1")
    assert (genlib.budget(40), genlib.budget(2)) == (3, 2)


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        ((), {}),
        ((0,), {}),
        ((-1,), {}),
        ((), {"cpu": 3}),
        ((), {"gpu": 3}),
        ((5,), {"cpu": 3}),
        ((5,), {"cpu": 3, "gpu": 3}),
        ((), {"cpu": 3, "gpu": 0}),
    ],
)
def test_half_a_budget_or_two_are_refused(steps: tuple, options: dict) -> None:
    with pytest.raises(ValueError, match=r"wanted budget\(n\) or budget\(cpu=n, gpu=m\)"):
        genlib.budget(*steps, **options)


def test_a_generator_of_its_own() -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    draws = [torch.rand(3, generator=genlib.generator(5)) for _ in range(2)]
    assert torch.equal(*draws)
    assert torch.equal(draws[0], torch.rand(3, generator=torch.Generator().manual_seed(5)))
    assert torch.equal(torch.rand(2), expected)


def test_a_shift_changes_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def draws(seed: int) -> tuple:
        genlib.seed(seed)
        own = torch.rand(3, generator=genlib.generator(seed)).tolist()
        return random.random(), np.random.rand(), torch.rand(()).item(), *own

    plain = draws(5)
    monkeypatch.setenv("GENLIB_SEED_SHIFT", "3")
    assert draws(2) == plain
    assert draws(5) != plain


def test_a_shift_changes_the_seed_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slope(genlib.Model):
        def __init__(self) -> None:
            super().__init__()
            self.x = torch.nn.Parameter(torch.zeros(4))

        def loss(self, batch: torch.Tensor) -> torch.Tensor:
            return (self.x - torch.randn(4)).square().sum()

    def trained(seed: int) -> list[float]:
        model = Slope()
        genlib.fit(model, torch.ones(4, 1), steps=3, seed=seed, device="cpu", progress=False)
        return model.x.tolist()

    plain = trained(5)
    monkeypatch.setenv("GENLIB_SEED_SHIFT", "3")
    assert trained(2) == plain
    assert trained(5) != plain


@pytest.mark.parametrize("shift", ["-1", "1.5", "one"])
def test_a_shift_that_is_no_number_is_refused(shift: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENLIB_SEED_SHIFT", shift)
    with pytest.raises(ValueError, match=f"GENLIB_SEED_SHIFT='{shift}', wanted a whole number"):
        genlib.seed(0)
