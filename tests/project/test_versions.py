"""The version stands in three places, and they agree; so do the two lists of requirements."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def names(*files):
    """The packages that requirements files name, spelt alike."""
    lines = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files).splitlines()
    found = [re.match(r"[A-Za-z][\w.-]*", line) for line in lines]
    return {normal(name[0]) for name in found if name}


def normal(name):
    """A package's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_citation_and_changelog_name_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["version"] == PROJECT["version"]
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == PROJECT["version"]


def test_every_direct_requirement_has_an_exact_version_too():
    package = {normal(re.match(r"[\w.-]+", line)[0]) for line in PROJECT["dependencies"]}
    direct = names("requirements.txt", "tests/browser/requirements.txt")
    assert (package | direct) - names("constraints.txt") == set()
