"""The transformers: attention by hand, one order and all of them, completions, refusals."""

import itertools

import pytest
import torch
import torch.nn.functional as F

from genlib.autoregressive import AnyOrderTransformer, Transformer
from genlib.autoregressive.attention import TransformerBlock
from genlib.likelihoods import Bernoulli, Symbols
from tests.autoregressive.models import CASES, built, drawn

BITS = {"event_shape": (3,), "likelihood": Bernoulli(event_dims=1)}
EVERY = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3))).double()


def small(kind: type = AnyOrderTransformer, **options: object) -> AnyOrderTransformer:
    """Return a model of three bits in which all matters."""
    torch.manual_seed(0)
    model = kind(2, 8, 2, **BITS | options).double().eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


# Attention


@pytest.mark.parametrize("causal", [True, False])
def test_attention_is_a_weighted_mean_of_values(causal: bool) -> None:
    torch.manual_seed(0)
    block, x = TransformerBlock(6, 2, causal=causal).double(), torch.randn(2, 5, 6).double()
    for norm in (block.norm, block.attention_norm):
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    q, k, v = (x_hat(x, block.attention_norm) @ w.T + b for w, b in thirds(block))
    seen = torch.zeros_like(x)
    for event, i, head in itertools.product(range(2), range(5), range(2)):
        part = slice(3 * head, 3 * head + 3)
        last = i + 1 if causal else 5
        weights = torch.stack([q[event, i, part] @ k[event, j, part] / 3**0.5 for j in range(last)])
        a = weights.exp() / weights.exp().sum()
        seen[event, i, part] = sum(a[j] * v[event, j, part] for j in range(last))
    y = x + seen @ block.out.weight.T + block.out.bias
    inner = F.gelu(x_hat(y, block.norm) @ block.mlp[0].weight.T + block.mlp[0].bias)
    wanted = y + inner @ block.mlp[2].weight.T + block.mlp[2].bias
    torch.testing.assert_close(block(x), wanted)


def x_hat(x: torch.Tensor, norm: torch.nn.LayerNorm) -> torch.Tensor:
    """Return the layer normalisation."""
    spread = (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    return (x - x.mean(-1, keepdim=True)) / spread * norm.weight + norm.bias


def thirds(block: TransformerBlock) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return matrix and bias of queries, keys and values."""
    layer = block.queries_keys_values
    return list(zip(layer.weight.split(6), layer.bias.split(6), strict=True))


def test_dropout_acts_in_training_alone() -> None:
    model, x = small(Transformer, dropout=0.5), EVERY
    assert torch.equal(model.log_prob(x), model.log_prob(x))
    model.train()
    assert not torch.equal(model.log_prob(x), model.log_prob(x))
    plain = small(Transformer).train()
    assert torch.equal(plain.log_prob(x), plain.log_prob(x))


# What the entries are, for every likelihood


@pytest.mark.parametrize(("name", "event"), [case for case in CASES if "Transf" in case[0]])
def test_the_log_probabilities_of_the_entries_add_up(name: str, event: str) -> None:
    model = built(name, event)
    x = drawn(model, 3)
    outputs = torch.randn(3, model.entries, model.outputs).double()
    whole = model.likelihood.log_prob(x, model.arranged(outputs))
    entries = model.log_prob_of_entries(x, outputs)
    assert entries.shape == (3, len(model.places()))
    torch.testing.assert_close(entries.sum(1), whole)
    tokens = model.tokens(x)
    for number, place in enumerate(model.places()):
        torch.testing.assert_close(model.token(x[(..., *place)]), tokens[:, number])


# One order


@torch.no_grad()
def test_a_prefix_is_continued() -> None:
    """What follows a prefix has the conditional probabilities."""
    model, n = small(Transformer), 20_000
    known = torch.tensor([True, True, False])
    given = torch.tensor([[1.0, 0.0, 0.0]]).double()
    found = model.sample(n, given=given, known=known, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found[:, :2], given[:, :2].expand(n, -1))
    p = model.conditionals(given)[0, 0, 2].sigmoid()
    assert abs(found[:, 2].mean() - p) < 5 * 0.5 / n**0.5


@torch.no_grad()
def test_a_label_is_the_first_token() -> None:
    model = small(Transformer, classes=2)
    swapped = small(Transformer, classes=2)
    swapped.start.weight.copy_(model.start.weight.flip(0))
    assert torch.equal(model.log_prob(EVERY, 0), swapped.log_prob(EVERY, 1))
    assert (model.log_prob(EVERY, 0) - model.log_prob(EVERY, 1)).abs().min() > 1e-3
    assert abs(model.log_prob(EVERY, 1).exp().sum() - 1) < 1e-9


# Any order

ORDERS = list(itertools.permutations(range(3)))


@torch.no_grad()
def in_each_order(model: AnyOrderTransformer, x: torch.Tensor) -> torch.Tensor:
    """Return log p(x | order), (6, B)."""
    found = []
    for order in ORDERS:
        model.set_order(order)
        found.append(model.log_prob(x))
    return torch.stack(found)


@torch.no_grad()
def test_in_every_order_the_probabilities_of_all_images_sum_to_one() -> None:
    torch.manual_seed(0)
    model = AnyOrderTransformer(1, 8, 2, event_shape=(1, 3, 3)).double()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=9))).view(-1, 1, 3, 3).double()
    scores = []
    for seed in (None, 0, 1):
        order = None if seed is None else torch.randperm(9, generator=generator(seed))
        model.set_order(order)
        scores.append(model.log_prob(images))
        assert abs(scores[-1].exp().sum() - 1) < 1e-9
    assert (scores[0] - scores[1]).abs().max() > 0.01, "one order is like another"


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@torch.no_grad()
def test_the_loss_estimates_the_mean_over_orders_without_bias() -> None:
    model, x = small(), EVERY[[1, 6]]
    orders = in_each_order(model, x)
    wanted = orders.mean(0)
    torch.manual_seed(1)
    draws = model.terms(x.repeat_interleave(40_000, 0)).view(2, -1)
    error = draws.std(1) / 40_000**0.5
    assert ((draws.mean(1) - wanted).abs() < 4.5 * error).all()
    assert (error < 0.01 * wanted.abs()).all()
    assert (orders.std(0) > 0.05).all(), "orders do not differ: the test sees nothing"
    assert (wanted < orders.exp().mean(0).log()).all(), "the mean is a bound"
    torch.manual_seed(2)
    loss = model.loss(x)
    torch.manual_seed(2)
    assert torch.equal(loss, -model.elbo(x).mean())
    torch.manual_seed(2)
    several = model.elbo(x, samples=3)
    torch.manual_seed(2)
    torch.testing.assert_close(several, sum(model.terms(x) for _ in range(3)) / 3)


@torch.no_grad()
def test_every_set_of_known_entries_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 0, 1 or 2 known ones each a third, and of three sets of one size each a ninth."""
    model, seen = small(), []
    network = model.network
    monkeypatch.setattr(model, "network", lambda t, k, of: [seen.append(k), network(t, k, of)][1])
    torch.manual_seed(0)
    model.terms(EVERY[:1].expand(20_000, -1))
    sets = (seen[0].long() @ torch.tensor([4, 2, 1])).bincount(minlength=8) / 20_000
    wanted = torch.tensor([3, 1, 1, 1, 1, 1, 1, 0]) / 9
    assert (sets - wanted).abs().max() < 5 * 0.5 / 20_000**0.5
    assert sets[7] == 0


@torch.no_grad()
def test_a_conditional_does_not_depend_on_the_order_of_what_is_known() -> None:
    model, found = small(), []
    for order in ([0, 1, 2], [1, 0, 2]):
        model.set_order(order)
        found.append(model.conditionals(EVERY)[..., 2])
    torch.testing.assert_close(*found)


@torch.no_grad()
def test_a_completion_sees_all_that_is_known() -> None:
    """The first bit given the other two, and two bits given the last: as if that came first."""
    model, n = small(), 20_000
    for kept in ([1, 2], [2]):
        known = torch.zeros(3, dtype=torch.bool)
        known[kept] = True
        given = torch.tensor([[0.0, 1.0, 1.0]]).double()
        found = model.sample(n, given=given, known=known, generator=generator(0))
        again = model.sample(n, given=given, known=known, generator=generator(0), cached=False)
        assert torch.equal(found, again)
        assert torch.equal(found[:, kept], given[:, kept].expand(n, -1))
        model.set_order([*kept, *[k for k in range(3) if k not in kept]])
        joint = model.log_prob(EVERY).exp()
        model.set_order(None)
        fits = (EVERY[:, kept] == given[:, kept]).all(1)
        p = joint * fits / (joint * fits).sum()
        number = found.long() @ torch.tensor([4, 2, 1])
        frequency = number.bincount(minlength=8) / n
        assert (frequency - p).abs().max() < 5 * 0.5 / n**0.5


def test_what_is_given_stays_as_it_is() -> None:
    model = AnyOrderTransformer(event_shape=(4,), likelihood="gaussian")
    given, known = torch.randn(2, 4), torch.tensor([True, False, False, True])
    before = given.clone()
    model.sample(2, given=given, known=known)
    assert torch.equal(given, before)
    found = model.sample(3, given=given[:1], known=known)  # one for all
    assert torch.equal(found[:, [0, 3]], given[:1, [0, 3]].expand(3, -1))


@torch.no_grad()
def test_each_event_may_know_other_entries() -> None:
    model = small()
    known = torch.tensor([[True, False, True], [False, True, False], [False, False, False]])
    given = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).double()
    cache = model.begun(3, None, given, known)
    found = cache.next()[:, 0, 0]
    for row in range(3):
        alone = model.network(model.tokens(given[row : row + 1]), known[row])[0, 0, 0]
        torch.testing.assert_close(found[row], alone)
    other = torch.where(known, given, 1 - given)  # what is unknown has no influence
    torch.testing.assert_close(model.begun(3, None, other, known).next()[:, 0, 0], found)


def test_a_colour_known_in_part_is_not_seen() -> None:
    model = built("AnyOrderTransformer", "colours at once")
    known = torch.ones(3, 4, 3, dtype=torch.bool)
    known[1, 0, 1] = False
    cache = model.begun(2, None, drawn(model, 2), known.expand(2, -1, -1, -1))
    wanted = torch.ones(12, dtype=torch.bool)
    wanted[1] = False
    assert torch.equal(cache.seen, wanted.expand(2, -1))


@pytest.mark.parametrize("kind", [Transformer, AnyOrderTransformer])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 0}, "layers=0"),
        ({"width": 9}, "multiple of the heads"),
        ({"heads": 0}, "heads=0"),
        ({"dropout": 1.0}, "below 1"),
        ({"order": [0, 1]}, "wanted 0 to 2, each once"),
    ],
)
def test_what_makes_no_model_is_refused(kind: type, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**{"layers": 1, "width": 8, "heads": 2} | BITS | options)


def test_wrong_requests_are_refused() -> None:
    model = small()
    with pytest.raises(ValueError, match="each once"):
        model.set_order([0, 1, 1])
    with pytest.raises(ValueError, match="at least 1"):
        model.elbo(EVERY, samples=0)
    with pytest.raises(ValueError, match="only zeros and ones"):
        model.elbo(EVERY / 2)
    symbols = AnyOrderTransformer(1, 8, 2, event_shape=(3,), likelihood=Symbols(3), classes=2)
    with pytest.raises(ValueError, match="wanted labels"):
        symbols.elbo(torch.zeros(2, 3).long())
