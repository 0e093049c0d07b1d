"""The VAE with two codes, whose latent plane fits on a page: stochastically binarised MNIST."""

from genlib.recipes.experiments import Recipe, likelihood

RECIPE = Recipe(
    name="vae-plane",
    summary="a VAE with two codes, whose plane fits on a page",
    factory="genlib.latent:VAE",
    arguments={
        "latent": 2,
        "hidden": [256, 256],
        "activation": "elu",
        "lr": 2e-3,
        "schedule": "cosine",
    },
    phases=[likelihood.phase(12_000)],
    data=likelihood.DATA,
    objective="ELBO",
    score=likelihood.bounds,
)
