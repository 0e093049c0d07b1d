"""What is committed is about this project only, whole, and small enough to clone on a train."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDORED = "book/mathjax/"
TEXT = {".cff", ".css", ".js", ".md", ".py", ".sh", ".toml", ".txt", ".yml", ".yaml", ".ipynb", ""}
MOST_MEGABYTES = 60

UNWANTED = {
    "a path on somebody's machine": r"(?<![\w.])/(home|Users|root)/(?!somebody)\w+|C:\\Users",
    "a folder of a run that is over": r"/tmp/tmp\w+",
    "a package index of one's own": r"--(extra-)?index-url|--find-links|\bPIP_[A-Z_]+=",
    "a note to oneself": r"\b(TODO|FIXME|XXX)\b",
    "an unfinished merge": r"^(<{7}|>{7}) ",
}


def committed():
    """The committed files, or those of the folder where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def written_here(path):
    """Whether a file is text of ours; this one spells out what it forbids."""
    name = path.relative_to(ROOT).as_posix()
    return path.suffix in TEXT and not name.startswith(VENDORED) and path != Path(__file__)


@pytest.mark.parametrize("kind", UNWANTED)
def test_text_is_free_of(kind):
    pattern = re.compile(UNWANTED[kind], re.MULTILINE)
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed()
        if path.is_file() and written_here(path)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_checkout_is_small():
    megabytes = sum(path.stat().st_size for path in committed() if path.is_file()) / 1e6
    assert megabytes < MOST_MEGABYTES


LIST_MARK = re.compile(r"\s*([-+*]|\d+[.)]) ")
CODE = re.compile(r"`[^`]*`")


def cut_formulas(text):
    """Lines that begin a list for Markdown and go on with a formula for us."""
    fenced = is_open = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if fenced or not line.strip():
            is_open = False
            continue
        if is_open and LIST_MARK.match(line):
            yield line
        is_open ^= CODE.sub("", line).replace(r"\$", "").count("$") % 2 == 1


def test_a_cut_formula_is_found():
    assert list(cut_formulas("Take $a\n- b$ of\n+ all\n\n- and $c$\n- more")) == ["- b$ of"]


def test_no_formula_is_cut_by_a_line_that_begins_a_list():
    pages = [path for path in committed() if path.suffix == ".md" and path.is_file()]
    found = {
        f"{path.relative_to(ROOT)}: {line}"
        for path in pages
        for line in cut_formulas(path.read_text(encoding="utf-8"))
    }
    assert found == set()
