"""The file format of MNIST and of its siblings."""

import gzip
import zlib

import torch
from torch import Tensor

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTES = b"\x00\x00\x08"


def unpacked(content: bytes) -> bytes:
    """Return the bytes of an idx file, whether it is gzipped, by whatever program, or plain.

    Raises:
        ValueError: the gzip file is damaged or incomplete.
    """
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the gzip file is damaged or incomplete: {error}") from error


def decode(content: bytes) -> Tensor:
    """Decode an idx file of unsigned bytes, gzipped or plain, the format of MNIST and its siblings.

    Two zero bytes, the type (8: unsigned byte), the number of dimensions, each size as a
    big-endian 32-bit integer, then the values in row-major order. Source: LeCun, Cortes and
    Burges, 1998, http://yann.lecun.com/exdb/mnist/.

    Returns:
        uint8, of the shape that the header states.

    Raises:
        ValueError: this is another format, or the header disagrees with the number of values.
    """
    content = bytearray(unpacked(content))
    if content[:3] != _UNSIGNED_BYTES:
        raise ValueError(f"not an idx file of unsigned bytes: it begins with {content[:4].hex()}")
    start = 4 + 4 * int.from_bytes(content[3:4], "big")
    if len(content) < max(start, 5):
        raise ValueError(f"an idx header of {start} bytes is cut off after {len(content)}")
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    values = torch.frombuffer(content, dtype=torch.uint8)[start:]
    if values.numel() != torch.Size(shape).numel():
        raise ValueError(f"an idx header says {shape}, but {values.numel():,} values follow it")
    return values.reshape(shape)
