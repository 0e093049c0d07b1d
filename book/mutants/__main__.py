"""``python -m book.mutants``."""

import sys

from book.mutants.cli import main

sys.exit(main())
