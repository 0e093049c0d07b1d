"""The folder of a run: who may write into it."""

from collections.abc import Iterable
from pathlib import Path

NOTE = "command.txt"  # what the run in the folder was begun with


def prepare_folder(
    folder: Path, command: str, run: Iterable[Path], results: Iterable[Path]
) -> None:
    """Make ``folder`` ready for what ``command`` begins or goes on with.

    Args:
        folder: made if it is not there.
        command: the command that makes the same result again.
        run: files from which a run goes on.
        results: files that a finished run leaves.

    Raises:
        ValueError: if the folder holds a run of another command, or results without their run.
    """
    note = folder / NOTE
    before = note.read_text(encoding="utf-8").strip() if note.is_file() else command
    begun = any(file.exists() for file in run)
    remedy = "name another folder by --out, or begin anew there by --no-resume"
    if begun and before != command:
        raise ValueError(f"{folder} holds the run of `{before}`, this is `{command}`; {remedy}")
    if not begun and any(file.exists() for file in results):
        raise ValueError(f"{folder} holds results, but no run to go on with; {remedy}")
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(command + "\n", encoding="utf-8")
