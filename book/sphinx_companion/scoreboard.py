"""The tables of trained results, made from the cards of the stored models."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from book.sphinx_companion.markup import MarkdownDirective, table

WEIGHTS = "data/weights"
Card = dict[str, Any]


class Scoreboard(MarkdownDirective):
    """`{scoreboard}`: what our stored models reached, how they were made, what to know of them."""

    def markdown(self) -> str:
        """Return two tables and the notes, or a sentence where no model is stored yet."""
        found = sorted((self.root / WEIGHTS).glob("*.json"))
        self.read(*(f"{WEIGHTS}/{path.name}" for path in found))
        cards = load_cards(found)
        if not cards:
            return "No trained model is stored yet."
        return "\n\n".join([results(cards), makings(cards), notes(cards)])


def load_cards(paths: Iterable[Path]) -> list[Card]:
    """Return the cards in these files."""
    return [json.loads(path.read_text("utf8")) for path in paths]


def results(cards: Iterable[Card]) -> str:
    """Return a table with a row for each metric of each card."""
    rows = [
        (f"`{card['name']}`", measured, f"{value:.2f}")
        for card in cards
        for measured, value in card["metrics"].items()
    ]
    return table(("Model", "Measured", "Value"), rows)


def makings(cards: Iterable[Card]) -> str:
    """Return a table of what the training took and of the command that repeats it."""
    rows = [
        (
            f"`{card['name']}`",
            f"{card['steps']:,}",
            f"{card['minutes']:.1f}",
            card["hardware"],
            f"`{card['recipe']}`",
        )
        for card in cards
    ]
    return table(("Model", "Steps", "Minutes", "On", "Trained again by"), rows)


def notes(cards: Iterable[Card]) -> str:
    """Return the remarks on the cards, as a list."""
    return "\n".join(f"- `{card['name']}`: {card['notes']}" for card in cards if card["notes"])
