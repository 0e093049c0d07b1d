"""EM, gradient ascent and L-BFGS on the same mixtures from the same starts: passes over the data.

Chapter: "Jensen, the ELBO and EM".
"""

import math
from dataclasses import astuple, dataclass

import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from genlib.data import Mixture, toys
from genlib.latent import GaussianMixture
from genlib.recipes.experiments import Table

SEEDS = range(30)
POINTS = 400
PASSES = 500
SIZES = (0.1, 0.3, 1.0)  # steps of ascent, in nats a point; the one that ends highest counts
MOVED = 0.3  # standard deviation of the starting means about the true ones
NEAR = 1e-4  # nats a point below the best end: arrived


@dataclass(frozen=True)
class Run:
    """What decides one race.

    Attributes:
        groups: "apart", those of the transparent world, or "overlapping", two about (-1, 0) and
            (1, 0).
        seed: of the points and the start.
    """

    groups: str = "apart"
    seed: int = 0

    def density(self) -> Mixture:
        """Return what the points are drawn from."""
        if self.groups == "apart":
            return toys.world()
        centres = torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).double()
        return Mixture(torch.ones(2).double(), centres, torch.eye(2).double().expand(2, 2, 2))

    def begin(self) -> tuple[Tensor, GaussianMixture]:
        """Return the points, and a mixture near the true one: its means moved, the rest equal."""
        density, generator = self.density(), torch.Generator().manual_seed(self.seed)
        x = density.sample(POINTS, generator, dtype=torch.float64)
        model = GaussianMixture(len(density.means), "full", (2,))
        noise = torch.randn(density.means.shape, generator=generator, dtype=torch.float64)
        model.means = density.means + MOVED * noise
        model.covariances = torch.stack([x.T.cov()] * len(density.means))
        return x, model


@dataclass(frozen=True)
class Row(Run):
    """One line of the table.

    ``em``, ``ascent`` and ``lbfgs``: passes until within ``NEAR`` of the best end of the three,
    infinity where that never came. ``missing``: the greatest share of missing information at the
    best end; ``shrinks``: by how much EM's error shrank in its last iteration.
    """

    em: float = 0.0
    ascent: float = 0.0
    lbfgs: float = 0.0
    missing: float = 0.0
    shrinks: float = 0.0


def numbers(model: GaussianMixture) -> Tensor:
    """Return a mixture of K Gaussians in the plane as 6 K free numbers."""
    root = torch.linalg.cholesky(model.covariances)
    widths = root.diagonal(dim1=1, dim2=2).log()
    return torch.cat([model.weights.log(), model.means.ravel(), widths.ravel(), root[:, 1, 0]])


def parts(theta: Tensor) -> tuple[Tensor, MultivariateNormal]:
    """Return log-weights and components of the mixtures (..., 6 K)."""
    k = theta.shape[-1] // 6
    logits, means, widths, lean = theta.split([k, 2 * k, 2 * k, k], -1)
    corner = torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=theta.dtype)
    root = torch.diag_embed(widths.unflatten(-1, (k, 2)).exp()) + lean[..., None, None] * corner
    centres = means.unflatten(-1, (k, 2))
    return logits.log_softmax(-1), MultivariateNormal(centres, scale_tril=root, validate_args=False)


def log_p(theta: Tensor, x: Tensor) -> Tensor:
    """Return the log-likelihood of points (N, 2), in nats a point, (...)."""
    log_weights, gaussians = parts(theta)
    mixture = MixtureSameFamily(Categorical(logits=log_weights), gaussians, validate_args=False)
    return mixture.log_prob(x.view(-1, *[1] * (theta.ndim - 1), 2)).mean(0)


def ascend(theta: Tensor, x: Tensor, passes: int) -> list[float]:
    """Climb with each fixed step; return the log-likelihood at each pass with the best of them."""
    sizes, traces = torch.tensor(SIZES, dtype=theta.dtype)[:, None], []
    theta = theta.repeat(len(SIZES), 1)
    for _ in range(passes):
        theta = theta.detach().requires_grad_()
        value = log_p(theta, x)
        traces.append(value.detach().nan_to_num(-math.inf))
        theta = theta + sizes * torch.autograd.grad(value.sum(), theta)[0]
    return torch.stack(traces, 1)[traces[-1].argmax()].tolist()


def lbfgs(theta: Tensor, x: Tensor, passes: int) -> tuple[list[float], Tensor]:
    """Climb with learnt curvature; return the log-likelihood at each pass, and the end."""
    theta, trace = theta.clone().requires_grad_(), []
    climber = torch.optim.LBFGS(
        [theta],
        max_iter=passes,
        max_eval=passes,
        line_search_fn="strong_wolfe",
        tolerance_grad=1e-9,
        tolerance_change=1e-14,
    )

    def closure() -> Tensor:
        climber.zero_grad()
        loss = -log_p(theta, x)
        loss.backward()
        trace.append(-loss.item())
        return loss

    climber.step(closure)
    return trace, theta.detach()


def missing(theta: Tensor, x: Tensor) -> float:
    """Return the largest eigenvalue of I - (F'')^-1 l'' at a top, F with Q held."""
    first, rest = theta[:1], theta[1:]  # one logit stays: a softmax has one too many

    def joint(free: Tensor) -> Tensor:
        log_weights, gaussians = parts(torch.cat([first, free]))
        return log_weights + gaussians.log_prob(x[:, None])

    posterior = joint(rest).softmax(1)
    held, seen = (
        torch.autograd.functional.hessian(f, rest)
        for f in (
            lambda free: (posterior * joint(free)).sum(1).mean(),
            lambda free: joint(free).logsumexp(1).mean(),
        )
    )
    return 1 - torch.linalg.eigvals(torch.linalg.solve(held, seen)).real.min().item()


def race(run: Run, passes: int = PASSES) -> tuple[dict[str, list[float]], Tensor]:
    """Return the log-likelihood of each method at each pass, and where L-BFGS ends."""
    x, model = run.begin()
    theta = numbers(model)
    history = model.em(x, steps=passes, tolerance=1e-9, resume=True)
    bent, end = lbfgs(theta, x, passes)
    fixed = ascend(theta, x, passes)
    return {"em": history["log_likelihood"], "ascent": fixed, "lbfgs": bent}, end


def arrivals(traces: dict[str, list[float]]) -> dict[str, float]:
    """Return the passes that each method needs to the goal common to all."""
    goal = max(max(trace) for trace in traces.values()) - NEAR
    return {
        method: next((float(i) for i, value in enumerate(trace) if value > goal), math.inf)
        for method, trace in traces.items()
    }


def shrinkage(trace: list[float]) -> float:
    """Return by how much the error shrank in the last pass: near a top, gains shrink by its square.

    >>> shrinkage([0.0, 0.75, 0.9375])
    0.5
    """
    if len(trace) < 3 or trace[-2] <= trace[-3]:
        return 0.0
    return math.sqrt(max(trace[-1] - trace[-2], 0.0) / (trace[-2] - trace[-3]))


def rows(run: Run, passes: int) -> list[Row]:
    """Make the line of one race."""
    traces, end = race(run, passes)
    share = missing(end, run.begin()[0])
    speed = {"missing": round(share, 4), "shrinks": round(shrinkage(traces["em"]), 4)}
    return [Row(*astuple(run), **arrivals(traces), **speed)]


RECIPE = Table(
    name="em-race",
    summary="EM against gradient ascent and L-BFGS, thirty data sets",
    steps=PASSES,
    cases=lambda: [Run(groups, seed) for groups in ("apart", "overlapping") for seed in SEEDS],
    row=Row,
    run_case=rows,
    about=f"seeds {SEEDS[0]} to {SEEDS[-1]}, {POINTS} points, at most {{steps}} passes",
)
read, column = RECIPE.read, RECIPE.column
