"""Ctrl-C that waits for the end of a round."""

import signal
import threading
from types import FrameType, TracebackType


class Interrupt:
    """While it is entered, a first Ctrl-C only sets ``asked``; a second one interrupts at once.

    A round that is cut in two is no state to go on from. Where somebody else has already decided
    what Ctrl-C does, or in another thread than the main one, nothing changes.
    """

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self.asked = False

    def __enter__(self) -> "Interrupt":
        """Take the signal over, if it is ours to take."""
        self.ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self.ours:
            signal.signal(signal.SIGINT, self.ask)
        return self

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal, obey the second."""
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signal back."""
        if self.ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
