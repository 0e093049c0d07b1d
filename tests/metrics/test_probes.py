"""The probe on few labels: what it may look at, and what changes nothing."""

import pytest
import torch

from genlib.metrics import label_sets, probe


def classes(n: int, seed: int, dim: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes along the first coordinate; the others are noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (n,), generator=generator)
    features = torch.randn(n, dim, generator=generator)
    features[:, 0] += 4.0 * labels
    return features, labels


@pytest.fixture
def data() -> dict:
    (features, labels), validation, test = (
        classes(n, s) for n, s in ((600, 0), (300, 1), (400, 2))
    )
    return {"features": features, "labels": labels, "validation": validation, "test": test}


def scored(data: dict, **options: object) -> torch.Tensor:
    return probe(**(data | options))


def test_the_sets_are_draws_without_repetition_and_the_same_each_time() -> None:
    sets = label_sets(150, size=100, draws=4)
    assert sets.shape == (4, 100)
    assert all(len(own.unique()) == 100 for own in sets)
    assert torch.equal(sets, label_sets(150, size=100, draws=4))
    assert not torch.equal(sets, label_sets(150, size=100, draws=4, seed=1))
    assert not torch.equal(sets[0], sets[1])


@pytest.mark.parametrize("options", [{"size": 0}, {"size": 11}, {"draws": 0}])
def test_sets_that_cannot_be_drawn_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match="of 10 examples, wanted positive numbers, at most 10"):
        label_sets(10, **({"size": 5} | options))


def test_classes_that_stand_apart_are_told_apart(data: dict) -> None:
    accuracy = scored(data)
    assert accuracy.shape == (10,)
    assert accuracy.min() > 0.9
    shuffled = data["labels"][torch.randperm(600, generator=torch.Generator().manual_seed(0))]
    assert abs(scored(data, labels=shuffled).mean() - 1 / 3) < 0.1


def test_only_the_labels_in_the_sets_are_seen(data: dict) -> None:
    sets = label_sets(600, draws=2)
    unseen = torch.ones(600, dtype=torch.bool).index_fill(0, sets.flatten(), False)
    hidden = data["labels"].masked_fill(unseen, 7)
    assert torch.equal(scored(data, sets=sets), scored(data, labels=hidden, sets=sets))


def test_scale_and_place_of_the_features_change_nothing(data: dict) -> None:
    def moved(features: torch.Tensor) -> torch.Tensor:
        return 1000 * features + 5

    rescaled = {
        "features": moved(data["features"]),
        **{name: (moved(data[name][0]), data[name][1]) for name in ("validation", "test")},
    }
    assert torch.allclose(scored(data), scored(data, **rescaled), atol=0.005)


def test_statistics_come_from_training_alone(data: dict) -> None:
    features, labels = data["test"]
    one_by_one = [
        scored(data, test=(features[i : i + 100], labels[i : i + 100])) for i in (0, 100, 200, 300)
    ]
    assert torch.allclose(torch.stack(one_by_one).mean(0), scored(data), atol=1e-9)


def test_a_feature_that_never_changes_does_no_harm(data: dict) -> None:
    def with_constant(features: torch.Tensor) -> torch.Tensor:
        return torch.cat([features, torch.full((len(features), 1), 3.0)], 1)

    wider = {
        "features": with_constant(data["features"]),
        **{name: (with_constant(data[name][0]), data[name][1]) for name in ("validation", "test")},
    }
    assert scored(data, **wider).min() > 0.9


def test_validation_chooses_the_penalty(data: dict) -> None:
    strong = scored(data, penalties=[1e6])
    weak = scored(data, penalties=[0.01])
    assert strong.mean() < weak.mean() - 0.1
    assert torch.equal(scored(data, penalties=[1e6, 0.01]), weak)
    # With validation labels that say "always the commonest", the strong penalty is the better.
    commonest = data["labels"].mode().values
    flat = data["validation"][0], torch.full((300,), int(commonest))
    chosen = scored(data, validation=flat, penalties=[0.01, 1e6])
    assert torch.equal(chosen, strong)


def test_features_in_other_precision_and_with_gradients(data: dict) -> None:
    features = data["features"].to(torch.bfloat16).requires_grad_()
    assert scored(data, features=features).min() > 0.85


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": torch.zeros(600)}, r"training features \(600,\) and labels \(600,\), wanted"),
        ({"labels": torch.zeros(5)}, r"labels \(5,\), wanted \(N, D\) and \(N,\)"),
        ({"test": (torch.zeros(0, 5), torch.zeros(0))}, r"test features \(0, 5\)"),
        ({"features": torch.full((600, 5), torch.nan)}, "training features are not all finite"),
        ({"features": torch.ones(600, 5)}, "all the same"),
        ({"labels": torch.zeros(600, dtype=torch.long)}, "set 0 has labels of one class only"),
        ({"sets": torch.tensor([[600]])}, "places from 0 to 599"),
        ({"sets": torch.arange(10)}, r"sets \(10,\) must be \(draws, size\)"),
        ({"penalties": [0.0]}, r"penalties=\(0.0,\), wanted positive"),
        ({"penalties": []}, "wanted positive"),
    ],
)
def test_what_cannot_be_probed_is_refused(data: dict, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scored(data, **options)
