"""Whatever the README tells a reader to type works: commands are run in CI, its Python here."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BLOCK = r"^```{language}\n(.*?)^```"


def blocks(language):
    """The README's blocks in one language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(BLOCK.format(language=language), text, re.MULTILINE | re.DOTALL)


def commands():
    """The lines of the README's shell blocks."""
    return [line for block in blocks("bash") for line in block.splitlines()]


def run_in_ci():
    """The lines of .ci/run and of every workflow's steps."""
    steps = [
        step.get("run", "")
        for path in WORKFLOWS
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        for step in job["steps"]
    ]
    scripts = [(ROOT / ".ci" / "run").read_text(encoding="utf-8"), *steps]
    return {line.strip() for script in scripts for line in script.splitlines()}


def test_readme_has_commands():
    assert {"make book", "make test"} <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_command_is_run_in_ci(command):
    assert command in run_in_ci()


def test_python_runs():
    (code,) = blocks("python")
    names = {}
    exec(code.replace("steps=2000", "steps=2"), names)
    assert names["digits"].shape == (64, 1, 28, 28)
    assert len(names["history"]["loss"]) > 0
