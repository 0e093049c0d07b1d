"""What the book asks of Sphinx beyond its published extensions: one module for each idea."""

from __future__ import annotations

from typing import TYPE_CHECKING

from book.sphinx_companion import (
    api,
    chapter_map,
    gan_tree,
    lectures,
    outputs,
    scoreboard,
    scripts,
    seeds,
    students,
    teaching,
    timings,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Register events and directives."""
    api.setup(app)
    outputs.setup(app)
    scripts.setup(app)
    students.setup(app)
    app.add_directive("chapter-map", chapter_map.ChapterMap)
    app.add_directive("gan-tree", gan_tree.GanTree)
    app.add_directive("gan-table", gan_tree.GanTable)
    app.add_directive("lecture", lectures.LectureTable)
    app.add_directive("deck-chapters", lectures.DeckChapters)
    app.add_directive("scoreboard", scoreboard.Scoreboard)
    app.add_directive("cards", scoreboard.Cards)
    app.add_directive("execution-times", timings.ExecutionTimes)
    app.add_directive("shifted-seeds", seeds.ShiftedSeeds)
    app.add_directive("exercise-bank", teaching.ExerciseBank)
    app.add_directive("reading-times", teaching.ReadingTimes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
