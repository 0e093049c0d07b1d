"""The IWAE of the book: the network of the recipe ``vae``, trained on the five-draw bound."""

from genlib.recipes import likelihood

RECIPE = likelihood.Recipe(
    name="iwae",
    factory="genlib.latent:IWAE",
    arguments={"samples": 5, "latent": 40, "hidden": [384, 384], "activation": "elu"},
    lr=2e-3,
    steps=250_000,
    precision="bf16",
)

if __name__ == "__main__":
    likelihood.main(RECIPE)
