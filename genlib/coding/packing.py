"""Heads of an ANS coder as bytes, without their leading zero bytes."""

import numpy as np

from genlib.storage import DamagedError

LEAST, MOST = 5, 8  # bytes of a head, which is at least 2^32
PER_BYTE = 4  # sizes, two bits each


def pack_heads(heads: np.ndarray) -> bytes:
    """Return heads, uint64 (L,) from 2^32, as bytes: all sizes, then each head, low byte first.

    A head's logarithm is spread evenly between 32 and 64 bits, so this saves ten of the 64 bits.
    """
    rows = heads.astype("<u8").view(np.uint8).reshape(-1, MOST)
    sizes = MOST - np.argmax(rows[:, ::-1] != 0, axis=1)
    fields = np.zeros(-(-len(heads) // PER_BYTE) * PER_BYTE, np.uint8)
    fields[: len(heads)] = sizes - LEAST
    packed = (fields.reshape(-1, PER_BYTE) << _shifts()).sum(1).astype(np.uint8)
    return packed.tobytes() + rows[np.arange(MOST) < sizes[:, None]].tobytes()


def unpack_heads(content: bytes, lanes: int) -> tuple[np.ndarray, bytes]:
    """Return the heads, uint64 (L,), and the bytes after them.

    Raises:
        DamagedError: there are too few bytes, or ``pack_heads`` would have written others.
    """
    begin = -(-lanes // PER_BYTE)
    if len(content) < begin:
        raise DamagedError(f"{len(content):,} bytes are too few for the heads of {lanes} lanes")
    packed = np.frombuffer(content[:begin], np.uint8)
    sizes = LEAST + (packed[:, None] >> _shifts() & 3).reshape(-1)[:lanes].astype(np.int64)
    end = begin + int(sizes.sum())
    if len(content) < end:
        raise DamagedError(
            f"{len(content):,} bytes, of which the heads of {lanes} lanes take {end}"
        )
    rows = np.zeros((lanes, MOST), np.uint8)
    rows[np.arange(MOST) < sizes[:, None]] = np.frombuffer(content[begin:end], np.uint8)
    heads = rows.view("<u8").reshape(-1).astype(np.uint64)
    if pack_heads(heads) != content[:end]:
        raise DamagedError(f"{len(content):,} bytes that do not begin with {lanes} heads")
    return heads, content[end:]


def _shifts() -> np.ndarray:
    return np.arange(0, 8, 8 // PER_BYTE, dtype=np.uint8)
