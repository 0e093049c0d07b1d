"""Ctrl-C that waits for the end of a round, and that a DataLoader's workers leave to the run."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType, TracebackType

from torch.utils.data import DataLoader


class Interrupt:
    """While it is entered, a first Ctrl-C only sets ``requested``; a second one interrupts at once.

    A round that is cut in two is no state to go on from. Where somebody else has already decided
    what Ctrl-C does, or in another thread than the main one, nothing changes.
    """

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.requested = False

    def __enter__(self) -> "Interrupt":
        """Take the signal over, if it is ours to take."""
        self.ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self.ours:
            signal.signal(signal.SIGINT, self.request)
        return self

    def request(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal, obey the second."""
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signal back."""
        if self.ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class IgnoreInterrupt:
    """What a worker does first: ignore Ctrl-C, which reaches every process of the terminal.

    A class, because spawned workers receive it as a pickle.
    """

    def __init__(self, then: Callable[[int], None] | None) -> None:
        """Keep what the user's loader wants its workers to do first."""
        self.then = then

    def __call__(self, worker: int) -> None:
        """Begin the worker with this number."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self.then is not None:
            self.then(worker)


@contextmanager
def workers_ignore_interrupt(loader: DataLoader) -> Iterator[None]:
    """Let workers that start within the block leave Ctrl-C to the run.

    A spawned worker takes seconds until it can do anything, so it is also born with the signal
    blocked; what arrives meanwhile reaches this process when the block ends.
    """
    if loader.num_workers == 0:
        yield
        return
    initialise = loader.worker_init_fn
    loader.worker_init_fn = IgnoreInterrupt(initialise)
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    if masked:
        resource_tracker.ensure_running()  # whose start would unblock the signal
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        loader.worker_init_fn = initialise
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
