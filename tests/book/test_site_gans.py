"""The family tree of GANs has whom the lectures name, and says of each where it comes from."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from book.sphinx_companion.gan_tree import KINDS, SOURCE, Model, branch, load, row, table_of

ROOT = Path(__file__).parents[2]
MODELS = load(ROOT / SOURCE)
BY_KEY = {model.key: model for model in MODELS}
TABLES = {kind: table_of(MODELS, kind) for kind in KINDS}
PAGE = (ROOT / "reference" / "gan-family-tree.md").read_text("utf8")
CITED = re.compile(r"\{cite:t\}`([\w,]+)`")

# Every adversarial network in the decks' text, those included that a slide names by their authors
# or shows by a link: VAE-GAN is "Larsen et al. 2017" in CS 7643, CoGAN one of five faces in a row.
NAMED = {
    "grosse2018csc321": ["GAN", "DCGAN", "VEEGAN", "Chekhov GAN", "Progressive GAN", "CycleGAN"],
    "li2022stor566": [
        *("GAN", "DCGAN", "Conditional GAN", "AC-GAN", "WGAN", "SN-GAN", "BigGAN", "Rob-GAN"),
        *("Fast-GAN", "StyleGAN", "StyleGAN2", "StyleGAN3", "CycleGAN"),
    ],
    "yu2017cs189": [
        *("GAN", "DCGAN", "LAPGAN", "Improved GAN", "Instance noise", "Unrolled GAN"),
        *("Progressive GAN", "Megapixel DCGAN"),
    ],
    "striner2020gans": [
        *("GAN", "BigGAN", "StarGAN", "Progressive GAN", "UNIT", "DCGAN", "CoGAN", "StyleGAN"),
    ],
    "batra2017cs7643": ["GAN", "DCGAN", "BEGAN", "pix2pix", "VAE-GAN", "LAPGAN"],
}
PAIRS = [(deck, name) for deck, names in NAMED.items() for name in names]


@pytest.mark.parametrize(("deck", "name"), PAIRS)
def test_whom_a_deck_names_has_a_row(deck, name):
    assert sum(f"**{name}**, " in table for table in TABLES.values()) == 1


def test_every_row_has_sources_that_the_bibliography_has():
    bibliography = (ROOT / "references.bib").read_text("utf8")
    for model in MODELS:
        (sources,) = CITED.findall("\n".join(row(model, "X")[0]))
        assert tuple(sources.split(",")) == model.cite
        assert all(f"{{{source}," in bibliography for source in model.cite), model.name


def test_every_model_has_one_row_and_the_page_has_every_table():
    rows = [
        name for table in TABLES.values() for name in re.findall(r"\*\*(.+?)\*\*, \d{4}", table)
    ]
    assert sorted(rows) == sorted(model.name for model in MODELS)
    assert re.findall(r"^```\{gan-table\} (\w+)$", PAGE, re.MULTILINE) == list(KINDS)


def test_the_tree_has_everyone_and_leads_to_their_rows():
    tree, tables = "\n".join(branch(MODELS, "")), "\n".join(TABLES.values())
    targets = re.findall(r'href="#(gan-[\w-]+)"', tree)
    assert sorted(targets) == sorted(re.findall(r"\((gan-[\w-]+)\)=", tables))
    assert len(targets) == len(MODELS)
    assert tree.count("<ul>") == tree.count("</ul>")
    assert tree.count("<li>") == tree.count("</li>") == len(MODELS)


def test_nobody_is_older_than_their_parent_and_one_comes_first():
    assert len(BY_KEY) == len(MODELS)
    assert [model.key for model in MODELS if not model.parent] == ["gan"]
    for model in MODELS[1:]:
        assert BY_KEY[model.parent].year <= model.year, model.name
    assert [model.year for model in MODELS] == sorted(model.year for model in MODELS)


def test_each_says_what_it_changes_in_one_sentence():
    for model in MODELS:
        assert model.changes
        assert set(model.changes) <= set(KINDS)
        assert len(set(model.changes)) == len(model.changes)
        assert 20 < len(model.line) < 170, model.name
        assert not model.line.endswith(".")


def test_where_the_book_shows_it_exists():
    for place in (place for model in MODELS for place in model.places):
        if place.startswith("genlib."):
            room, _, name = place.rpartition(".")
            assert hasattr(import_module(room), name), place
        else:
            assert (ROOT / "chapters" / f"{place}.md").exists(), place


def test_a_row_says_source_change_parent_and_place():
    model = Model("A", "a", 2020, ("x2020y", "z2021w"), "b", ("loss", "data"), "it is", ("p/c",))
    assert row(model, "B") == (
        ("(gan-a)=", "**A**, 2020", "{cite:t}`x2020y,z2021w`"),
        ("It is.", "From B. Also data. In this book: {doc}`/chapters/p/c`."),
    )
    first = Model("A", "a", 2020, ("x2020y",), "", ("loss",), "it is")
    assert row(first, "")[1] == ("It is.",)


def test_children_stand_below_their_parent():
    models = [
        Model("A", "a", 2014, ("x",), "", ("loss",), ""),
        Model("B", "b", 2015, ("x",), "a", ("data", "loss"), ""),
    ]
    assert "".join(branch(models, "")) == (
        '<ul><li><a href="#gan-a">A</a> 2014 <span class="loss">loss</span>'
        '<ul><li><a href="#gan-b">B</a> 2015 <span class="data">data</span>, '
        '<span class="loss">loss</span></li></ul></li></ul>'
    )
