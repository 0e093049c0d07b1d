"""A coded file: what it is, how to read it, and the code itself, under one checksum."""

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from genlib.storage import DamagedError

MAGIC = b"\x89GLC"  # a first byte that no text begins with
VERSION = 1
# What headers have in common: zlib points to it, so that a short file is not mostly header.
COMMON = (
    b'"torch":"2.","device":"cpu x86_64 AVX512","type":"float32","weights":"","model":"GatedVAE'
    b'{"model":"PixelCNN","weights":"0123456789abcdef","event":[1,28,28],"count":1000}'
)
MOST_HEADER = 1 << 20  # bytes of JSON
FIXED = struct.Struct("<4sBIQ")  # magic, version, bytes of the header, bytes of the payload
CHECKSUM = struct.Struct("<I")


def pack(header: Mapping[str, Any], payload: bytes) -> bytes:
    """Return a file of a header and a payload.

    It is the four bytes of ``MAGIC``, the version (1 byte), the sizes of header (4) and payload
    (8), the header, the payload, and the CRC-32 of all of that (4); numbers begin with their lowest
    byte. Beside header and payload that makes 21 bytes. The header is JSON in UTF-8, deflated by
    zlib with the dictionary ``COMMON``.

    Args:
        header: what a reader needs to know, in words that JSON can say; tuples become lists.
        payload: the code.

    Raises:
        ValueError: the header is no dictionary with strings as names, or JSON cannot say it; the
            payload is no bytes.
    """
    if not isinstance(payload, bytes):
        raise ValueError(f"the payload is {type(payload).__name__}, wanted bytes")
    words = _to_json(header)
    content = FIXED.pack(MAGIC, VERSION, len(words), len(payload)) + words + payload
    return content + CHECKSUM.pack(zlib.crc32(content))


def unpack(blob: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header and the payload that ``pack`` was given.

    Any change of up to 32 bits in a row is noticed, and all but one in 4 billion of others.

    Raises:
        ValueError: the file is of another version.
        DamagedError: a ValueError too: this is no such file, it is truncated or followed by other
            bytes, or it was altered.
    """
    if not isinstance(blob, bytes):
        raise DamagedError(f"this is {type(blob).__name__}, wanted the bytes of a coded file")
    if not blob.startswith(MAGIC):
        raise DamagedError(f"no coded file of genlib: it begins with {blob[:4]!r}, not {MAGIC!r}")
    if len(blob) < FIXED.size:
        raise DamagedError(f"truncated: {len(blob)} bytes, wanted {FIXED.size} and more")
    _, version, words, code = FIXED.unpack_from(blob)
    if version != VERSION:
        raise ValueError(f"a coded file of version {version}; this genlib reads {VERSION}")
    end = FIXED.size + words + code
    if len(blob) != end + CHECKSUM.size:
        kind = "truncated" if len(blob) < end + CHECKSUM.size else "followed by other bytes"
        raise DamagedError(f"{kind}: {len(blob):,} bytes, wanted {end + CHECKSUM.size:,}")
    if CHECKSUM.unpack_from(blob, end)[0] != zlib.crc32(blob[:end]):
        raise DamagedError("altered: the content does not have the checksum at its end")
    return _from_json(blob[FIXED.size : FIXED.size + words]), blob[end - code : end]


def digest(model: nn.Module) -> str:
    """Return the SHA-256 of a model's weights, in hexadecimal: which model coded a file.

    It covers the name, the shape and the values of every parameter and stored buffer. Where they
    are, and in which floating-point type, does not count: a model has the same digest on a CPU and
    on a GPU, and in float16 if all its values fit. It covers no code and no argument that leaves no
    trace in the weights, and equal digests do not make equal arithmetic: a header also says device,
    type and versions.

    Raises:
        ValueError: a weight is complex.
    """
    found = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        if weight.is_complex():
            raise ValueError(f"{name} is {weight.dtype}, wanted real numbers")
        wide, order = (torch.float64, "<f8") if weight.is_floating_point() else (torch.int64, "<i8")
        found.update(repr((name, tuple(weight.shape))).encode())
        found.update(weight.detach().cpu().to(wide).numpy().astype(order).tobytes())
    return found.hexdigest()


def _to_json(header: Mapping[str, Any]) -> bytes:
    if not isinstance(header, Mapping) or not all(isinstance(name, str) for name in header):
        raise ValueError(f"the header is {header!r}, wanted a dictionary with strings as names")
    try:
        words = json.dumps(dict(header), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"JSON cannot say the header {header!r}: {error}") from error
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=COMMON)
    return squeeze.compress(words.encode("utf-8")) + squeeze.flush()


def _from_json(words: bytes) -> dict[str, Any]:
    try:
        expand = zlib.decompressobj(-zlib.MAX_WBITS, zdict=COMMON)
        header = json.loads(expand.decompress(words, MOST_HEADER).decode("utf-8"))
    except (ValueError, RecursionError, zlib.error) as error:
        raise DamagedError(f"the header is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise DamagedError(f"the header is {type(header).__name__}, wanted a dictionary")
    return header
