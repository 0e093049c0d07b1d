"""A labelled set of strings of one length in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data import alphabets
from genlib.data.arguments import check_flag


@dataclass(frozen=True, eq=False, repr=False)
class Sequences:
    """Sequences of one length with a label and a family each, as they were stored.

    ``data[:1000]``, ``data[data.labels == 0]`` and ``data[[4, 2]]`` are smaller sets.

    Args:
        symbols: uint8, (N, T), places in the alphabet.
        labels: int64, (N,), places in ``names``.
        families: int64, (N,): near relatives have the same number.
        alphabet: the K letters.
        names: what the labels mean.

    Raises:
        ValueError: another type or shape, no sequences, or a number out of its range.
    """

    symbols: Tensor
    labels: Tensor
    families: Tensor
    alphabet: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what no method below could serve."""
        alphabets.check_alphabet(self.alphabet)
        alphabets.check_stored(self.symbols, self.alphabet, "(N, T)")
        _check_numbers(self.labels, "labels", len(self.symbols), len(self.names))
        _check_numbers(self.families, "families", len(self.symbols))

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.symbols)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "Sequences":
        """Return the sequences at ``index``, which may be all but a single number."""
        if isinstance(index, int):
            raise TypeError(f"data[{index}] is one sequence; take data.symbols[{index}] or a slice")
        parts = self.symbols[index], self.labels[index], self.families[index]
        return Sequences(*parts, self.alphabet, self.names)

    def __repr__(self) -> str:
        """Say how many sequences of what length there are."""
        n, length = self.symbols.shape
        return f"Sequences({n:,} of {length} letters from {self.alphabet!r}, {self.names})"

    def long(self, labels: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """Return the symbols as int64, (N, T), which models of symbols take; a pair if asked."""
        check_flag(labels=labels)
        return (self.symbols.long(), self.labels) if labels else self.symbols.long()

    def one_hot(self) -> Tensor:
        """Return an indicator for each letter of the alphabet, float32 (N, K, T)."""
        return torch.nn.functional.one_hot(self.symbols.long(), len(self.alphabet)).mT.float()

    def letters(self) -> list[str]:
        """Return the sequences as N strings."""
        return self.decode(self.symbols)

    def encode(self, texts: Iterable[str]) -> Tensor:
        """Return the symbols of strings of one length, uint8 (N, T).

        Raises:
            ValueError: their lengths differ, one is empty, or has a letter outside the alphabet.
        """
        return alphabets.encode_each(texts, self.alphabet)

    def decode(self, symbols: Tensor) -> list[str]:
        """Return the strings of symbols (N, T), such as a model's samples.

        Raises:
            ValueError: they are no whole numbers, not (N, T), or one is not a letter's.
        """
        return alphabets.decode_each(symbols, self.alphabet)


def _check_numbers(numbers: Tensor, name: str, n: int, count: int | None = None) -> None:
    if not isinstance(numbers, Tensor) or numbers.dtype != torch.int64:
        given = numbers.dtype if isinstance(numbers, Tensor) else type(numbers).__name__
        raise ValueError(f"{name} are an int64 tensor; these are {given}")
    if numbers.shape != (n,):
        raise ValueError(f"{n} sequences need {n} {name}; these have shape {tuple(numbers.shape)}")
    if numbers.min() < 0 or (count is not None and numbers.max() >= count):
        wanted = "from 0" if count is None else f"from 0 to {count - 1}"
        raise ValueError(f"{name} are {wanted}; these go from {numbers.min()} to {numbers.max()}")
