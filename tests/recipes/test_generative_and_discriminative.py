"""Naive Bayes against logistic regression: digits, classifiers, and a table that is whole."""

from dataclasses import astuple

import numpy as np
import pytest
import torch

from genlib.data import Images, load
from genlib.recipes import generative_and_discriminative as recipe


def test_digits_are_pooled_by_a_quarter_of_grey_and_pixels_by_a_half() -> None:
    image = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    image[..., :4, 4:8] = 65  # 65 / 255 = 0.255
    image[..., 24, 24:] = 255  # a quarter of the last block exactly, which does not exceed it
    data = Images(image, torch.tensor([3]))
    x, y = recipe.pooled(data)
    assert x.shape == (1, 49)
    assert x[0].nonzero()[0].tolist() == [1]
    assert y.tolist() == [3]
    assert recipe.pixels(data)[0].nonzero()[1].tolist() == [24 * 28 + i for i in range(24, 28)]


def test_all_classifiers_of_a_seed_see_the_same_digits() -> None:
    trial = recipe.Trial("pixels", "penalised", 50, 3)
    other = recipe.Trial("pooled", "naive Bayes", 100, 3)
    assert (trial.chosen() == other.chosen()[:50]).all()
    assert len(set(other.chosen().tolist())) == 100
    assert (trial.chosen() != recipe.Trial(n=50, seed=4).chosen()).any()


def test_naive_bayes_is_fitted_by_counting() -> None:
    x, y = np.array([[1, 0], [1, 1], [0, 0]]), np.array([0, 0, 1])
    model = recipe.build("naive Bayes").fit(x, y)
    assert np.allclose(np.exp(model.feature_log_prob_), [[3 / 4, 2 / 4], [1 / 3, 1 / 3]])
    assert np.allclose(np.exp(model.class_log_prior_), [2 / 3, 1 / 3])


def test_the_penalty_is_half_a_square_and_only_one_has_it() -> None:
    x, y = np.array([[-1.0], [0.0], [1.0], [0.5]]), np.array([0, 1, 1, 0])
    for name, slope in (("logistic regression", 0.0), ("penalised", 1.0)):
        model = recipe.build(name).fit(x, y)
        residual = model.predict_proba(x)[:, 1] - y
        weight = model.coef_.item()
        assert weight > 0.1
        assert residual @ x[:, 0] + slope * weight == pytest.approx(0.0, abs=1e-3)


def test_dreamt_digits_have_independent_pixels_given_the_label() -> None:
    x, y = recipe.dreamt(load("mnist", "test"))
    threes = x[y == 3]
    used = threes[:, threes.std(0) > 0.2]
    correlation = np.corrcoef(used.T) - np.eye(used.shape[1])
    assert abs(correlation).max() < 5 / len(threes) ** 0.5
    real, labels = recipe.examples("pooled", "test")
    real = real[labels == 3][:, threes.std(0) > 0.2]
    assert abs(np.corrcoef(real.T) - np.eye(used.shape[1])).max() > 0.3


def test_a_trial_counts_errors() -> None:
    (row,) = recipe.play(recipe.Trial("pooled", "naive Bayes", 200, 0))
    x, y = recipe.examples("pooled", "test")
    own = recipe.Trial(n=200).chosen()
    train = [a[own] for a in recipe.examples("pooled", "train+validation")]
    wrong = (recipe.build("naive Bayes").fit(*train).predict(x) != y).mean()
    assert row.test_error == pytest.approx(wrong, abs=1e-4)


def test_the_stored_table_has_every_trial() -> None:
    assert [recipe.Trial(*astuple(row)[:4]) for row in recipe.read()] == list(recipe.trials())


@pytest.mark.parametrize("classifier", ["naive Bayes", "logistic regression", "penalised"])
def test_a_stored_row_is_made_again(classifier: str) -> None:
    trial = recipe.Trial("pooled", classifier, 500, 1)
    (stored,) = (row for row in recipe.read() if astuple(row)[:4] == astuple(trial))
    (made,) = recipe.play(trial)
    assert made.test_error == pytest.approx(stored.test_error, abs=0.005)
