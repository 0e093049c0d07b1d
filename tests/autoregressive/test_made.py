"""MADE: whom each entry sees, orders, independent entries, what a pass costs, refusals."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F

import genlib
from genlib.autoregressive import MADE
from genlib.likelihoods import Categorical, Gaussian, LogisticMixture, Symbols


def symbols(hidden: tuple | None = (30,), n: int = 3, k: int = 4, **options: object) -> MADE:
    torch.manual_seed(0)
    return MADE(hidden, event_shape=(n,), likelihood=Symbols(k), **options).double()


@pytest.mark.parametrize("hidden", [None, (), (30,), (30, 40), (1,)])
@pytest.mark.parametrize("direct", [False, True])
@torch.no_grad()
def test_probabilities_of_all_sequences_sum_to_one(hidden: tuple | None, direct: bool) -> None:
    model = symbols(hidden, direct=direct)
    x = torch.cartesian_prod(*[torch.arange(4)] * 3)
    assert abs(model.log_prob(x).exp().sum() - 1) < 1e-9


@torch.no_grad()
def test_probabilities_are_products_of_softmaxes_of_a_masked_network() -> None:
    """By hand, with masks written out: 3 entries of 2 symbols, units of degrees 0, 1, 2, 0."""
    model, x = symbols((4,), k=2), torch.cartesian_prod(*[torch.arange(2)] * 3)
    first, _, last = model.network.network
    degree, entry = torch.tensor([0, 1, 2, 0]), torch.arange(6) // 2 + 1
    w1 = first.weight * (entry <= degree[:, None])
    w2 = last.weight * (degree < entry[:, None])
    seen = F.one_hot(x, 2).double().flatten(1)
    logits = (torch.relu(seen @ w1.T + first.bias) @ w2.T + last.bias).view(8, 3, 2)
    wanted = logits.log_softmax(-1).gather(-1, x[..., None]).sum((1, 2))
    assert torch.allclose(model.log_prob(x), wanted, atol=1e-12)


def sees(model: MADE) -> torch.Tensor:
    """Return which entry's parameters depend on which entry, (D, D), over several draws."""
    x = torch.randn(20, model.entries, dtype=torch.float64, requires_grad=True)
    parameters = model.conditionals(x)
    rows = [torch.autograd.grad(p.sum(), x, retain_graph=True)[0] for p in parameters.unbind(-1)]
    return torch.stack([row.abs().sum(0) for row in rows]) > 0


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("order", [None, [2, 0, 3, 1, 4]])
def test_an_entry_sees_those_before_it_in_the_order(order: list | None, direct: bool) -> None:
    torch.manual_seed(0)
    options = {"event_shape": (5,), "likelihood": Gaussian(None, event_dims=1), "order": order}
    model = MADE((50, 50), direct, **options).double()
    rank = torch.arange(5) if order is None else torch.tensor(order).argsort()
    assert torch.equal(sees(model), rank[None] < rank[:, None])
    narrow = MADE((2,), **options).double()
    assert not (sees(narrow) & ~(rank[None] < rank[:, None])).any()
    assert sees(narrow)[rank.argmax()].sum() == 4, "the last entry sees all, however few the units"


def test_without_hidden_layers_the_logits_are_linear() -> None:
    model = symbols((), n=4, k=2)
    with torch.no_grad():
        x = torch.cartesian_prod(*[torch.arange(2)] * 4)
        logits = model.conditionals(x)[:, 1, 3]
        design = torch.cat([F.one_hot(x[:, :3], 2).flatten(1), torch.ones(16, 1)], 1).double()
        fitted = design @ torch.linalg.lstsq(design, logits, driver="gelsd").solution
    assert torch.allclose(fitted, logits, atol=1e-9)


@torch.no_grad()
def test_the_order_is_that_of_the_places() -> None:
    """An order of an image's entries, with colours within a pixel."""
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    options = {"event_shape": (3, 2, 2), "likelihood": Categorical(3)}
    model = MADE((60,), order=order, **options)
    natural = [(c, i, j) for i in range(2) for j in range(2) for c in range(3)]
    found = [tuple(part.start for part in place) for place in model.places()]
    assert found == [natural[k] for k in order]
    same = MADE((60,), order=range(12), **options)
    same.load_state_dict(MADE((60,), **options).state_dict())
    x = torch.rand(5, 3, 2, 2).mul(2).round() / 2
    plain = MADE((60,), **options)
    plain.load_state_dict(same.state_dict())
    assert torch.equal(same.log_prob(x), plain.log_prob(x))


def test_independent_entries_are_frequencies() -> None:
    model = MADE(None, event_shape=(2,), likelihood=Symbols(3), lr=0.1)
    x = torch.tensor([[0, 0], [0, 1], [0, 2], [1, 2]] * 50)
    genlib.fit(model, x, steps=250, batch_size=200, device="cpu", progress=False)
    found = model.conditionals(x[:1]).softmax(1)[0].T
    expected = torch.tensor([[0.75, 0.25, 0.0], [0.25, 0.25, 0.5]])
    assert (found - expected).abs().max() < 0.02


@torch.no_grad()
def test_independent_entries_depend_on_the_label_alone() -> None:
    torch.manual_seed(0)
    model = MADE(None, event_shape=(1, 2, 2), classes=2)
    x = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))).view(16, 1, 2, 2)
    of_each = [model.conditionals(x, torch.full((16,), label)) for label in (0, 1)]
    assert all(torch.equal(one, one[:1].expand_as(one)) for one in of_each)
    assert (of_each[0] - of_each[1]).abs().min() > 1e-4
    assert model.log_prob(x, 1).exp().sum().item() == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_draws_have_the_probabilities() -> None:
    model = symbols((20,), n=2, k=3)
    model.network.network[-1].weight.mul_(4)
    draws = model.sample(30_000, generator=torch.Generator().manual_seed(0))
    counts = (3 * draws[:, 0] + draws[:, 1]).bincount(minlength=9)
    x = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    expected = 30_000 * model.log_prob(x).exp()
    assert ((counts - expected).square() / expected).sum() < 26  # 0.999 quantile of chi2(8)


@torch.no_grad()
def test_logistic_mixtures_and_real_values() -> None:
    torch.manual_seed(0)
    grey = MADE((40,), event_shape=(1, 2, 2), likelihood=LogisticMixture(2, 3)).double()
    x = torch.tensor(list(itertools.product([0, 0.5, 1.0], repeat=4))).view(81, 1, 2, 2).double()
    assert grey.log_prob(x).exp().sum().item() == pytest.approx(1, abs=1e-9)
    real = MADE((40,), event_shape=(2,), likelihood=Gaussian(None, event_dims=1)).double()
    axis = torch.linspace(-12, 12, 601, dtype=torch.float64)
    mass = real.log_prob(torch.cartesian_prod(axis, axis)).exp().sum() * 0.04**2
    assert mass.item() == pytest.approx(1, abs=1e-6)
    drawn = real.sample(5, generator=torch.Generator().manual_seed(0))
    naive = real.sample(5, generator=torch.Generator().manual_seed(0), cached=False)
    assert drawn.dtype == torch.float64
    assert torch.allclose(drawn, naive, atol=1e-12)


@torch.no_grad()
def test_drawing_an_event_multiplies_each_weight_once() -> None:
    """The numbers that all products of a draw take are those that the masks leave, but for ties."""
    model, taken = symbols((40, 40), n=20, k=2), 0
    cache = model.cache(1)
    product = cache.product

    def counted(layer: int, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        nonlocal taken
        taken += len(weight) * cache.ends[layer][cache.known]
        return product(layer, weight, bias)

    cache.product = counted
    for _ in model.places():
        cache.next()
        cache.append(torch.zeros(1, 1).long())
    masks = sum(layer.mask.sum().item() for layer in model.network.network[::2])
    assert taken == masks
    assert taken < 0.6 * sum(layer.mask.numel() for layer in model.network.network[::2])


def test_mnist_by_default_and_its_own_step_size() -> None:
    assert MADE().event_shape == (1, 28, 28)
    (player,) = MADE((4,), lr=0.2, schedule="cosine").players()
    assert (player.lr, player.schedule) == (0.2, "cosine")
    entropy = -MADE((1024,)).log_prob(torch.zeros(2, 1, 28, 28)).mean().item()
    assert entropy == pytest.approx(784 * math.log(2), rel=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": (0,)}, "wanted positive sizes"),
        ({"order": [0, 1, 1]}, "wanted 0 to 2, each once"),
        ({"order": [0.0, 1.0, 2.0]}, "wanted 0 to 2, each once"),
        ({"event_shape": (2, 2), "likelihood": Symbols(3, event_dims=2)}, r"wanted \(T,\)"),
        ({"classes": 0}, "classes=0"),
    ],
)
def test_what_makes_no_model_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MADE(**({"event_shape": (3,), "likelihood": Symbols(2)} | options))
