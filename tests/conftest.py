"""What tests in several folders share."""

import pytest

from genlib.data import Images, load
from genlib.recipes.shared import likelihood


@pytest.fixture(scope="session")
def digits() -> dict[str, Images]:
    """Return 64 images of each split."""
    return {split: load("mnist", split)[:64] for split in ("train", "validation", "test")}


@pytest.fixture
def few_digits(digits: dict[str, Images], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let recipes see a few images of each split only."""
    monkeypatch.setattr(likelihood, "load", lambda name, split="train": digits[split])
