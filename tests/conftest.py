"""What tests in several folders share; imports are made late, for some tests look at them."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from genlib.data import Images


@pytest.fixture(scope="session")
def digits() -> "dict[str, Images]":
    """Return 64 images of each split."""
    from genlib.data import load

    return {split: load("mnist", split)[:64] for split in ("train", "validation", "test")}


@pytest.fixture
def few_digits(digits: "dict[str, Images]", monkeypatch: pytest.MonkeyPatch) -> None:
    """Let recipes see a few images of each split only."""
    from genlib.recipes import digit_classifier
    from genlib.recipes.experiments import density, exact, likelihood, offered

    for module in (density, digit_classifier, exact, likelihood, offered):
        monkeypatch.setattr(module, "load", lambda name, split="train": digits[split])
