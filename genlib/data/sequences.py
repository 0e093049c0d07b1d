"""Sequences of symbols: real splice sites, and the characters of the book's own prose.

Both are bundled, load in a fraction of a second, and are checked at every load. Symbols are stored
as bytes; ``.long()`` and ``.windows(length)`` give the int64 tensors that models of symbols take.
"""

from genlib.data import grouped
from genlib.data.alphabets import encode
from genlib.data.prose import read_prose
from genlib.data.splice import BASES, CLASSES, read_splice
from genlib.data.splits import check_split
from genlib.data.strings import Sequences
from genlib.data.texts import Text
from genlib.suggest import suggestion

__all__ = ["prose", "splice"]

BY = ("family", "row")


def splice(split: str = "train", *, by: str = "family", seed: int = 0) -> Sequences:
    """Return one split of 3,000 stretches of primate DNA, 60 bases each.

    Introns are spliced out of a gene before it is read. A ``donor`` site (679 sequences) is where
    an intron begins, after base 30, with GT at bases 31 and 32 in 99 of 100; an ``acceptor`` site
    (669) is where one has ended, with AG at bases 29 and 30; ``neither`` (1,652) are stretches
    without a site. The labels are 0, 1 and 2. Of the 3,186 rows of the file, duplicates and the one
    sequence under two labels are left out.

    Three in ten sites still have a near relative, such as the same gene in another species.
    ``by="family"`` keeps relatives together (``genlib.data.families`` says who is one), so that
    what is held out is new. ``by="row"`` shuffles rows, as a careless split would: it is there to
    show by how much that flatters a model which remembers.

    Either way a fifth is ``test``, a tenth ``validation``, the rest ``train`` (about 600, 300 and
    2,100 sequences), in the shuffled order of families or rows: ``data[:100]`` is a sample, too.
    Choose on validation; look at ``test`` once, at the end.

    Data: UCI Machine Learning Repository, CC BY 4.0; M. Noordewier, G. Towell and J. Shavlik,
    Training knowledge-based neural networks to recognize genes in DNA sequences, 1991. See
    ``data/splice/README.md``. Used in the chapter on sequences.

    Args:
        split: ``"train"``, ``"validation"``, ``"train+validation"`` or ``"test"``.
        by: ``"family"`` or ``"row"``.
        seed: which of the possible splits, a whole number from 0.

    Raises:
        ValueError: there is no such split, ``by`` is neither, the seed is no whole number from 0,
            or a file is damaged.
        FileNotFoundError: a bundled file is missing.
    """
    if not isinstance(by, str) or by not in BY:
        raise ValueError(f"by={by!r}: sequences are not split by that{suggestion(by, BY)}.")
    symbols, labels, families = read_splice()
    groups = families if by == "family" else labels.new_tensor(range(len(labels)))
    rows = grouped.rows(groups, split, seed)
    names = tuple(CLASSES.values())
    return Sequences(symbols[rows], labels[rows], families[rows], BASES, names)


def prose(split: str = "train") -> Text:
    """Return one split of the source of this book's prose, some 320,000 characters in all.

    It is the text of the first twelve chapters as it stood once, with markup and formulas and
    without code and output, so that numbers in a chapter do not change with each edited sentence.
    Whole chapters are held out: *Densities, explicit and implicit* is ``validation``, *Variational
    autoencoders* is ``test``; ``train`` is the other ten, in order. The alphabet is every character
    of the twelve, sorted, the same for all splits.

    Used in the chapter on sequences. See ``data/prose/README.md``.

    Args:
        split: ``"train"``, ``"validation"``, ``"train+validation"`` or ``"test"``.

    Raises:
        ValueError: there is no such split, or the file is damaged.
        FileNotFoundError: the bundled file is missing.
    """
    check_split(split)
    texts = read_prose()
    alphabet = "".join(sorted(set(texts["train+validation"] + texts["test"])))
    return Text(encode(texts[split], alphabet), alphabet)
