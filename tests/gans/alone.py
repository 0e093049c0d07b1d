"""The games of a batch, each played by itself as well."""

import torch
from torch import Tensor

from genlib.gans import GAN, ManyGames

SMALL = {"hidden": (7, 6), "latent": 3, "dimension": 2}


def played_alone(games: ManyGames, spread: float = 1.0, rounds: int = 20) -> list[GAN]:
    """Play all games as one batch, and each run alone on the same data; return the latter."""
    runs = range(len(games.seeds))
    singles = [games.game(run) for run in runs]
    optimisers = [
        [torch.optim.Adam(p.parameters(), p.lr, p.betas) for p in single.players()]
        for single in singles
    ]
    for real, codes, next_real, next_codes in batches(len(runs), rounds):
        x, next_x = spread * real[..., :2], next_real[..., :2]
        games.round(x, codes, next_x, next_codes)
        for run, single in enumerate(singles):
            turn(single, "discriminator", optimisers[run][0], x[run], codes[run])
            turn(single, "generator", optimisers[run][1], next_x[run], next_codes[run])
    return singles


def batches(runs: int, rounds: int) -> Tensor:
    return torch.randn(rounds, 4, runs, 5, 3, generator=torch.Generator().manual_seed(9))


def turn(game: GAN, player: str, adam: torch.optim.Optimizer, real: Tensor, codes: Tensor) -> None:
    game.codes = lambda n: codes
    adam.zero_grad()
    getattr(game, f"{player}_loss")(real)[0].backward()
    adam.step()
    for stabiliser in game.stabilisers:
        stabiliser.after(game, player)


def assert_nearly_alike(games: ManyGames, singles: list[GAN]) -> None:
    """Check scores and generators of games whose discriminators are not kept as they play."""
    x = torch.randn(9, 2)
    for run, single in enumerate(singles):
        scores = games.discriminator(x.expand(len(singles), -1, -1))[run, :, 0]
        torch.testing.assert_close(scores, single.discriminator(x), rtol=1e-3, atol=1e-4)
        again = games.game(run).generator.state_dict()
        torch.testing.assert_close(again, single.generator.state_dict(), rtol=1e-3, atol=1e-4)
