"""Fashion-MNIST and KMNIST: MNIST's format and sizes, known by their content.

Their files are published gzipped; others hand them on compressed by another gzip (Debian's package
``dataset-fashion-mnist``), or not at all. So it is the bytes inside that are checked.
"""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from genlib.data import idx, splits
from genlib.data.downloads import Remote, fetch, md5
from genlib.data.mnist import PREFIX

# MD5 of the decompressed files. Those of Fashion-MNIST were found on the files of Debian's package
# and agree with what others publish beside the checksums of the .gz files. For KMNIST we know none.
CONTENT = {
    "FashionMNIST": {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
    "KMNIST": {},
}
COUNTS = {"train": 60_000, "t10k": 10_000}
CLASSES = 10


@dataclass(frozen=True)
class Sibling(Remote):
    """A published idx file, which may lie in the cache gzipped by any program, or plain.

    Attributes:
        content: MD5 of the decompressed bytes, empty where it is not known.
    """

    content: str = ""

    @property
    def places(self) -> tuple[Path, Path]:
        """Where the file may lie: gzipped, or plain."""
        return self.local, self.local.with_suffix("")

    def found(self) -> dict[Path, str]:
        """Return the copies that there are, and what is wrong with each; nothing if it is right."""
        return {at: self.fault(at.read_bytes()) for at in self.places if at.is_file()}

    def state(self) -> str:
        """Say whether a right copy lies there, or what is wrong with those that do."""
        found = self.found()
        if "" in found.values():
            return "intact"
        faults = (f"{path.name} is {fault}" for path, fault in found.items())
        return "; ".join(faults) or f"not there, nor {self.places[1].name}"

    def fault(self, stored: bytes) -> str:
        """Say what is wrong with the bytes of a copy; nothing if they are the published ones.

        A copy is right if its bytes are those published, or if those inside have the known
        checksum; where none is known, if they have the type, the shape and the number that they
        must have (gzip's own checksum besides, but nothing tells one picture from another).
        """
        if (outside := md5(stored)) == self.md5:
            return ""
        try:
            inside = idx.unpacked(stored)
            wrong = self._other_content(inside) if self.content else self._other_shape(inside)
        except ValueError as error:
            wrong = str(error)
        return f"damaged, its MD5 is {outside}: {wrong}" if wrong else ""

    def _other_content(self, inside: bytes) -> str:
        found = md5(inside)
        return "" if found == self.content else f"inside it is {found}, not {self.content}"

    def _other_shape(self, inside: bytes) -> str:
        values, name = idx.decode(inside), Path(self.path).name
        n = COUNTS[name.partition("-")[0]]
        wanted = (n, 28, 28) if "images" in name else (n,)
        if tuple(values.shape) != wanted:
            return f"its shape is {tuple(values.shape)}, not {wanted}"
        high = values.max().item()
        return f"it has a label {high}" if "labels" in name and high >= CLASSES else ""

    def read(self, name: str, files: list["Sibling"]) -> Tensor:
        """Return the values of a right copy, fetched if there is none.

        Args:
            name: the data set, and
            files: all its files, both for the message of an error.
        """
        right = [path for path, fault in self.found().items() if not fault]
        return idx.decode((right[0] if right else fetch(name, self, files)).read_bytes())


def load_sibling(name: str, kind: str, split: str) -> tuple[Tensor, Tensor]:
    """Return the images (N, 1, 28, 28) uint8 and labels (N,) int64 of one split.

    Args:
        name: ours, for the message of an error.
        kind: torchvision's name of the class that lists the files.
        split: one of ``genlib.data.splits.SPLITS``.

    Raises:
        ConnectionError: a file is neither in the cache nor to be had; tells of all files at once.
    """
    from torchvision import datasets

    published, prefix = getattr(datasets, kind), PREFIX[splits.part(split)]
    files = [_sibling(kind, published.mirrors[0], *listed) for listed in published.resources]
    images, labels = (
        file.read(name, files) for file in files if Path(file.path).name.startswith(prefix)
    )
    return splits.cut(images.unsqueeze(1), labels.long(), split)


def _sibling(kind: str, mirror: str, file: str, checksum: str) -> Sibling:
    content = CONTENT[kind].get(file.removesuffix(".gz"), "")
    return Sibling(mirror + file, f"{kind}/raw/{file}", checksum, content)
