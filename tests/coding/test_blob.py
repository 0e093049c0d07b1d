"""The file around a code: known bytes, every kind of damage, and which model made it."""

import hashlib
import struct
import zlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from genlib.coding.blob import COMMON, MAGIC, digest, pack, unpack
from genlib.storage import DamagedError

HEADER = {"model": "PixelCNN", "lanes": 20, "shape": [1, 28, 28], "none": None, "share": 0.5}
SMALL = pack({"n": 1}, b"code")


def deflated(words: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=COMMON)
    return squeeze.compress(words) + squeeze.flush()


def sealed(words: bytes, code: bytes = b"code") -> bytes:
    content = b"\x89GLC\x01" + struct.pack("<IQ", len(words), len(code)) + words + code
    return content + struct.pack("<I", zlib.crc32(content))


def test_bytes_are_the_documented_ones() -> None:
    words = deflated(b'{"n":1}')
    assert sealed(words) == SMALL
    assert len(SMALL) == len(words) + 4 + 21


def test_a_usual_header_takes_few_bytes() -> None:
    header = {"model": "PixelCNN", "weights": "89ab01cd45ef2367", "event": [1, 28, 28], "count": 9}
    assert len(pack(header, b"")) < 21 + 40


words = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(), words, max_size=4), st.binary())
def test_what_is_packed_is_unpacked(header: dict, payload: bytes) -> None:
    assert unpack(pack(header, payload)) == (header, payload)


def test_tuples_become_lists() -> None:
    assert unpack(pack({"shape": (1, 2)}, b""))[0] == {"shape": [1, 2]}


@pytest.mark.parametrize("place", range(len(SMALL)))
def test_a_change_of_any_byte_is_refused(place: int) -> None:
    for change in range(1, 256):
        blob = bytearray(SMALL)
        blob[place] ^= change
        with pytest.raises(ValueError, match=r"coded file|truncated|followed|altered"):
            unpack(bytes(blob))


@pytest.mark.parametrize("length", range(len(SMALL)))
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(DamagedError, match=r"truncated|begins with"):
        unpack(SMALL[:length])


def test_two_bytes_exchanged_are_refused() -> None:
    for place in range(len(SMALL) - 1):
        blob = bytearray(SMALL)
        blob[place], blob[place + 1] = blob[place + 1], blob[place]
        if blob != SMALL:
            with pytest.raises(ValueError, match=r"coded file|truncated|followed|altered"):
                unpack(bytes(blob))


def resealed(content: bytes) -> bytes:
    """Return content with the checksum that it should have."""
    return content + struct.pack("<I", zlib.crc32(content))


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", r"begins with b''"),
        (b"\x89PNG\r\n\x1a\n", r"no coded file of genlib: it begins with b'\\x89PNG'"),
        (SMALL.decode("latin-1"), "this is str"),
        (None, "this is NoneType"),
        (SMALL + b"\0", f"followed by other bytes: {len(SMALL) + 1} bytes, wanted {len(SMALL)}"),
        (SMALL[:-1], f"truncated: {len(SMALL) - 1} bytes, wanted {len(SMALL)}"),
        (MAGIC + b"\x01", "truncated: 5 bytes"),
        (resealed(SMALL[:4] + b"\x02" + SMALL[5:-4]), "version 2; this genlib reads 1"),
        (sealed(deflated(b'{"n":1 ')), "the header is no JSON"),
        (sealed(deflated(b'"n=1+0"')), "the header is str"),
        (sealed(deflated(b"\xff" * 7)), "the header is no JSON"),
        (sealed(b"\xff" * 7), "the header is no JSON"),
    ],
)
def test_what_is_no_coded_file_is_refused(blob: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack(blob)


@pytest.mark.parametrize(
    ("header", "payload", "message"),
    [
        ([1], b"", r"the header is \[1\], wanted a dictionary"),
        ({1: 2}, b"", "strings as names"),
        ({"x": float("nan")}, b"", "JSON cannot say"),
        ({"x": torch.zeros(1)}, b"", "JSON cannot say"),
        ({"x": {(1, 2): 3}}, b"", "JSON cannot say"),
        ({}, "text", "the payload is str, wanted bytes"),
        ({}, bytearray(b"x"), "the payload is bytearray"),
    ],
)
def test_what_cannot_be_packed_is_refused(header: object, payload: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack(header, payload)


# The digest


def network() -> nn.Module:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for parameter in made.parameters():
        parameter.data = parameter.data.half().float()
    return made


def test_a_digest_is_that_of_names_shapes_and_values() -> None:
    made = network()
    assert digest(made) == digest(network())
    assert len(digest(made)) == 64
    assert digest(made.half()) == digest(made.double()) == digest(network())
    assert digest(made.eval().requires_grad_(False)) == digest(network())


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m[0].weight.data.view(-1)[5:].add_(1e-7),
        lambda m: m[0].bias.data.neg_(),
        lambda m: m[1].running_mean.add_(1),
        lambda m: m[1].num_batches_tracked.add_(1),
        lambda m: setattr(m[0], "weight", nn.Parameter(m[0].weight.data.reshape(3, 2))),
        lambda m: setattr(m[0], "weight", nn.Parameter(m[0].weight.data.flip(0))),
        lambda m: m.append(nn.Linear(1, 1)),
        lambda m: m.insert(0, nn.Identity()),
        lambda m: m[1].register_buffer("extra", torch.zeros(0)),
    ],
)
def test_a_digest_notices_any_change(change: object) -> None:
    made = network()
    change(made)
    assert digest(made) != digest(network())


def test_a_digest_is_the_same_on_every_machine() -> None:
    made = nn.Linear(2, 1)
    made.weight.data, made.bias.data = torch.tensor([[0.5, -2.0]]), torch.tensor([1.0])
    first = b"('bias', (1,))" + struct.pack("<d", 1.0)
    second = b"('weight', (1, 2))" + struct.pack("<2d", 0.5, -2.0)
    assert digest(made) == hashlib.sha256(first + second).hexdigest()


def test_complex_weights_are_refused() -> None:
    made = nn.ParameterDict({"w": torch.zeros(1, dtype=torch.complex64)})
    with pytest.raises(ValueError, match=r"w is torch.complex64, wanted real numbers"):
        digest(made)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_digest_is_the_same_on_a_gpu() -> None:
    assert digest(network().cuda()) == digest(network())
