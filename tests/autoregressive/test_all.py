"""What holds for every autoregressive model: order, normalisation, one sampler, refusals."""

import itertools
import math

import pytest
import torch

from genlib.autoregressive import AutoregressiveModel
from tests.autoregressive.models import CASES, INDEPENDENT, OF_IMAGES, built, drawn, label

every = pytest.mark.parametrize(("name", "event"), CASES, ids=lambda part: part.replace(" ", "-"))


def entries(model: AutoregressiveModel, place: tuple) -> tuple:
    """Return where the parameters of a place are."""
    return (..., *place[-(len(model.parameter_shape) - 1) :])


@every
def test_each_entry_sees_all_before_it_and_nothing_after(name, event):
    model = built(name, event)
    x = drawn(model, 2)
    with torch.no_grad():
        before = model.conditionals(x, label(model, 2))
        for number, place in enumerate(model.places()):
            other = x.clone()
            levels = model.likelihood.levels
            at = (0, *place)
            other[at] = model.likelihood.value((model.likelihood.level(x[at]) + 1) % levels)
            after = model.conditionals(other, label(model, 2))
            assert torch.equal(after[1], before[1]), "one event sees another"
            moved = [
                (after[0] - before[0])[entries(model, each)].abs().max() > 0
                for each in model.places()
            ]
            assert not any(moved[: number + 1]), f"{place} is seen by itself or by earlier entries"
            if number + 1 < len(moved) and name not in INDEPENDENT:
                assert any(moved[number + 1 :]), f"nothing sees {place}"


@pytest.mark.parametrize("name", OF_IMAGES)
def test_probabilities_of_all_small_images_sum_to_one(name):
    torch.manual_seed(0)
    model = OF_IMAGES[name](event_shape=(1, 3, 3)).eval()
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=9))).reshape(-1, 1, 3, 3)
    with torch.no_grad():
        assert model.log_prob(images).exp().sum().item() == pytest.approx(1, abs=1e-5)


@every
def test_the_cache_gives_the_conditionals(name, event):
    model = built(name, event)
    x, of = drawn(model, 3), label(model, 3)
    with torch.no_grad():
        wanted = model.conditionals(x, of)
        cache = model.cache(3, of)
        for place in model.places():
            found = cache.next()
            assert found.shape == wanted[entries(model, place)].shape
            assert torch.allclose(found, wanted[entries(model, place)], atol=1e-12, rtol=0)
            cache.append(x[(..., *place)])


@every
def test_cached_and_naive_sampling_give_the_same_draws(name, event):
    model = built(name, event)
    of = label(model, 4)
    cached = model.sample(4, label=of, generator=torch.Generator().manual_seed(3))
    naive = model.sample(4, label=of, generator=torch.Generator().manual_seed(3), cached=False)
    assert torch.equal(cached, naive)
    assert len(cached.unique(dim=0)) > 1
    model.check(cached if of is None else (cached, of))


@every
def test_the_sampler_draws_from_the_likelihood(name, event):
    """The draws of the first entry have its probabilities."""
    model = built(name, event)
    n, place = 1500, model.places()[0]
    of = None if model.classes is None else 1
    x = model.sample(n, label=of, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        given = None if of is None else torch.full((1,), of)
        parameters = model.conditionals(drawn(model, 1), given)[entries(model, place)]
        if event == "colours at once":
            p = model.likelihood.mean(parameters)[0]
            assert torch.allclose(x[(..., *place)].mean(0), p, atol=5 * 0.5 / math.sqrt(n))
            return
        p = model.likelihood.probabilities(parameters).flatten()
    count = model.likelihood.level(x[(..., *place)]).flatten().long().bincount(minlength=len(p))
    assert torch.allclose(count.double() / n, p, atol=5 * 0.5 / math.sqrt(n))


@every
def test_known_entries_are_kept_and_guide_the_others(name, event):
    model = built(name, event)
    x, of = drawn(model, 3), label(model, 3)
    known = torch.zeros(model.event_shape, dtype=torch.bool)
    for place in model.places()[::2]:
        known[place] = True
    found = model.sample(3, label=of, given=x, known=known)
    assert torch.equal(found[:, known], x[:, known])
    everything = model.sample(3, label=of, given=x, known=torch.ones_like(known))
    assert torch.equal(everything, x)


def test_completion_continues_what_is_given():
    """A model in which each pixel copies its left neighbour completes rows by their first pixel."""
    model = OF_IMAGES["PixelCNN"](event_shape=(1, 3, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.first.weight[0, 0, -1, 1] = 1.0  # y = 2 x - 1 of the pixel to the left
        model.hidden.weight[0, 0], model.last.weight[0, 0] = 1.0, 200.0
        model.last.bias[0] = -100.0
    given = torch.zeros(1, 1, 3, 4)
    given[..., 0] = torch.tensor([1.0, 0.0, 1.0])
    known = torch.zeros(1, 3, 4, dtype=torch.bool)
    known[..., 0] = True
    assert torch.equal(model.sample(2, given=given, known=known), given[..., :1].expand(2, 1, 3, 4))


def test_a_label_changes_the_conditionals_and_is_asked_for():
    model = built("PixelCNN", "labelled")
    x = drawn(model, 3)
    assert (model.log_prob(x, 0) - model.log_prob(x, 1)).abs().min() > 1e-3
    with pytest.raises(ValueError, match="conditional: wanted labels"):
        model.log_prob(x)
    with pytest.raises(ValueError, match="labels from 0 to 2"):
        model.log_prob(x, 3)
    with pytest.raises(ValueError, match="wanted labels"):
        model.check(x)


@pytest.mark.parametrize("name", ["PixelCNN", "MADE", "Transformer", "AnyOrderTransformer"])
def test_labels_may_be_any_whole_numbers(name):
    model, losses = built(name, "labelled"), []
    x, of = drawn(model, 3), torch.tensor([0, 2, 1])
    for kind in (torch.uint8, torch.int16, torch.int64):
        model.check((x, of.to(kind)))
        torch.manual_seed(0)
        losses.append(model.loss((x, of.to(kind))))
    assert losses[0] == losses[1] == losses[2]


COLOUR_MODELS = [name for name, event in CASES if event == "colours at once"]


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("name", COLOUR_MODELS)
def test_a_known_channel_guides_the_others_of_its_pixel(name, cached):
    """The first pixel's green and blue follow their probabilities given its red."""
    model, n = built(name, "colours at once"), 2000
    place = model.places()[0]
    at, given = (..., *place), drawn(model, 1)
    known = torch.zeros(model.event_shape, dtype=torch.bool)
    known[0] = True  # red of all pixels
    source = torch.Generator().manual_seed(0)
    found = model.sample(n, given=given, known=known, generator=source, cached=cached)
    assert torch.equal(found[:, 0], given[:, 0].expand(n, -1, -1))
    with torch.no_grad():
        parameters = model.conditionals(given, None)[entries(model, place)]
        red = given[at][:, :1]
        p = model.likelihood.channel_probabilities(parameters, red).flatten()
    level = model.likelihood.level(found[at])
    count = level[:, 1].flatten().long().bincount(minlength=4)
    assert torch.allclose(count.double() / n, p, atol=5 * 0.5 / math.sqrt(n))
    for green in range(4):
        mine = level[:, 1].flatten() == green
        before = torch.cat([red, torch.full_like(red, green / 3)], 1)
        p = model.likelihood.channel_probabilities(parameters, before).flatten()
        count = level[mine, 2].flatten().long().bincount(minlength=4).double()
        assert torch.allclose(count / mine.sum(), p, atol=5 * 0.5 / mine.sum().item() ** 0.5)


def test_a_colour_known_as_a_whole_or_not_at_all_leaves_the_draws_as_they_are():
    model = built("PixelCNN", "colours at once")
    known = torch.zeros(model.event_shape, dtype=torch.bool)
    known[:, 3] = True  # the last row: it has no influence on those before
    free = model.sample(3, generator=torch.Generator().manual_seed(0))
    source = torch.Generator().manual_seed(0)
    kept = model.sample(3, given=drawn(model, 3), known=known, generator=source)
    assert torch.equal(kept[:, :, :3], free[:, :, :3])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(2, 3, 4, 5), r"shape \(B, 1, 4, 5\)"),
        (torch.full((2, 1, 4, 5), 0.5), "only zeros and ones"),
        (torch.zeros(2, 1, 4, 5, dtype=torch.long), "wants floats"),
        (torch.zeros(2, 1, 4, 5, dtype=torch.float64), "torch.float32 as its parameters are"),
    ],
)
def test_events_of_another_space_are_refused(wrong, message):
    model = OF_IMAGES["PixelCNN"](event_shape=(1, 4, 5))
    with pytest.raises(ValueError, match=message):
        model.log_prob(wrong)
    with pytest.raises(ValueError, match=message):
        model.check(wrong)


X = torch.zeros(1, 1, 4, 5)
KNOWN = torch.ones(1, 4, 5, dtype=torch.bool)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "at least 1"),
        ({"n": 2, "label": 1}, "unconditional"),
        ({"n": 2, "given": X}, "both given= and known="),
        ({"n": 2, "given": X, "known": KNOWN.float()}, "wanted torch.bool"),
        ({"n": 2, "given": X, "known": KNOWN[..., :-1]}, r"broadcasts to \(2, 1, 4, 5\)"),
        ({"n": 2, "given": X.expand(3, -1, -1, -1), "known": KNOWN}, "broadcasts to"),
        ({"n": 2, "given": X + 0.5, "known": KNOWN}, "only zeros and ones"),
    ],
)
def test_wrong_requests_are_refused(options, message):
    model = OF_IMAGES["PixelCNN"](event_shape=(1, 4, 5))
    with pytest.raises(ValueError, match=message):
        model.sample(**options)
