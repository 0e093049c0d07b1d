"""What goes wrong is said in a line: no user of a command wants to read a traceback."""

import sys

import typer
from torch import OutOfMemoryError
from typer.core import TyperGroup

KNOWN = (ValueError, FloatingPointError, OSError, ImportError, OutOfMemoryError)


class PlainFaults(TyperGroup):
    """Commands whose known errors are printed in a line, with exit status 1.

    After Ctrl-C the status is 130, as shells expect. A value that an option does not take ends
    with status 2 before anything has happened. Other errors are faults of ours: they keep
    their traceback.
    """

    def invoke(self, ctx: typer.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output has seen enough
            raise
        except KNOWN as error:
            print(f"Error: {error}", file=sys.stderr)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as stop:
            print(str(stop) or "Interrupted.", file=sys.stderr)
            raise typer.Exit(130) from stop
