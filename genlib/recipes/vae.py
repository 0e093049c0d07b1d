"""The VAE of the book: two hidden layers, 40 codes, stochastically binarised MNIST."""

from genlib.recipes.experiments import Recipe, likelihood

RECIPE = Recipe(
    name="vae",
    summary="two hidden layers and 40 codes",
    factory="genlib.latent:VAE",
    arguments={
        "latent": 40,
        "hidden": [384, 384],
        "activation": "elu",
        "lr": 2e-3,
        "schedule": "cosine",
    },
    phases=[likelihood.phase(300_000)],
    data=likelihood.DATA,
    objective="ELBO",
    score=likelihood.bounds,
)
