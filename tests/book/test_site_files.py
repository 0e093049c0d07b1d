"""What the pages load is in the repository, and what the book lists exists."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from book.sphinx_companion.scripts import drop_thebe

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
SPHINX = CONFIG["sphinx"]["config"]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
MATHJAX = (ROOT / "book" / "mathjax" / SPHINX["mathjax_path"].removeprefix("../")).parent
CSS = (ROOT / "book" / "css" / "companion.css").read_text("utf8")


def listed(entries):
    """Every file of the table of contents."""
    for entry in entries:
        yield from [entry["file"]] if "file" in entry else []
        yield from listed(entry.get("chapters", []) + entry.get("sections", []))


def test_every_listed_page_exists_and_every_chapter_is_listed():
    files = [TOC["root"], *listed(TOC["parts"])]
    assert all((ROOT / f"{name}.md").exists() for name in files)
    assert len(set(files)) == len(files)
    chapters = {f"chapters/{p.parent.name}/{p.stem}" for p in ROOT.glob("chapters/*/*.md")}
    assert chapters == {name for name in files if name.startswith("chapters/")}


def test_titles_hold_no_numbers_of_their_own():
    titles = [(ROOT / f"{name}.md").read_text("utf8") for name in listed(TOC["parts"])]
    assert not [title for title in titles if re.search(r"^# (Chapter )?\d", title, re.M)]


def test_mathjax_is_whole():
    script = (MATHJAX / SPHINX["mathjax_path"].rpartition("/")[2]).read_text("utf8")
    fonts = set(re.findall(r"MathJax_[A-Za-z0-9]+-[A-Za-z]+(?=\.woff)", script))
    here = {path.stem for path in (MATHJAX / "output/chtml/fonts/woff-v2").glob("*.woff")}
    assert fonts, "the script no longer names its fonts"
    assert fonts <= here
    assert "Apache License" in (MATHJAX / "LICENSE").read_text("utf8")


@pytest.mark.parametrize(
    "macro", ["boldsymbol", "cancel", "color", "enclose", "bbox", "braket", "verb", "unicode"]
)
def test_macros_that_load_on_first_use_are_here(macro):
    assert (MATHJAX / "input/tex/extensions" / f"{macro}.js").exists()


def test_styles_and_scripts_load_nothing_from_outside():
    for path in [*(ROOT / "book/css").iterdir(), *(ROOT / "book/js").iterdir()]:
        text = path.read_text("utf8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import", text), path


def test_the_address_stands_once_and_is_a_placeholder_or_stamped():
    text = (ROOT / "_config.yml").read_text("utf8")
    assert text.count(CONFIG["repository"]["url"]) == 1
    assert CONFIG["repository"]["branch"] == "colab"


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def theme(name):
    """The book's own colours in one theme."""
    block = re.search(rf'html\[data-theme="{name}"\] {{(.*?)}}', CSS, re.S)[1]
    return dict(re.findall(r"--companion-([\w-]+): (#[0-9a-f]{6})", block))


def test_contrast_of_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("name", "page"), [("light", "#ffffff"), ("dark", "#121212")])
@pytest.mark.parametrize("box", ["glance", "predict", "misconception", "statement"])
def test_boxes_can_be_read(name, page, box):
    colours = theme(name)
    ground = colours[f"{box}-ground"]
    assert contrast(colours[box], ground) >= 4.5
    assert contrast(colours["link"], ground) >= 4.5
    assert contrast(colours["link"], page) >= 4.5


def test_bibliography_keys_are_author_year_word():
    text = (ROOT / "references.bib").read_text("utf8")
    keys = re.findall(r"^@\w+{(.*),$", text, re.M)
    assert len(set(keys)) == len(keys)
    assert not [key for key in keys if not re.fullmatch(r"[a-z]+\d{4}[a-z]\w*", key)]


def test_every_paper_has_an_address():
    entries = (ROOT / "references.bib").read_text("utf8").split("\n@")[1:]
    papers = [entry for entry in entries if "Lecture slides" not in entry]
    assert not [p for p in papers if not re.search(r"^  (doi|url) +=", p, re.M)]


def test_thebe_is_dropped_and_other_scripts_stay():
    body = SimpleNamespace(filename="", attributes={"body": "const THEBE_JS_URL = 1"})
    script = SimpleNamespace(filename="_static/sphinx-thebe.js", attributes={})
    kept = SimpleNamespace(filename="_static/companion.js", attributes={})
    context = {"script_files": [body, kept, script], "css_files": ["_static/companion.css"]}
    drop_thebe(None, "index", "page.html", context, None)
    assert context == {"script_files": [kept], "css_files": ["_static/companion.css"]}
