"""Files: where the bundled ones lie, and reading one whole or not at all."""

import hashlib
from pathlib import Path

SUMS = "SHA256SUMS"
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


def read(path: Path, expected: str, algorithm: str = "sha256") -> bytes:
    """Return the bytes of the file ``path`` if their checksum is the ``expected`` one.

    Args:
        path: the file.
        expected: its checksum, in hexadecimal.
        algorithm: the name of the checksum, as in ``hashlib``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is truncated or altered; names the file, the checksum expected and
            the one found.
    """
    content = path.read_bytes()
    found = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise ValueError(
            f"{path} is damaged or incomplete: its {algorithm} checksum should be {expected} "
            f"and is {found} ({len(content):,} bytes). Replace the file with an intact copy."
        )
    return content


def listed(path: Path) -> str:
    """Return the checksum that the ``SHA256SUMS`` file beside ``path`` lists for it.

    Raises:
        FileNotFoundError: there is no such list.
        ValueError: the list does not name the file.
    """
    lines = (path.parent / SUMS).read_text().splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines if line.strip())}
    if path.name not in sums:
        raise ValueError(f"{path.parent / SUMS} lists no checksum for {path.name}")
    return sums[path.name]
