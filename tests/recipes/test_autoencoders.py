"""Autoencoders: what the two tables compare, what is measured, and what is stored."""

import pytest
import torch

from genlib.autoencoders import Autoencoder
from genlib.data import load
from genlib.recipes import autoencoders, few_labels


def test_free_and_sparse_begin_with_the_same_small_weights() -> None:
    free, sparse = (autoencoders.Run(kind, 20, 1).model() for kind in ("free", "sparse"))
    for one, other in zip(free.parameters(), sparse.parameters(), strict=True):
        assert torch.equal(one, other)
    usual = 1 / free.latent**0.5  # torch's largest first weight
    assert 0.9 * usual < 10 * free.decoder[0].weight.abs().max() <= usual
    assert (free.weight, sparse.weight) == (0.0, 0.3)


def test_a_row_holds_the_errors_on_the_three_kinds_of_image(monkeypatch) -> None:
    digits = load("mnist", "validation").unit()[:20]
    monkeypatch.setattr(autoencoders, "FEW", 20)
    autoencoders.shown.cache_clear()
    before = torch.get_rng_state()
    shown = autoencoders.shown()
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(shown["digits"], digits)
    assert torch.equal(shown["negatives"], 1 - digits)
    model = autoencoders.Run("deep", 2).model()
    found = autoencoders.judge(model)
    for name, images in shown.items():
        assert found[name] == pytest.approx(model.error(images).mean().item(), rel=1e-3)
    autoencoders.shown.cache_clear()


def test_principal_components_keep_what_pca_keeps() -> None:
    digits = load("mnist", "train").unit()
    codes = few_labels.principal(2)(digits)
    variances = torch.linalg.eigvalsh(digits.flatten(1).double().T.cov(correction=0)).flip(-1)[:2]
    assert torch.allclose(codes.var(0, correction=0), variances, rtol=1e-4)


def test_tuning_leaves_the_encoder_as_it_was() -> None:
    encoder = Autoencoder(4, hidden=(8,)).encoder
    before = [weight.clone() for weight in encoder.parameters()]
    few = torch.arange(12)
    x, labels = few_labels.digits("train").unit().flatten(1)[few], few_labels.digits("train").labels
    network = few_labels._network(encoder, x, labels[few], 1e-2)
    assert network(x).shape == (12, 10)
    for old, new in zip(before, encoder.parameters(), strict=True):
        assert torch.equal(old, new)


def test_the_stored_tables_have_every_kind_at_every_budget() -> None:
    for run in autoencoders.runs():
        stops = len(autoencoders.PARTS[run.kind])
        errors = autoencoders.column("digits", kind=run.kind, codes=run.codes)
        assert errors.shape == (len(autoencoders.SEEDS), stops)
    for kind, part in few_labels.TRAINED.items():
        shape = few_labels.column("fixed", kind=kind).shape
        assert shape == ((len(few_labels.SEEDS), 2) if part else (len(few_labels.SEEDS),))
