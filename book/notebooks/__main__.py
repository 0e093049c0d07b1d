"""Lets `python -m book.notebooks` run."""

import sys

from book.notebooks.cli import main

sys.exit(main())
