"""Tables made from data."""

from pathlib import Path

import pytest
import yaml
from docutils.parsers.rst import DirectiveError

from book.sphinx_companion.markup import MarkdownDirective, table
from book.sphinx_companion.scoreboard import (
    BITS,
    DISTANCE,
    NATS,
    PUBLISHED,
    WEIGHTS,
    best_first,
    listed,
    measurements,
    notes,
    our_row,
    published_row,
)
from book.sphinx_companion.seeds import shifts_table
from book.sphinx_companion.timings import times_table

ROOT = Path(__file__).parents[2]
CARD = {
    "name": "vae",
    "steps": 300_000,
    "minutes": 12.25,
    "hardware": "one GPU",
    "objective": "ELBO",
    "parameters": 945_504,
    "notes": "Averaged weights.",
    "metrics": {
        "test ELBO, nats": -90.5,
        "test bound, 5,000 draws, nats, first 1,000 images": -86.4321,
    },
}
ENTRY = {"cpus": 2, "python": "3.11.2", "torch": "2.15.0", "genlib": "0.1.0", "library": "3f6c"}


def test_a_table_keeps_bars_and_line_ends_inside_their_cells():
    assert table(("a", "b"), [("x|y", "two\nlines")]) == (
        "| a | b |\n| --- | --- |\n| x\\|y | two lines |"
    )


def test_a_row_of_ours_says_size_objective_budget_and_what_was_measured():
    assert our_row(CARD) == (
        ("**`vae`**", "0.95 M parameters"),
        ("\N{MINUS SIGN}86.43", "bound, 5,000 draws, first 1,000 images"),
        ("ELBO", "300,000 steps, 12 min on one GPU"),
    )


def test_a_number_on_all_images_is_bold_since_it_compares_with_published_ones():
    whole = {**CARD, "metrics": {"test bound, 5,000 draws, nats, 10,000 images": -87.4}}
    assert our_row(whole)[1] == (
        "**\N{MINUS SIGN}87.40**",
        "bound, 5,000 draws, 10,000 images",
    )


def test_every_card_that_a_table_names_is_there():
    kinds = yaml.safe_load((ROOT / PUBLISHED).read_text("utf8")).values()
    named = {name for kind in kinds for name in kind["cards"]}
    assert named <= {path.stem for path in (ROOT / WEIGHTS).glob("*.json")}


def test_the_best_of_ours_stands_first():
    better = {**CARD, "name": "iwae", "metrics": {"test ELBO, nats": -80, "test bound": -85.0}}
    assert [card["name"] for card in best_first([CARD, better])] == ["iwae", "vae"]


def test_the_fewest_bits_stand_first():
    worse = {**CARD, "name": "nice", "metrics": {"test bits/dim, one draw, 10,000 images": 2.0}}
    better = {**worse, "name": "glow", "metrics": {"test bits/dim, one draw, 10,000 images": 1.2}}
    assert [card["name"] for card in best_first([worse, better], BITS)] == ["glow", "nice"]
    assert our_row(better)[1] == ("**1.20**", "one draw, 10,000 images")


def test_a_table_counts_nats_bits_or_a_distance():
    kinds = yaml.safe_load((ROOT / PUBLISHED).read_text("utf8")).values()
    assert {kind.get("unit", NATS) for kind in kinds} == {NATS, BITS, DISTANCE}


def test_a_published_row_names_its_source_and_the_budget_where_it_is_known():
    row = {"model": "VAE", "objective": "ELBO", "number": -86.76, "measured": "bound"}
    row["source"] = "burda2016iwae"
    published = (("VAE", "{cite:t}`burda2016iwae`"), ("\N{MINUS SIGN}86.76", "bound"))
    assert published_row(row) == (*published, ("ELBO",))
    assert published_row({**row, "budget": "a day"}) == (*published, ("ELBO", "a day"))


def test_cells_of_a_listed_table_may_have_several_lines():
    assert listed(("A", "B"), [(("a", "more"), ("b",))]).splitlines()[4:] == [
        "* - A",
        "  - B",
        "* - a",
        "",
        "    more",
        "  - b",
        "```",
    ]


def test_published_results_have_a_source_in_the_bibliography():
    sources = {
        row["source"]
        for kind in yaml.safe_load((ROOT / PUBLISHED).read_text("utf8")).values()
        for row in kind["rows"]
    }
    bibliography = (ROOT / "references.bib").read_text("utf8")
    assert all(f"{{{source}," in bibliography for source in sources)


def test_every_number_of_every_card_is_listed():
    assert measurements([CARD]).splitlines()[2:] == [
        "| `vae` | test ELBO, nats | \N{MINUS SIGN}90.50 |",
        "| `vae` | test bound, 5,000 draws, nats, first 1,000 images | \N{MINUS SIGN}86.43 |",
    ]


def test_remarks_are_listed_where_there_are_some():
    assert notes([CARD, {**CARD, "name": "plain", "notes": ""}]) == "- `vae`: Averaged weights."


def test_times_are_listed_and_added_up():
    record = {"latent/a": {"seconds": 41.25, **ENTRY}, "latent/b": {"seconds": 8.5, **ENTRY}}
    rows = times_table(record).splitlines()[2:]
    assert rows[0] == "| {doc}`/chapters/latent/a` | 41.2 | 2 | 3.11.2 | 2.15.0 | 0.1.0 | `3f6c` |"
    assert rows[-1] == "| **Together** | **49.8** |  |  |  |  |  |"


def test_shifts_are_columns_and_an_outcome_is_the_number_of_cells_that_failed():
    known = {
        "latent/a": {"library": "3f6c", "shifts": {"11": [], "2": ["a-007", "a-011"]}},
        "latent/b": {"library": "3f6c", "shifts": {"11": ["b-001"]}},
    }
    assert shifts_table(known).splitlines() == [
        "| Chapter | + 2 | + 11 |",
        "| --- | --- | --- |",
        "| {doc}`/chapters/latent/a` | 2 | 0 |",
        "| {doc}`/chapters/latent/b` |  | 1 |",
    ]


def test_an_unknown_entry_is_an_error_that_names_the_nearest():
    directive = MarkdownDirective.__new__(MarkdownDirective)
    directive.name, directive.arguments = "lecture", ["gross2018"]
    with pytest.raises(DirectiveError) as error:
        directive.entry({"grosse2018": 1, "li2022": 2})
    assert "{lecture}: there is no 'gross2018'; did you mean 'grosse2018'?" in error.value.msg
    directive.arguments = ["li2022"]
    assert directive.entry({"grosse2018": 1, "li2022": 2}) == 2
