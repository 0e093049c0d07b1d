"""The residual VAE of the book: 0.8 million parameters, 32 codes, binarised MNIST."""

from genlib.recipes.experiments import Recipe, likelihood

RECIPE = Recipe(
    name="residual-vae",
    summary="residual convolutions and 32 codes",
    factory="genlib.latent:ResidualVAE",
    arguments={
        "latent": 32,
        "channels": [32, 64],
        "blocks": 2,
        "warmup": 0.1,
        "lr": 1e-3,
        "schedule": "cosine",
    },
    phases=[likelihood.phase(40_000, precision="bf16", channels_last=True)],
    data=likelihood.DATA,
    objective="ELBO, its rate weighted from 0 to 1 in the first tenth",
    score=likelihood.bounds,
)
