"""The IWAE of the book: the network of the recipe ``vae``, trained on the five-draw bound."""

from genlib.recipes.experiments import Recipe, likelihood

RECIPE = Recipe(
    name="iwae",
    summary="the network of vae, trained on the five-draw bound",
    factory="genlib.latent:IWAE",
    arguments={
        "samples": 5,
        "latent": 40,
        "hidden": [384, 384],
        "activation": "elu",
        "lr": 2e-3,
        "schedule": "cosine",
    },
    phases=[likelihood.phase(250_000, precision="bf16")],
    data=likelihood.DATA,
    objective="bound of 5 draws",
    score=likelihood.bounds,
)
