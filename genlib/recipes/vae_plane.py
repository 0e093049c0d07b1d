"""The VAE with two codes, whose latent plane fits on a page: stochastically binarised MNIST."""

from genlib.recipes import likelihood

RECIPE = likelihood.Recipe(
    name="vae-plane",
    factory="genlib.latent:VAE",
    arguments={"latent": 2, "hidden": [256, 256], "activation": "elu"},
    lr=2e-3,
    steps=12_000,
)

if __name__ == "__main__":
    likelihood.main(RECIPE)
