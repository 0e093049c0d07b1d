"""The command line, ``python -m genlib``: train, sample and score the models of the book."""

import typer

from genlib.cli.evaluate import evaluate
from genlib.cli.faults import PlainFaults
from genlib.cli.info import info
from genlib.cli.overview import overview
from genlib.cli.sample import sample
from genlib.cli.train import train

app = typer.Typer(
    cls=PlainFaults,
    help="Train, sample and score the models of the book.",
    epilog="Each command explains itself: python -m genlib train --help",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(overview)
app.command()(train)
app.command()(sample)
app.command()(evaluate)
app.command()(info)
