"""The VAE of the book: two hidden layers, 40 codes, stochastically binarised MNIST."""

from genlib.recipes import likelihood

RECIPE = likelihood.Recipe(
    name="vae",
    factory="genlib.latent:VAE",
    arguments={"latent": 40, "hidden": [384, 384], "activation": "elu"},
    lr=2e-3,
    steps=300_000,
)

if __name__ == "__main__":
    likelihood.main(RECIPE)
