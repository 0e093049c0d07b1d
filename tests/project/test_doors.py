"""Which room of genlib may import which: doors open one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "genlib"

# What stands on torch alone, from the bottom up, and what each may use of the ones before.
FOUNDATIONS = {
    "suggest": set(),
    "runtime": set(),
    "player": set(),
    "model": {"player"},
    "storage": set(),
    "divergences": set(),
    "estimators": set(),
    "nn": {"suggest"},
    "transforms": {"nn"},
    "likelihoods": {"model", "nn", "suggest"},
    "history": {"storage", "suggest"},
}
FAMILIES = {
    "autoencoders",
    "autoregressive",
    "diffusion",
    "energy",
    "flows",
    "gans",
    "hybrids",
    "latent",
}
FOR_FAMILIES = set(FOUNDATIONS) - {"runtime", "storage"}
TOOLS = {
    "coding": {"likelihoods", "model", "nn", "runtime", "storage", "suggest"},
    "data": {"runtime", "storage", "suggest"},
    "exercises": set(),
    "training": {"history", "model", "player", "runtime", "storage", "suggest"},
    "zoo": {"data", "runtime", "storage", "suggest"},
    "show": {"history", "nn", "runtime", "storage"},
    "metrics": {"data", "divergences", "likelihoods", "model", "nn", "player", "runtime", "zoo"},
    "__init__": {"history", "model", "runtime", "training"},
}
GAMES = {"translation": FOR_FAMILIES | {"gans"}}  # it plays by the losses of the GANs
BELOW = FOUNDATIONS | dict.fromkeys(FAMILIES, FOR_FAMILIES) | GAMES | TOOLS
ON_TOP = {  # they tie things together, and nothing below may know them
    "recipes": set(BELOW),
    "cli": {*BELOW, "recipes"},
    "__main__": {"cli"},
}
ALLOWED = BELOW | ON_TOP
MOST_LOOSE = 10


def imported(file: Path) -> Iterator[str]:
    """Yield every module of genlib that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("genlib"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("genlib"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms(file: Path) -> set[str]:
    """Return the rooms that a file opens a door to."""
    found = set()
    for module in imported(file):
        first = (*module.split("."), "")[1]
        known = (ROOT / first).is_dir() or (ROOT / f"{first}.py").exists()
        found.add(first if first and known else "__init__")  # a name such as genlib.fit
    return found


def room(file: Path) -> str:
    return file.relative_to(ROOT).with_suffix("").parts[0]


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_doors_open_one_way(file: Path) -> None:
    place = room(file)
    assert place in ALLOWED, f"{place} is a new room: say here what it may import"
    wrong = rooms(file) - ALLOWED[place] - {place}
    assert not wrong, f"{place} must not know {sorted(wrong)}"


def test_few_modules_lie_loose() -> None:
    loose = [file.stem for file in ROOT.glob("*.py") if not file.stem.startswith("__")]
    assert len(loose) <= MOST_LOOSE, sorted(loose)
