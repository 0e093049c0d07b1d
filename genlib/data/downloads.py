"""Files that torchvision fetches from the network, once, into a cache of the user's."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Remote:
    """A published file: its address, its place below the cache, its MD5 checksum."""

    url: str
    path: str
    md5: str

    @property
    def local(self) -> Path:
        """Where the file lies once it has been fetched."""
        return cache() / self.path

    def state(self) -> str:
        """Say whether the file lies there, and is the published one."""
        if not self.local.is_file():
            return "not there"
        found = md5(self.local.read_bytes())
        return "intact" if found == self.md5 else f"damaged, its MD5 is {found}"


def md5(content: bytes) -> str:
    """Return the MD5 checksum of some bytes, in hexadecimal."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def cache() -> Path:
    """Return the folder for downloads, laid out as torchvision does.

    It is ``$GENLIB_CACHE`` if that is set, else ``genlib`` in ``$XDG_CACHE_HOME`` or, as on most
    machines, in ``~/.cache``. Nothing is created here.
    """
    default = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "genlib"
    return Path(os.environ.get("GENLIB_CACHE") or default).expanduser()


def fetch(name: str, remote: Remote, files: Sequence[Remote] = ()) -> Path:
    """Return the path of an intact copy of ``remote``, downloaded if there is none yet.

    The checksum is compared at every call; a damaged copy is fetched again.

    Args:
        name: the data set, for the message of an error.
        remote: the file.
        files: all files of the set, of which the message of an error tells at once.

    Raises:
        ConnectionError: there is no intact copy and none could be fetched.
    """
    from torchvision.datasets.utils import download_url

    with explained(name, files or [remote]):
        download_url(remote.url, remote.local.parent, remote.local.name, remote.md5)
    return remote.local


@contextmanager
def explained(name: str, remotes: Sequence[Remote]) -> Iterator[None]:
    """Turn whatever a downloader raises inside the block into advice.

    Raises:
        ConnectionError: says what was tried, what went wrong, which files belong where, and that
            MNIST needs none of this.
    """
    try:
        yield
    except Exception as error:  # urllib, http and gdown share no narrower base class
        raise ConnectionError(_advice(name, remotes, error)) from error


def _advice(name: str, remotes: Sequence[Remote], error: Exception) -> str:
    files = "\n".join(
        f"  {remote.local}\n    tried {remote.url}, MD5 {remote.md5}; {remote.state()}"
        for remote in remotes
    )
    return (
        f"{name} could not be read from {cache()}, nor be downloaded "
        f"({type(error).__name__}: {error}).\n"
        "To go on without a network, fetch these files elsewhere and put them here, or set "
        f"GENLIB_CACHE to a folder that holds them:\n{files}\n"
        'MNIST is bundled and needs no network: genlib.data.load("mnist").'
    )
