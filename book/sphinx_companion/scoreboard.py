"""What our trained models reached: beside published results, and card by card.

Published results are data, `book/published.yml`, which says what it holds. Ours come from the cards
beside the stored weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from book.sphinx_companion.markup import MarkdownDirective, table

WEIGHTS = "data/weights"
PUBLISHED = "book/published.yml"
NATS, BITS = "Nats an image", "Bits a dimension"  # of which more, or fewer, are better
DISTANCE = "Fréchet distance"  # of samples from data; less is better
Card = dict[str, Any]
Row = tuple[tuple[str, ...], ...]  # cells, each of one or more lines


class CardDirective(MarkdownDirective):
    """A directive that reads the cards."""

    def cards(self) -> list[Card]:
        """Return the cards of the stored models."""
        found = sorted((self.root / WEIGHTS).glob("*.json"))
        paths = self.read(*(f"{WEIGHTS}/{path.name}" for path in found))
        return [json.loads(path.read_text("utf8")) for path in paths]


class Scoreboard(CardDirective):
    """`{scoreboard} KEY`: ours of one kind, then the published results of the same kind."""

    required_arguments = 1

    def markdown(self) -> str:
        """Return the table, each part with the best first."""
        (path,) = self.read(PUBLISHED)
        kind = self.entry(yaml.safe_load(path.read_text("utf8")))
        cards = [card for card in self.cards() if card["name"] in kind["cards"]]
        unit = kind.get("unit", NATS)
        ours = map(our_row, best_first(cards, unit))
        return listed(("Model", unit, "Training"), [*ours, *map(published_row, kind["rows"])])


class Cards(CardDirective):
    """`{cards}`: every number of every card, and what to know of the models."""

    def markdown(self) -> str:
        """Return a table and the notes, or a sentence where no model is stored yet."""
        cards = self.cards()
        if not cards:
            return "No trained model is stored yet."
        return f"{measurements(cards)}\n\n{notes(cards)}"


def best_first(cards: Iterable[Card], unit: str = NATS) -> list[Card]:
    """Return the cards by the number to quote: the most nats, or the fewest bits, first."""
    return sorted(cards, key=lambda card: quoted(card)[1], reverse=unit == NATS)


def quoted(card: Card) -> tuple[str, float]:
    """Return the number of a card that is to be quoted, which is its last, and what it is."""
    return list(card["metrics"].items())[-1]


def our_row(card: Card) -> Row:
    """Return the row of a card; bold is a number on all images, as the published ones are."""
    measured, value = quoted(card)
    number = signed(value) if "first" in measured else f"**{signed(value)}**"
    size = f"{card['parameters'] / 1e6:.2f} M parameters"
    time = f"{card['steps']:,} steps, {card['minutes']:.0f} min"
    return (
        (f"**`{card['name']}`**", size),
        (number, measured.removeprefix("test ").replace("nats, ", "").replace("bits/dim, ", "")),
        (card["objective"], f"{time} on {card['hardware']}"),
    )


def published_row(row: dict[str, Any]) -> Row:
    """Return the row of a published result."""
    training = (row["objective"], row["budget"]) if "budget" in row else (row["objective"],)
    return (
        (row["model"], f"{{cite:t}}`{row['source']}`"),
        (signed(row["number"]), row["measured"]),
        training,
    )


def signed(value: float) -> str:
    """Return a number with two decimals and, if it is negative, a minus sign that is one."""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def listed(header: Iterable[str], rows: Iterable[Row], kind: str = "scoreboard") -> str:
    """Return a table whose cells may have several lines; the style sheet knows its kind."""
    lines = ["```{list-table}", f":class: {kind}", ":header-rows: 1", ""]
    for row in [tuple((name,) for name in header), *rows]:
        for number, cell in enumerate(row):
            marker = "* -" if number == 0 else "  -"
            lines.append(f"{marker} " + "\n\n    ".join(cell))
    return "\n".join([*lines, "```"])


def measurements(cards: Iterable[Card]) -> str:
    """Return a table with a row for each metric of each card."""
    rows = [
        (f"`{card['name']}`", measured, signed(value))
        for card in cards
        for measured, value in card["metrics"].items()
    ]
    return table(("Model", "Measured", "Value"), rows)


def notes(cards: Iterable[Card]) -> str:
    """Return the remarks on the cards, as a list."""
    return "\n".join(f"- `{card['name']}`: {card['notes']}" for card in cards if card["notes"])
