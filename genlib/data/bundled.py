"""Where the files that come with genlib lie: in the wheel, or beside the package in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def bundled(path: str | Path = "") -> Path:
    """Return where the bundled file or folder ``path`` lies.

    An installed wheel carries the project's ``data/`` folder as ``genlib/_data``; a checkout (or
    an editable install of one) has it beside the package. Nothing is read or created here, and
    the path need not exist.

    Args:
        path: a path below the folder of bundled files, such as ``"mnist"``.
    """
    installed = _PACKAGE / "_data"
    return (installed if installed.is_dir() else _PACKAGE.parent / "data") / path
