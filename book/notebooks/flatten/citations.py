"""Works from `references.bib`, as a reader wants them: authors, year, link."""

from pathlib import Path

from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text

from book.notebooks.flatten.references import Citation


def read_citations(bibliography: Path) -> dict[str, Citation]:
    """Every entry of a BibTeX file, by key."""
    if not bibliography.exists():
        return {}
    entries = parse_file(bibliography, bib_format="bibtex").entries
    return {key: _citation(entry) for key, entry in entries.items()}


def _citation(entry: Entry) -> Citation:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [_last_name(person) for person in people] or [_plain(entry.fields.get("title", ""))]
    return Citation(_authors(names), entry.fields.get("year", "n.d."), _link(entry))


def _last_name(person: Person) -> str:
    return _plain(" ".join(person.prelast_names + person.last_names))


def _authors(names: list[str]) -> str:
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)


def _link(entry: Entry) -> str:
    if "doi" in entry.fields:
        return f"https://doi.org/{entry.fields['doi']}"
    if "eprint" in entry.fields:
        return f"https://arxiv.org/abs/{entry.fields['eprint']}"
    return entry.fields.get("url", "")


def _plain(latex: str) -> str:
    return str(Text.from_latex(latex))
