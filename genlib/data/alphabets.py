"""Strings as numbers: a symbol is a letter's place in its alphabet."""

from collections.abc import Iterable

import torch
from torch import Tensor

MOST_LETTERS = 256  # a symbol is one byte


def check_alphabet(alphabet: object) -> None:
    """Raise ``ValueError`` unless an alphabet is a string of 2 to 256 different letters."""
    wanted = f"wanted a string of 2 to {MOST_LETTERS} different letters"
    if not isinstance(alphabet, str):
        raise ValueError(f"the alphabet is {type(alphabet).__name__}, {wanted}")
    if len(set(alphabet)) < len(alphabet) or not 2 <= len(alphabet) <= MOST_LETTERS:
        raise ValueError(f"the alphabet is {alphabet!r}, {wanted}")


def encode(text: str, alphabet: str) -> Tensor:
    """Return the symbols of a string, uint8 (T,).

    Raises:
        ValueError: it is no string, it is empty, or a letter of it is not in the alphabet; names
            the letter and its place.
    """
    if not isinstance(text, str) or not text:
        given = "an empty string" if text == "" else type(text).__name__
        raise ValueError(f"this is {given}, wanted a string of letters from {alphabet!r}")
    numbers = {letter: number for number, letter in enumerate(alphabet)}
    for place, letter in enumerate(text):
        if letter not in numbers:
            raise ValueError(f"letter {place} is {letter!r}, wanted one of {alphabet!r}")
    return torch.tensor([numbers[letter] for letter in text], dtype=torch.uint8)


def decode(symbols: Tensor, alphabet: str) -> str:
    """Return the string of symbols (T,), whole numbers of any type: the inverse of ``encode``.

    Raises:
        ValueError: they are no whole numbers, not (T,), or one is not a letter's.
    """
    check_symbols(symbols, alphabet)
    if symbols.dim() != 1:
        raise ValueError(f"symbols of shape {tuple(symbols.shape)}, wanted (T,)")
    return "".join(alphabet[number] for number in symbols.tolist())


def encode_each(texts: Iterable[str], alphabet: str) -> Tensor:
    """Return the symbols of N strings of one length, uint8 (N, T).

    Raises:
        ValueError: there are none, their lengths differ, or one is refused by ``encode``.
    """
    if isinstance(texts, str):
        raise ValueError(f"this is one string, {texts!r}: wanted a list of strings")
    rows = [encode(text, alphabet) for text in texts]
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1:
        given = f"lengths {lengths}" if lengths else "none"
        raise ValueError(f"wanted strings of one length, at least one; these are of {given}")
    return torch.stack(rows)


def decode_each(symbols: Tensor, alphabet: str) -> list[str]:
    """Return the strings of symbols (N, T): the inverse of ``encode_each``.

    Raises:
        ValueError: they are no whole numbers, not (N, T), or one is not a letter's.
    """
    check_symbols(symbols, alphabet)
    if symbols.dim() != 2:
        raise ValueError(f"symbols of shape {tuple(symbols.shape)}, wanted (N, T)")
    return [decode(row, alphabet) for row in symbols]


def as_long(symbols: Tensor) -> Tensor:
    """Return symbols of any type as models of symbols take them, int64."""
    return symbols.long()


def check_symbols(symbols: object, alphabet: str) -> None:
    """Raise ``ValueError`` unless these are symbols of an alphabet, at least one."""
    wanted = f"wanted a tensor of whole numbers from 0 to {len(alphabet) - 1}"
    if not isinstance(symbols, Tensor):
        raise ValueError(f"symbols are {type(symbols).__name__}, {wanted}")
    if symbols.is_floating_point() or symbols.is_complex() or symbols.dtype == torch.bool:
        raise ValueError(f"symbols are {symbols.dtype}, {wanted}")
    if symbols.numel() == 0:
        raise ValueError(f"there are no symbols in shape {tuple(symbols.shape)}, {wanted}")
    low, high = symbols.min().item(), symbols.max().item()
    if low < 0 or high >= len(alphabet):
        raise ValueError(f"symbols range from {low} to {high}, {wanted}")


def check_stored(symbols: Tensor, alphabet: str, shape: str) -> None:
    """Raise ``ValueError`` unless symbols are uint8 of a shape such as ``"(N, T)"``."""
    check_symbols(symbols, alphabet)
    if symbols.dtype != torch.uint8 or symbols.dim() != shape.count("T") + shape.count("N"):
        given = f"{symbols.dtype} of shape {tuple(symbols.shape)}"
        raise ValueError(f"symbols are uint8 {shape}; these are {given}")
