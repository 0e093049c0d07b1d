"""What became of each mutant, kept so that a stopped run goes on where it was."""

import json
from pathlib import Path

from book.notebooks.paths import Book


class Results:
    """Outcomes by a mutant's key, in ``_build/mutants.json``; runs side by side may share it."""

    def __init__(self, book: Book) -> None:
        """Say where they are."""
        self.path: Path = book.root / "_build" / "mutants.json"

    def known(self) -> dict[str, str]:
        """Return every outcome that is known by now."""
        return json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}

    def keep(self, key: str, outcome: str) -> None:
        """Note an outcome, on disk at once."""
        outcomes = self.known() | {key: outcome}
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(outcomes, indent=1) + "\n", "utf-8")
