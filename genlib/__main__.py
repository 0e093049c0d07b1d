"""Lets ``python -m genlib`` run."""

from genlib.cli import app

app(prog_name="python -m genlib")
