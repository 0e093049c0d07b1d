"""Toys: the density is a density, and the samples are samples from it."""

import math
from collections.abc import Callable

import pytest
import torch
from scipy import stats
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from genlib.data import Density, Mixture, toys
from genlib.data.shapes import Checkerboard, Pinwheel

# Each toy with the size of a cell that resolves its density.
TOYS: dict[str, tuple[Callable[[], Density], float]] = {
    "world": (toys.world, 0.05),
    "ring": (toys.ring, 0.01),
    "wide ring": (lambda: toys.ring(5, 1.0, 0.3), 0.1),
    "grid": (toys.grid, 0.025),
    "two_moons": (toys.two_moons, 0.05),
    "spiral": (toys.spiral, 0.05),
    "checkerboard": (toys.checkerboard, 0.05),
    "odd checkerboard": (lambda: toys.checkerboard(5, 0.5), 0.05),
    "pinwheel": (toys.pinwheel, 0.04),
    "mixture_1d": (toys.mixture_1d, 0.05),
}


@pytest.fixture(params=TOYS)
def named(request: pytest.FixtureRequest) -> tuple[Density, float]:
    make, cell = TOYS[request.param]
    return make(), cell


@pytest.fixture
def toy(named: tuple[Density, float]) -> Density:
    return named[0]


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cells(toy: Density, size: float) -> tuple[Tensor, float]:
    """Return the middles of the cells that fill the toy's box, (..., D), and a cell's volume."""
    axes, volume = [], 1.0
    for low, high in toy.bounds.T.tolist():
        n = round((high - low) / size)
        axes.append(low + (high - low) * (torch.arange(n, dtype=torch.float64) + 0.5) / n)
        volume *= (high - low) / n
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1), volume


def test_the_density_integrates_to_one(named: tuple[Density, float]) -> None:
    toy, size = named
    x, volume = cells(toy, size)
    assert toy.log_prob(x).exp().sum().item() * volume == pytest.approx(1, abs=1e-3)


def test_moments_are_those_of_the_density(named: tuple[Density, float]) -> None:
    toy, size = named
    x, volume = cells(toy, size)
    mass = (toy.log_prob(x).exp() * volume).flatten()
    x = x.flatten(0, -2)
    mean = mass @ x
    covariance = (x - mean).T @ ((x - mean) * mass.unsqueeze(1))
    torch.testing.assert_close(toy.mean, mean, atol=2e-3, rtol=0)
    torch.testing.assert_close(toy.covariance, covariance, atol=5e-3, rtol=0)


def counts(toy: Density, x: Tensor, bins: int) -> Tensor:
    """Return how many points fall into each of ``bins`` to the power D equal cells of the box."""
    low, high = toy.bounds
    place = ((x.double() - low) / (high - low) * bins).floor().long().clamp(0, bins - 1)
    flat = (place * bins ** torch.arange(toy.dim - 1, -1, -1)).sum(-1)
    return flat.bincount(minlength=bins**toy.dim)


def masses(toy: Density, size: float, bins: int) -> Tensor:
    """Return the probabilities of those cells, by the midpoint rule on cells of ``size``."""
    fine = math.ceil((toy.bounds[1] - toy.bounds[0]).max().item() / (bins * size))
    widths = (toy.bounds[1] - toy.bounds[0]) / (bins * fine)
    ticks = torch.arange(bins * fine, dtype=torch.float64) + 0.5
    axes = [low + width * ticks for low, width in zip(toy.bounds[0], widths, strict=True)]
    mass = toy.log_prob(torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)).exp()
    parts = (mass * widths.prod()).reshape([bins, fine] * toy.dim)
    return parts.sum(tuple(range(1, 2 * toy.dim, 2))).flatten()


def test_samples_match_the_density(named: tuple[Density, float]) -> None:
    toy, size = named
    n, bins = 20_000, 20
    expected = n * masses(toy, size, bins)
    observed = counts(toy, toy.sample(n, source(), dtype=torch.float64), bins).double()
    # Cells in which fewer than five points are expected are taken together.
    rare = expected < 5
    assert observed[rare].sum() < expected[rare].sum() + 5 * (expected[rare].sum() + 1).sqrt()
    gaps = (observed - expected)[~rare].square() / expected[~rare]
    assert stats.chi2(len(gaps) - 1).sf(gaps.sum().item()) > 1e-3


def test_samples_have_density_and_stay_in_the_box(toy: Density) -> None:
    x = toy.sample(20_000, source(1))
    assert toy.log_prob(x).isfinite().all()
    outside = ((x < toy.bounds[0]) | (x > toy.bounds[1])).any(-1)
    assert outside.sum() <= 1


def test_a_generator_fixes_the_samples(toy: Density) -> None:
    assert torch.equal(toy.sample(9, source(3)), toy.sample(9, source(3)))
    assert not torch.equal(toy.sample(9, source(3)), toy.sample(9, source(4)))
    before = torch.get_rng_state()
    toy.sample(9, source(3))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_default_generator_serves_without_one(toy: Density) -> None:
    torch.manual_seed(5)
    first = toy.sample(9)
    torch.manual_seed(5)
    assert torch.equal(toy.sample(9), first)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_and_shape_follow(toy: Density, dtype: torch.dtype) -> None:
    x = toy.sample(12, source(), dtype=dtype)
    assert x.dtype == dtype
    assert toy.sample(1).dtype == torch.float32
    assert toy.log_prob(x).dtype == dtype
    assert toy.score(x).dtype == dtype
    assert toy.log_prob(x).shape == (12,)
    assert toy.score(x).shape == x.shape
    folded = x.reshape(3, 4, -1)
    assert torch.equal(toy.log_prob(folded).flatten(), toy.log_prob(x))


def test_float32_agrees_with_float64(toy: Density) -> None:
    x = toy.sample(1000, source())
    torch.testing.assert_close(
        toy.log_prob(x).double(), toy.log_prob(x.double()), atol=2e-3, rtol=1e-4
    )


def test_no_leak_across_the_batch(toy: Density) -> None:
    x = toy.sample(6, source(), dtype=torch.float64)
    alone = torch.cat([toy.log_prob(row[None]) for row in x])
    torch.testing.assert_close(toy.log_prob(x), alone)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_device_follows(toy: Density) -> None:
    x = toy.sample(12, source(), device="cuda")
    assert x.is_cuda
    assert toy.log_prob(x).is_cuda
    assert torch.equal(x.cpu(), toy.sample(12, source()))
    torch.testing.assert_close(toy.log_prob(x).cpu(), toy.log_prob(x.cpu()), atol=1e-3, rtol=1e-4)
    assert toy.sample(12, torch.Generator("cuda").manual_seed(0)).is_cuda


SMOOTH = [name for name in TOYS if "checkerboard" not in name]


@pytest.mark.parametrize("name", SMOOTH)
def test_the_score_is_the_slope_of_the_log_density(name: str) -> None:
    toy = TOYS[name][0]()
    x, h = toy.sample(50, source(), dtype=torch.float64), 1e-6
    slopes = [
        (toy.log_prob(x + h * step) - toy.log_prob(x - h * step)) / (2 * h)
        for step in torch.eye(toy.dim, dtype=torch.float64)
    ]
    torch.testing.assert_close(toy.score(x), torch.stack(slopes, -1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", SMOOTH)
def test_far_away_the_log_density_is_finite_and_tiny(name: str) -> None:
    toy = TOYS[name][0]()
    far = torch.full((1, toy.dim), 50.0)
    assert toy.log_prob(far).isfinite().all()
    assert toy.log_prob(far) < -500
    assert toy.score(torch.zeros(1, toy.dim)).isfinite().all()


@pytest.mark.parametrize("name", ["world", "ring", "wide ring", "grid", "two_moons", "mixture_1d"])
def test_mixtures_agree_with_torch_distributions(name: str) -> None:
    toy = TOYS[name][0]()
    reference = MixtureSameFamily(
        Categorical(toy.weights), MultivariateNormal(toy.means, toy.covariances)
    )
    x = toy.sample(200, source(), dtype=torch.float64)
    torch.testing.assert_close(toy.log_prob(x), reference.log_prob(x))
    torch.testing.assert_close(toy.log_joint(x).softmax(-1).sum(-1), torch.ones(200).double())


@pytest.mark.parametrize(("name", "k"), [("world", 3), ("ring", 8), ("grid", 25)])
def test_modes_are_where_the_slope_is_zero(name: str, k: int) -> None:
    toy = TOYS[name][0]()
    assert len(toy.modes) == k
    assert toy.score(toy.modes).abs().max() < 1e-2
    nudge = 1e-2 * torch.eye(2, dtype=torch.float64)
    for step in (*nudge, *-nudge):
        assert (toy.log_prob(toy.modes + step) < toy.log_prob(toy.modes)).all()


def test_log_prob_at_a_point_by_hand() -> None:
    ring = toys.ring()
    peak = -math.log(8) - math.log(2 * math.pi * 0.02**2)
    assert ring.log_prob(torch.tensor([[2.0, 0.0]])).item() == pytest.approx(peak, abs=1e-5)
    line = toys.mixture_1d((1, 3), (0, 1), (1, 2))
    at_zero = 0.25 / math.sqrt(2 * math.pi) + 0.75 * math.exp(-1 / 8) / math.sqrt(8 * math.pi)
    assert line.log_prob(torch.zeros(1, 1)).exp().item() == pytest.approx(at_zero, abs=1e-6)


def test_checkerboard_is_flat_on_its_squares_and_nothing_elsewhere() -> None:
    board = toys.checkerboard()
    x = torch.tensor([[-1.5, -1.5], [-0.5, -0.5], [1.5, 1.5], [-1.5, -0.5], [2.5, 0.5], [9, 9.0]])
    flat = -math.log(8)
    assert board.log_prob(x).tolist() == pytest.approx([flat] * 3 + [-math.inf] * 3)
    assert board.score(x[:3]).abs().max() == 0
    assert board.score(x[3:]).isnan().all()


def test_the_world_has_mean_zero_and_three_sizes() -> None:
    world = toys.world()
    assert world.mean.abs().max() < 1e-12
    assert world.weights.tolist() == pytest.approx([0.5, 0.3, 0.2])


def test_the_moons_are_the_blurred_arcs() -> None:
    # The density of the usual recipe at a point, as an integral along both arcs.
    moons, t = toys.two_moons(0.1), math.pi * (torch.arange(20_000).double() + 0.5) / 20_000
    upper = torch.stack([t.cos(), t.sin()], 1)
    arcs = torch.cat([upper, torch.tensor([1.0, 0.5]).double() - upper])
    x = toys.two_moons().sample(100, source(), dtype=torch.float64)
    kernel = torch.cdist(x, arcs).square().mul(-1 / 0.02).exp() / (2 * math.pi * 0.01)
    gap = moons.log_prob(x).exp() - kernel.mean(1)
    assert gap.abs().max() < 0.01 * kernel.mean(1).max()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(3, 1), r"\(\.\.\., 2\); this has shape \(3, 1\)"),
        (torch.zeros(()), r"shape \(\)"),
        (torch.zeros(3, 2, dtype=torch.int64), "this is torch.int64"),
        ([[0.0, 0.0]], "this is list"),
    ],
)
def test_what_is_no_batch_of_points_is_refused(x: Tensor, message: str) -> None:
    for toy in (toys.world(), toys.checkerboard(), toys.pinwheel()):
        with pytest.raises(ValueError, match=message):
            toy.log_prob(x)
    with pytest.raises(ValueError, match=message):
        toys.world().log_joint(x)


@pytest.mark.parametrize("n", [0, -1])
def test_no_samples_are_refused(toy: Density, n: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        toy.sample(n)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: toys.ring(0), "n=0"),
        (lambda: toys.ring(scale=-1), "scale=-1"),
        (lambda: toys.grid(spacing=0), "spacing=0"),
        (lambda: toys.two_moons(0), "scale=0"),
        (lambda: toys.spiral(arms=0), "arms=0"),
        (lambda: toys.pinwheel(2), "n=2: wanted a whole number, at least 3"),
        (lambda: toys.checkerboard(1), "squares=1"),
        (lambda: toys.checkerboard(side=0), "side=0"),
        (lambda: toys.mixture_1d(scales=(1, 0)), r"scales\[1\]=0"),
        (lambda: toys.mixture_1d(weights=(1, -1)), r"weights\[1\]=-1"),
        (lambda: toys.mixture_1d(means=(1, 2, 3)), "as many weights as means"),
        (lambda: Mixture(torch.ones(1), torch.zeros(1, 2), -torch.eye(2)[None]), "definite"),
        (lambda: Mixture(torch.ones(1), torch.zeros(1, 2), _lopsided()), "symmetric"),
    ],
)
def test_what_makes_no_density_is_refused(make: Callable[[], Density], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def _lopsided() -> Tensor:
    return torch.tensor([[[1.0, 0.9], [0.0, 1.0]]])


@pytest.mark.parametrize(
    "bad", [torch.zeros(3, 2, dtype=torch.int64), torch.zeros(3, 3), [0.0, 0.0]]
)
def test_points_of_another_kind_are_refused(bad: object) -> None:
    for door in (toys.world().log_prob, toys.world().score):
        with pytest.raises(ValueError, match=r"floats of shape \(..., 2\)"):
            door(bad)


# Odd arguments


COUNTS = [2.5, 8.0, True, "8", None, math.nan, math.inf, -3, 0, torch.tensor(8), 10**6]
SIZES = [0, -1.0, math.nan, math.inf, -math.inf, True, "1", None, torch.tensor([1.0, 2.0]), 1j]


@pytest.mark.parametrize("count", COUNTS, ids=repr)
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (toys.ring, "n"),
        (toys.grid, "n"),
        (toys.pinwheel, "n"),
        (toys.spiral, "arms"),
        (toys.checkerboard, "squares"),
    ],
)
def test_every_count_of_every_toy_is_a_whole_number(
    make: Callable[..., Density], name: str, count: object
) -> None:
    with pytest.raises(ValueError, match=rf"{name}=|scale=0.1 asks for"):
        make(**{name: count})


@pytest.mark.parametrize("size", SIZES, ids=repr)
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (toys.ring, "radius"),
        (toys.ring, "scale"),
        (toys.grid, "spacing"),
        (toys.grid, "scale"),
        (toys.two_moons, "scale"),
        (toys.spiral, "turns"),
        (toys.spiral, "radius"),
        (toys.spiral, "scale"),
        (toys.checkerboard, "side"),
        (toys.pinwheel, "radius"),
        (toys.pinwheel, "length"),
        (toys.pinwheel, "width"),
    ],
)
def test_every_size_of_every_toy_is_positive_and_finite(
    make: Callable[..., Density], name: str, size: object
) -> None:
    with pytest.raises(ValueError, match=rf"{name}=.*: wanted a positive number"):
        make(**{name: size})


@pytest.mark.parametrize("twist", [math.nan, math.inf, "1", None, True])
def test_the_twist_of_a_pinwheel_is_a_finite_number(twist: object) -> None:
    with pytest.raises(ValueError, match=r"twist=.*: wanted a finite number"):
        toys.pinwheel(twist=twist)


def test_a_pinwheel_may_turn_either_way_or_not_at_all() -> None:
    x = torch.tensor([[1.3, 0.4]]).double()
    still, turned = toys.pinwheel(twist=0), toys.pinwheel(twist=-0.5)
    torch.testing.assert_close(still.log_prob(x), still.blades.log_prob(x))
    mirrored = x * torch.tensor([1.0, -1.0]).double()
    torch.testing.assert_close(turned.log_prob(x), toys.pinwheel().log_prob(mirrored))


@pytest.mark.parametrize(
    "make", [lambda: toys.two_moons(1e-9), lambda: toys.spiral(scale=1e-9)], ids=["moons", "spiral"]
)
def test_a_scale_that_would_fill_the_memory_is_refused(make: Callable[[], Density]) -> None:
    with pytest.raises(ValueError, match=r"scale=1e-09 asks for .* parts, wanted at most 100,000"):
        make()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": 0.3}, "weights=0.3: wanted a sequence"),
        ({"weights": "ab"}, "weights='ab': wanted a sequence"),
        ({"weights": (), "means": (), "scales": ()}, "as many weights as means"),
        ({"weights": (math.nan, 1)}, r"weights\[0\]=nan"),
        ({"means": (math.inf, 1)}, r"means\[0\]=inf"),
        ({"means": ([1], [2])}, r"means\[0\]=\[1\]"),
        ({"scales": (1, True)}, r"scales\[1\]=True"),
        ({"scales": (1,)}, "'scales': 1"),
    ],
)
def test_every_argument_of_the_mixture_on_the_line(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        toys.mixture_1d(**arguments)


def test_numbers_of_numpy_and_torch_make_the_same_toys() -> None:
    import numpy as np

    x = torch.zeros(1, 2)
    assert toys.ring(np.int64(5), np.float32(1)).log_prob(x) == toys.ring(5, 1).log_prob(x)
    line = toys.mixture_1d(torch.tensor([0.5, 0.5]), np.array([0.0, 1.0]), range(1, 3))
    assert line.means.flatten().tolist() == [0, 1]


ONE, ZERO, EYE = torch.ones(1), torch.zeros(1, 2), torch.eye(2)[None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], ZERO, EYE), "the weights of a mixture are list"),
        ((ONE, None, EYE), "the means of a mixture are NoneType"),
        ((ONE, ZERO, EYE * 1j), "the covariances of a mixture are torch.complex64"),
        ((ONE * math.inf, ZERO, EYE), "weights of a mixture are not all finite"),
        ((ONE, ZERO * math.nan, EYE), "means of a mixture are not all finite"),
        ((ONE, ZERO, EYE * math.inf), "covariances of a mixture are not all finite"),
        ((ONE * 0, ZERO, EYE), "positive"),
        ((ONE, ZERO[:, :0], EYE[:, :0, :0]), r"wants shapes \(K,\)"),
        ((ONE[:0], ZERO[:0], EYE[:0]), r"wants shapes \(K,\)"),
        ((ONE, ZERO, EYE[0]), r"wants shapes \(K,\)"),
        ((ONE, ZERO, 1e-8 * _lopsided()), "symmetric"),
    ],
)
def test_every_argument_of_a_mixture(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mixture(*arguments)


@pytest.mark.parametrize(
    "blades",
    [
        toys.world(),
        toys.mixture_1d(),
        toys.ring(2),
        toys.checkerboard(),
        None,
        Mixture(torch.ones(4), toys.ring(4, 1.0).means + 1, toys.ring(4).covariances),
    ],
    ids=["world", "line", "two", "board", "none", "shifted"],
)
def test_blades_that_are_not_even_are_refused(blades: object) -> None:
    with pytest.raises(ValueError, match="pinwheel"):
        Pinwheel(blades, 0.5)


def test_a_board_has_no_density_where_there_is_no_place() -> None:
    assert Checkerboard().log_prob(torch.tensor([[math.nan, 0.5]])).isnan().all()


@pytest.mark.parametrize("n", [2.0, True, "3", None, math.nan, torch.tensor(3)], ids=repr)
def test_how_many_samples_is_a_whole_number(n: object) -> None:
    for toy in (toys.world(), toys.checkerboard(), toys.pinwheel()):
        with pytest.raises(ValueError, match=r"n=.*: wanted a whole number, at least 1"):
            toy.sample(n)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generator": 0}, "generator is int, wanted a torch.Generator or None"),
        ({"dtype": torch.int64}, "dtype=torch.int64"),
        ({"dtype": float}, "dtype=<class 'float'>"),
    ],
)
def test_every_option_of_a_draw(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        toys.world().sample(3, **options)


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_mixture_far_from_zero_in_float32(scale: float, offset: float) -> None:
    world = toys.world()
    means = (scale * world.means + offset).float()  # as float32 holds them
    far = Mixture(world.weights, means, scale**2 * world.covariances)
    x = far.sample(200, source())
    wanted = far.log_prob(x.double())
    torch.testing.assert_close(far.log_prob(x).double(), wanted, rtol=1e-4, atol=1e-4)
