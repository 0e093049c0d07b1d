"""Tables made from data."""

import json

from book.sphinx_companion.markup import table
from book.sphinx_companion.scoreboard import load_cards, makings, notes, results
from book.sphinx_companion.timings import times_table

CARD = {
    "name": "vae",
    "steps": 300_000,
    "minutes": 12.25,
    "hardware": "one GPU",
    "recipe": "python -m genlib.recipes.vae",
    "notes": "Averaged weights.",
    "metrics": {"test bound, K = 5000, nats": -86.4321, "test ELBO, nats": -90.5},
}
ENTRY = {"cpus": 2, "python": "3.11.2", "torch": "2.15.0", "genlib": "0.1.0", "library": "3f6c"}


def test_a_table_keeps_bars_and_line_ends_inside_their_cells():
    assert table(("a", "b"), [("x|y", "two\nlines")]) == (
        "| a | b |\n| --- | --- |\n| x\\|y | two lines |"
    )


def test_the_scoreboard_has_a_row_for_each_metric(tmp_path):
    path = tmp_path / "vae.json"
    path.write_text(json.dumps(CARD))
    assert results(load_cards([path])).splitlines()[2:] == [
        "| `vae` | test bound, K = 5000, nats | -86.43 |",
        "| `vae` | test ELBO, nats | -90.50 |",
    ]


def test_the_scoreboard_says_how_a_model_was_made():
    row = "| `vae` | 300,000 | 12.2 | one GPU | `python -m genlib.recipes.vae` |"
    assert makings([CARD]).splitlines()[2:] == [row]


def test_remarks_are_listed_where_there_are_some():
    assert notes([CARD, {**CARD, "name": "plain", "notes": ""}]) == "- `vae`: Averaged weights."


def test_times_are_listed_and_added_up():
    record = {"latent/a": {"seconds": 41.25, **ENTRY}, "latent/b": {"seconds": 8.5, **ENTRY}}
    rows = times_table(record).splitlines()[2:]
    assert rows[0] == "| {doc}`/chapters/latent/a` | 41.2 | 2 | 3.11.2 | 2.15.0 | 0.1.0 |"
    assert rows[-1] == "| **Together** | **49.8** |  |  |  |  |"
