"""One long string in memory, and the windows that a model is trained on."""

from dataclasses import dataclass

from torch import Tensor

from genlib.data import alphabets
from genlib.data.arguments import check_whole
from genlib.data.per_batch import PerBatch


@dataclass(frozen=True, eq=False, repr=False)
class Text:
    """One long string as symbols.

    ``text.text`` is the string; printing a Text says only how long it is.

    Args:
        symbols: uint8, (T,), places in the alphabet.
        alphabet: the K letters.

    Raises:
        ValueError: another type or shape, no symbols, or one that is not a letter's.
    """

    symbols: Tensor
    alphabet: str

    def __post_init__(self) -> None:
        """Refuse what no method below could serve."""
        alphabets.check_alphabet(self.alphabet)
        alphabets.check_stored(self.symbols, self.alphabet, "(T,)")

    def __len__(self) -> int:
        """Return the number of characters."""
        return len(self.symbols)

    @property
    def text(self) -> str:
        """The string."""
        return self.decode(self.symbols)

    def __repr__(self) -> str:
        """Say how long it is."""
        return f"Text({len(self):,} characters, an alphabet of {len(self.alphabet)})"

    def encode(self, text: str) -> Tensor:
        """Return the symbols of any string, uint8 (T,).

        Raises:
            ValueError: it is empty, or has a letter outside the alphabet.
        """
        return alphabets.encode(text, self.alphabet)

    def decode(self, symbols: Tensor) -> str:
        """Return the string of symbols (T,), such as one of a model's samples.

        Raises:
            ValueError: they are no whole numbers, not (T,), or one is not a letter's.
        """
        return alphabets.decode(symbols, self.alphabet)

    def windows(self, length: int, step: int = 1) -> PerBatch:
        """Return the windows of ``length`` characters that begin at every ``step``-th one.

        They are views of the one stored text, a byte a character; each batch is int64 (B, length),
        which models of symbols take. ``fit`` shuffles them: ``fit(model, text.windows(64))``. With
        ``step=length`` they do not overlap, and a rest that fills none is left out.

        Raises:
            ValueError: a number is not a whole one from 1, or the text is shorter than a window.
        """
        check_whole(1, length=length, step=step)
        if length > len(self):
            raise ValueError(f"length={length}: wanted at most {len(self)}, the text's")
        return PerBatch(alphabets.as_long, self.symbols.unfold(0, length, step))
