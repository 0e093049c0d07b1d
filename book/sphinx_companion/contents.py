"""The table of contents: which chapters the book has, in order, and in which part each stands."""

from __future__ import annotations

from pathlib import Path

import yaml

CONTENTS = "_toc.yml"
FOLDER = "chapters/"


def listed(contents: Path) -> list[tuple[str, str]]:
    """Return each chapter as the caption of its part and its name, such as ``why/tools``."""
    parts = yaml.safe_load(contents.read_text("utf8"))["parts"]
    files = [(part["caption"], entry["file"]) for part in parts for entry in part["chapters"]]
    return [
        (caption, file.removeprefix(FOLDER)) for caption, file in files if file.startswith(FOLDER)
    ]
