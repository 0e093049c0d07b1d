"""Naive Bayes against logistic regression: digits, classifiers, and a table that is whole."""

from dataclasses import astuple

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

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
    assert (trial.order() == other.order()).all()
    assert len(set(other.order().tolist())) == 60_000
    assert (trial.order() != recipe.Trial(n=50, seed=4).order()).any()
    x, y = recipe.examples("pooled", "train+validation")
    assert (other.examples()[0] == x[other.order()[:100]]).all()
    assert (other.examples()[1] == y[other.order()[:100]]).all()
    assert (other.unlabelled() == x[other.order()[-5000:]]).all()


def test_naive_bayes_is_fitted_by_counting() -> None:
    x, y = np.array([[1, 0], [1, 1], [0, 0]]), np.array([0, 0, 1])
    model = recipe.build("naive Bayes").fit(x, y)
    assert np.allclose(np.exp(model.feature_log_prob_), [[3 / 4, 2 / 4], [1 / 3, 1 / 3]])
    assert np.allclose(np.exp(model.class_log_prior_), [2 / 3, 1 / 3])
    model = recipe.build("a tenth added").fit(x, y)
    assert np.allclose(
        np.exp(model.feature_log_prob_), [[2.1, 1.1], [0.1, 0.1]] / np.array([[2.2], [1.2]])
    )


@pytest.mark.parametrize("kind", recipe.KINDS)
def test_gaussians_are_fitted_by_counting(kind: str) -> None:
    x, y = recipe.world_points(200, torch.Generator().manual_seed(0))
    model = recipe.Gaussians(kind).fit(x, y)
    own = [np.cov(x[y == label].T, bias=True) for label in range(3)]
    shares = np.bincount(y) / 200
    if kind != "full covariances":
        own = [np.diag(np.diag(each)) for each in own]
    if kind == "naive Bayes":
        own = [sum(share * each for share, each in zip(shares, own, strict=True))] * 3
    means = [x[y == label].mean(0) for label in range(3)]
    for label in range(3):
        log_p = multivariate_normal(means[label], own[label]).logpdf(x) + np.log(shares[label])
        assert np.allclose(model.log_joint(x)[:, label], log_p)
    assert (model.predict(x) == model.log_joint(x).argmax(1)).all()


def test_gaussians_name_labels_that_do_not_begin_at_nought() -> None:
    x, y = recipe.world_points(200, torch.Generator().manual_seed(0))
    names = np.array([7, 3, 5])
    model = recipe.Gaussians("naive Bayes").fit(x, names[y])
    assert (model.predict(x) == names[recipe.Gaussians("naive Bayes").fit(x, y).predict(x)]).all()


def test_the_error_on_the_world_is_exact() -> None:
    world = recipe.blurred_world()
    x, y = recipe.world_points(100_000, torch.Generator().manual_seed(1))
    right = world.log_joint(torch.tensor(x)).argmax(1).numpy() == y
    _, joint = recipe.world_table()
    assert joint.sum() == pytest.approx(1, abs=1e-6)
    assert 1 - joint.max(1).sum() == pytest.approx(1 - right.mean(), abs=0.003)
    model = recipe.Gaussians("own variances").fit(x[:50], y[:50])
    wrong = (model.predict(x) != y).mean()
    assert recipe.new_error(model, "world") == pytest.approx(wrong, abs=0.003)


def test_unlabelled_examples_count_by_their_guess() -> None:
    trial = recipe.Trial("pooled", "unlabelled too", 100, 0)
    (x, y), far = trial.examples(), trial.unlabelled()[:300]
    first = recipe.with_unlabelled(x, y, far, rounds=0)
    assert (
        first.feature_log_prob_ == recipe.build("naive Bayes").fit(x, y).feature_log_prob_
    ).all()
    shares = np.concatenate([np.ones(100), first.predict_proba(far).T.ravel()])
    everyone = np.concatenate([x, *[far] * 10]), np.concatenate([y, np.repeat(range(10), 300)])
    theirs = recipe.build("naive Bayes").fit(*everyone, sample_weight=shares)
    ours = recipe.with_unlabelled(x, y, far, rounds=1)
    assert np.allclose(ours.feature_log_prob_, theirs.feature_log_prob_, atol=1e-4)
    assert np.allclose(ours.class_log_prior_, theirs.class_log_prior_, atol=1e-4)


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
    train = recipe.Trial(n=200).examples()
    wrong = (recipe.build("naive Bayes").fit(*train).predict(x) != y).mean()
    assert row.test_error == pytest.approx(wrong, abs=1e-4)


def test_the_stored_table_has_every_trial() -> None:
    assert [recipe.Trial(*astuple(row)[:4]) for row in recipe.read()] == list(recipe.trials())


@pytest.mark.parametrize(
    "trial",
    [
        recipe.Trial("pooled", "naive Bayes", 500, 1),
        recipe.Trial("pooled", "logistic regression", 500, 1),
        recipe.Trial("pooled", "penalised", 500, 1),
        recipe.Trial("pooled", "a tenth added", 50, 20),
        recipe.Trial("pooled", "unlabelled too", 200, 1),
        recipe.Trial("world", "full covariances", 100, 1),
    ],
    ids=str,
)
def test_a_stored_row_is_made_again(trial: recipe.Trial) -> None:
    (stored,) = (row for row in recipe.read() if astuple(row)[:4] == astuple(trial))
    (made,) = recipe.play(trial)
    assert made.test_error == pytest.approx(stored.test_error, abs=0.005)
