"""Models of counts: the rule by hand, known sources, other lengths, refusals."""

import itertools
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import genlib
from genlib import zoo
from genlib.autoregressive import AutoregressiveModel, MarkovChain, NGram, PositionWeights
from genlib.data import sequences
from genlib.likelihoods import Bernoulli, Categorical, LogisticMixture, Symbols
from genlib.storage import load_exact
from genlib.zoo import Card

OF = {"event_shape": (5,), "likelihood": Symbols(3)}
ALL = torch.cartesian_prod(*[torch.arange(3)] * 5)
WEIGHTS = lambda **options: PositionWeights(0.7, **OF | options)  # noqa: E731
CHAIN = lambda **options: MarkovChain(2, pseudo=0.7, **OF | options)  # noqa: E731
SHARED = lambda **options: MarkovChain(2, False, 0.7, **OF | options)  # noqa: E731
GRAM = lambda **options: NGram(3, **OF | options)  # noqa: E731
every = pytest.mark.parametrize("build", [WEIGHTS, CHAIN, SHARED, GRAM])


def few(n: int = 9, seed: int = 0) -> torch.Tensor:
    """Return so few sequences that many contexts are never seen."""
    return torch.randint(3, (n, 5), generator=torch.Generator().manual_seed(seed))


def by_hand(model: AutoregressiveModel, x: torch.Tensor) -> Callable[[list, int], float]:
    """Return the function (context, position, w) -> p(w | context), by dictionaries."""
    followed = Counter()
    for row in x.tolist():
        for t, w in enumerate(row):
            for length in range(min(t, model.context) + 1):
                place = t if model.positions > 1 else None
                followed[place, tuple(row[t - length : t]), w] += 1

    def p(context: tuple, t: int, w: int) -> float:
        place = t if model.positions > 1 else None
        counts = [followed[place, context, v] for v in range(3)]
        below = p(context[1:], t, w) if context else 1 / 3
        kinds = sum(count > 0 for count in counts)
        strength = kinds if isinstance(model, NGram) else model.pseudo
        if sum(counts) == 0:
            return below
        return (counts[w] + strength * below) / (sum(counts) + strength)

    return p


@every
def test_probabilities_are_those_of_the_rule(build: Callable) -> None:
    model = build().double().count(few())
    p = by_hand(model, few())
    wanted = [
        math.prod(p(tuple(row[max(0, t - model.context) : t]), t, row[t]) for t in range(5))
        for row in ALL.tolist()
    ]
    found = model.log_prob(ALL).exp()
    torch.testing.assert_close(
        found, torch.tensor(wanted, dtype=torch.double), atol=1e-12, rtol=1e-9
    )
    assert abs(found.sum() - 1) < 1e-12


def test_a_matrix_of_position_weights() -> None:
    x = torch.tensor([[0, 2], [0, 1], [1, 2]])
    model = PositionWeights(1.5, event_shape=(2,), likelihood=Symbols(3)).count(x)
    wanted = torch.tensor([[2.5, 1.5, 0.5], [0.5, 1.5, 2.5]]) / 4.5
    torch.testing.assert_close(model.matrix(), wanted)
    assert model.log_prob(torch.tensor([[0, 2]])).exp().item() == pytest.approx((2.5 / 4.5) ** 2)


@every
def test_without_counts_all_is_even_and_new_counts_replace_the_old(build: Callable) -> None:
    model = build().double()
    assert torch.allclose(model.log_prob(ALL), torch.tensor(-5 * math.log(3)).double())
    again = build().double().count(few(seed=1)).count(few())
    assert torch.equal(again.log_prob(ALL), model.count(few()).log_prob(ALL))


@every
def test_each_label_has_counts_of_its_own(build: Callable) -> None:
    x, label = few(20), torch.arange(20) % 2
    model = build(classes=2).double().count(x, label)
    for k in (0, 1):
        alone = build().double().count(x[label == k])
        torch.testing.assert_close(model.log_prob(ALL, k), alone.log_prob(ALL))
    with pytest.raises(ValueError, match="wanted labels"):
        model.count(x)


def test_an_order_is_heeded() -> None:
    back = [4, 3, 2, 1, 0]
    for build in (CHAIN, SHARED):
        model = build(order=back).double().count(few())
        plain = build().double().count(few().flip(1))
        torch.testing.assert_close(model.log_prob(ALL), plain.log_prob(ALL.flip(1)))


@pytest.mark.parametrize("build", [CHAIN, SHARED, GRAM])
def test_draws_have_the_probabilities(build: Callable) -> None:
    model = build(event_shape=(3,)).count(few()[:, :3])
    draws = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    counts = (draws @ torch.tensor([9, 3, 1])).bincount(minlength=27)
    expected = 20_000 * model.log_prob(torch.cartesian_prod(*[torch.arange(3)] * 3)).exp()
    assert ((counts - expected).square() / expected).sum() < 55  # 0.999 quantile of chi2(26)


def test_a_known_chain_is_found() -> None:
    """Long sequences of a homogeneous chain give back its transitions."""
    step = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.0, 0.3, 0.7]])
    source = MarkovChain(1, False, event_shape=(2000,), likelihood=Symbols(3))
    x = torch.zeros(30, 2000).long()
    g = torch.Generator().manual_seed(0)
    for t in range(1, 2000):
        x[:, t] = torch.multinomial(step[x[:, t - 1]], 1, generator=g)[:, 0]
    source.count(x)
    pairs = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    first = source.log_prob(pairs[::3, :1])
    found = (source.log_prob(pairs).view(3, 3) - first[:, None]).exp()
    assert (found - step).abs().max() < 0.01
    gram = NGram(2, event_shape=(7,), likelihood=Symbols(3)).count(x)
    fresh = source.sample(20, generator=g)
    assert abs((gram.log_prob(fresh) - source.log_prob(fresh)).mean() / 2000) < 0.002


def test_texts_of_any_length_are_counted_and_scored() -> None:
    model = NGram(2, event_shape=(4,), likelihood=Symbols(3)).double()
    text = torch.randint(3, (1, 300), generator=torch.Generator().manual_seed(0))
    model.count(text)
    long = model.log_prob(text)
    pieces = (
        model.log_prob(text[:, :100]),
        model.log_prob(text[:, 98:]),
        model.log_prob(text[:, 98:100]),
    )
    torch.testing.assert_close(long, pieces[0] + pieces[1] - pieces[2])
    assert model.sample(2).shape == (2, 4)
    assert model.count(text[:, :2]).log_prob(text[:, :1]).shape == (1,)


def test_pixels_are_counted_too() -> None:
    x = (torch.rand(50, 1, 2, 2, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    model = PositionWeights(event_shape=(1, 2, 2)).count(x)
    pi = (x.sum(0) + 0.5) / 51
    torch.testing.assert_close(model.log_prob(x), Bernoulli().log_prob(x, pi.logit()[None]))
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))).view(16, 1, 2, 2)
    chain = MarkovChain(3, event_shape=(1, 2, 2)).count(x)
    assert chain.log_prob(images).exp().sum().item() == pytest.approx(1, abs=1e-5)
    colours = MarkovChain(event_shape=(3, 2, 2), likelihood=Categorical(3)).double()
    seen = torch.randint(3, (200, 3, 2, 2), generator=torch.Generator().manual_seed(0)) / 2
    colours.count(seen.double())
    red = MarkovChain(event_shape=(12,), likelihood=Categorical(3, event_dims=1)).double()
    flat = seen.double().permute(0, 2, 3, 1).flatten(1)  # pixel by pixel, then by channels
    torch.testing.assert_close(colours.log_prob(seen.double()), red.count(flat).log_prob(flat))
    assert MarkovChain().event_shape == PositionWeights().event_shape == (1, 28, 28)


def test_bases_of_real_splice_sites() -> None:
    """Bits a base of held-out donors: order helps a little, a matrix knows most of it."""
    splits = [sequences.splice(split) for split in ("train", "test")]
    train, test = (split.symbols[split.labels == 0].long() for split in splits)
    bits = {}
    for name, model in (
        ("matrix", PositionWeights(event_shape=(60,), likelihood=Symbols(4))),
        ("chain", MarkovChain(1, True, 10.0, event_shape=(60,), likelihood=Symbols(4))),
    ):
        bits[name] = -model.count(train).log_prob(test).mean().item() / 60 / math.log(2)
    assert 1.82 < bits["matrix"] < 1.89
    assert bits["matrix"] - 0.07 < bits["chain"] < bits["matrix"] - 0.01


def test_characters_of_prose() -> None:
    train, test = sequences.prose("train"), sequences.prose("test")
    model = NGram(4, event_shape=(80,), likelihood=Symbols(len(train.alphabet)))
    x = [text.symbols.long()[None] for text in (train, test)]
    bits = -model.count(x[0]).log_prob(x[1]).item() / x[1].numel() / math.log(2)
    assert 1.9 < bits < 2.3


STORED = {
    "MarkovChain": {"context": 2, "classes": 2},
    "NGram": {"context": 3, "classes": 2},
    "PositionWeights": {"pseudo": 0.7, "classes": 2},
}


def card_of(kind: str) -> Card:
    """Return the card of a model of sequences of five."""
    symbols = {"factory": "genlib.likelihoods:Symbols", "arguments": {"levels": 3}}
    arguments = {"event_shape": [5], "likelihood": symbols, **STORED[kind]}
    words = dict.fromkeys(("data", "recipe", "hardware"), "none")
    factory = f"genlib.autoregressive:{kind}"
    return Card(name="counts", factory=factory, arguments=arguments, **words, seed=0, steps=0,
                minutes=0.0)  # fmt: skip


@pytest.mark.parametrize("kind", STORED)
def test_counts_are_stored_and_come_back(kind: str, tmp_path: Path) -> None:
    x, label = few(30), torch.arange(30) % 2
    model = card_of(kind).build().count(x, label)
    zoo.save(model, card_of(kind), path=tmp_path)
    again = zoo.load("counts", path=tmp_path)
    assert torch.equal(again.contexts, model.contexts)
    torch.testing.assert_close(again.log_prob(ALL, 1), model.log_prob(ALL, 1), atol=1e-2, rtol=1e-3)
    assert again.log_prob(ALL, 1).exp().sum().item() == pytest.approx(1, abs=1e-5)
    assert again.sample(3, label=0).shape == (3, 5)
    assert not any(parameter.requires_grad for parameter in again.parameters())
    for other in (card_of(kind).build(), card_of(kind).build().count(few(4), label[:4])):
        load_exact(other, model.state_dict())
        assert torch.equal(other.log_prob(ALL, 0), model.log_prob(ALL, 0))
        assert torch.equal(other.count(x, label).logits, model.logits)


def test_counts_inside_another_model_come_back() -> None:
    def shell(prior: NGram) -> torch.nn.ModuleDict:
        return torch.nn.ModuleDict({"prior": prior, "same": prior, "rest": torch.nn.Linear(2, 2)})

    whole, fresh = shell(GRAM().count(few())), shell(GRAM())
    load_exact(fresh, whole.state_dict())
    assert torch.equal(fresh["prior"].log_prob(ALL), whole["prior"].log_prob(ALL))


def test_counts_of_other_kinds_are_refused_and_leave_the_model_as_it_was() -> None:
    model, weights = GRAM().count(few()), dict(GRAM().count(few(3)).state_dict())
    before = model.log_prob(ALL)
    other = NGram(3, event_shape=(5,), likelihood=Symbols(4)).state_dict()
    lone = {"contexts": weights["contexts"]}
    for wrong, complaint in (
        (other, r"logits: \(1, 4\), wanted \(1, 3\)"),
        (lone, "logits: absent"),
        ({}, "contexts: absent"),
        (weights | {"logits": weights["logits"][:2]}, r"logits: \(2, 3\), wanted \(\d\d, 3\)"),
        (weights | {"contexts": torch.tensor(-1)}, r"contexts: \(\), wanted"),
        ({name: rows[:0] for name, rows in weights.items()}, r"contexts: \(0,\), wanted \(\d\d,\)"),
        (weights | {"contexts": weights["contexts"][:0]}, r"contexts: \(0,\), wanted"),
    ):
        with pytest.raises(ValueError, match=f"another architecture than NGram: .*{complaint}"):
            load_exact(model, wrong)
        assert torch.equal(model.log_prob(ALL), before)


def test_nothing_is_trained_by_gradients() -> None:
    model = GRAM().count(few())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    with pytest.raises(NotImplementedError, match=r"fitted by \.count"):
        genlib.fit(model, few(), steps=1, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MarkovChain(-1, **OF), "context=-1"),
        (lambda: NGram(40, **OF), "context=40"),
        (lambda: MarkovChain(pseudo=0.0, **OF), "pseudo=0.0"),
        (lambda: PositionWeights(math.nan, **OF), "pseudo=nan"),
        (lambda: NGram(likelihood=LogisticMixture()), "likelihood=LogisticMixture"),
        (lambda: CHAIN().count(few()[:, :4]), r"shape \(B, 5\)"),
        (lambda: CHAIN().log_prob(few().float()), "torch.float32"),
        (lambda: GRAM().count(few() + 1), "from 1 to 3"),
        (lambda: GRAM().count([[0, 1]]), "list"),
        (lambda: GRAM().count(few()[0]), "shape"),
    ],
)
def test_what_cannot_be_counted_is_refused(build: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
