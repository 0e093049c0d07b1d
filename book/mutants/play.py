"""Running a chapter on a mutant."""

import os
import tempfile
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from book.mutants.mutant import Mutant
from book.notebooks.execute import CELL_TIMEOUT
from book.notebooks.source import read_source

SURVIVED = "survived"


def play(mutant: Mutant) -> str:
    """Run the chapter until a check fails; say which cell that was, or ``SURVIVED``."""
    failed: list[str] = []
    client = NotebookClient(
        read_source(mutant.chapter),
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        on_cell_error=lambda cell, **_: failed.append(cell.id),
        resources={"metadata": {"path": str(mutant.chapter.source.parent)}},
    )
    with tempfile.TemporaryDirectory() as folder:
        mutant.plant(Path(folder))
        # what PYTHONPATH names comes before an editable install
        environment = {**os.environ, "GENLIB_STATIC": "1", "PYTHONPATH": folder}
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            return f"{error.ename} in {failed[-1]}"
        except (CellTimeoutError, DeadKernelError) as error:
            return type(error).__name__
    return SURVIVED
