"""Scores and samples of models of texts: a code length that no cut into windows changes."""

import math

import pytest
import torch

from genlib import recipes
from genlib.autoregressive import NGram, Transformer
from genlib.data import sequences
from genlib.likelihoods import Symbols
from genlib.recipes.experiments import texts

PROSE = {"event_shape": (texts.LENGTH,), "likelihood": Symbols(97)}


def test_windows_give_the_code_length_of_the_whole_text() -> None:
    gram = NGram(3, **PROSE).count(sequences.prose("train").symbols[None, :20_000].long())
    symbols = sequences.prose("test").symbols[: 10 * texts.LENGTH + 5]
    nats = -gram.log_prob(symbols[None, :-5].long()).item()  # the rest fills no window
    wanted = nats / (10 * texts.LENGTH) / math.log(2)
    assert texts.bits(gram, symbols) == pytest.approx(wanted, rel=1e-5)


def test_characters_count_where_half_a_window_is_before_them() -> None:
    torch.manual_seed(0)
    model = Transformer(1, 8, 2, **PROSE).eval().requires_grad_(False)
    model.last.weight.normal_()
    x = sequences.prose("test").symbols[: 2 * texts.LENGTH].long().unfold(0, texts.LENGTH, 32)
    each = texts.log_prob_of_each(model, x)
    assert each.sum(1).allclose(model.log_prob(x).double(), rtol=1e-5)
    wanted = -torch.cat([each[0], each[1, 32:], each[2, 32:]]).mean() / math.log(2)
    found = texts.bits(model, sequences.prose("test").symbols[: 2 * texts.LENGTH])
    assert found == pytest.approx(wanted.item(), rel=1e-6)


def test_samples_are_lines_of_text() -> None:
    text = sequences.prose("train")
    samples = torch.stack([text.encode("one\n"), text.encode("four")])
    content = recipes.recipe("prose-transformer").content(samples)
    assert content.decode() == "one\\n\nfour\n"
