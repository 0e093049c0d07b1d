"""What became of each mutant, kept so that a stopped run goes on where it was."""

import json
from pathlib import Path

from book.notebooks.paths import Book


class Results:
    """Outcomes by a mutant's key, in ``_build/mutants.json``."""

    def __init__(self, book: Book) -> None:
        """Read what is known."""
        self.path: Path = book.root / "_build" / "mutants.json"
        known = self.path.exists()
        self.outcomes: dict[str, str] = json.loads(self.path.read_text("utf-8")) if known else {}

    def __contains__(self, key: str) -> bool:
        """Whether a mutant has been run, with this code of chapter and file."""
        return key in self.outcomes

    def __getitem__(self, key: str) -> str:
        """Return what became of it."""
        return self.outcomes[key]

    def keep(self, key: str, outcome: str) -> None:
        """Note an outcome, on disk at once."""
        self.outcomes[key] = outcome
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.outcomes, indent=1) + "\n", "utf-8")
