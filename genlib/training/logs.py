"""Where the numbers of a run can go while it runs: ``fit(..., log=tensorboard(folder))``."""

import atexit
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def tensorboard(folder: str | Path) -> "EventFile":
    """Return a log that writes TensorBoard's event files into ``folder``.

    ``tensorboard --logdir FOLDER`` shows them, also while the run goes on. A resumed run replaces
    what was written after its checkpoint.

    Raises:
        ModuleNotFoundError: if the package tensorboard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise ModuleNotFoundError("event files need the package tensorboard: pip install it")
    return EventFile(Path(folder))


class EventFile:
    """A log whose file is begun by the first record, so that only the process that logs has one."""

    def __init__(self, folder: Path) -> None:
        """Write nothing yet."""
        self.folder = folder
        self.writer: SummaryWriter | None = None

    def __call__(self, step: int, numbers: Mapping[str, float]) -> None:
        """Write the numbers of a step."""
        if self.writer is None:
            self.writer = self.begin(step)
        for name, value in numbers.items():
            self.writer.add_scalar(name, value, step)

    def begin(self, step: int) -> "SummaryWriter":
        """Begin a file, at whose first step earlier files of the folder end."""
        from torch.utils.tensorboard import SummaryWriter

        writer = SummaryWriter(str(self.folder), purge_step=step)
        atexit.register(writer.close)
        return writer
