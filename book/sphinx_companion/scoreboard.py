"""The table of trained results: one row for each number on the card of a stored model."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from book.sphinx_companion.markup import MarkdownDirective, table

WEIGHTS = "data/weights"
HEADER = ("Model", "Measured", "Value", "Steps", "Minutes", "Trained on", "Trained again by")


class Scoreboard(MarkdownDirective):
    """`{scoreboard}`: the table of what our stored models reached."""

    def markdown(self) -> str:
        """Return the table, or a sentence where no model is stored yet."""
        found = sorted((self.root / WEIGHTS).glob("*.json"))
        self.read(*(f"{WEIGHTS}/{path.name}" for path in found))
        return cards_table(load_cards(found)) if found else "No trained model is stored yet."


def load_cards(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the cards in these files."""
    return [json.loads(path.read_text("utf8")) for path in paths]


def cards_table(cards: Iterable[dict[str, Any]]) -> str:
    """Return one row for each metric of each card."""
    return table(HEADER, [row for card in cards for row in _rows(card)])


def _rows(card: dict[str, Any]) -> list[tuple[str, ...]]:
    made = (f"{card['steps']:,}", f"{card['minutes']:.1f}", card["hardware"], f"`{card['recipe']}`")
    return [(f"`{card['name']}`", name, f"{v:.2f}", *made) for name, v in card["metrics"].items()]
