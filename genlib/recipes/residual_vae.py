"""The residual VAE of the book: 0.8 million parameters, 32 codes, binarised MNIST."""

from genlib.recipes import likelihood

RECIPE = likelihood.Recipe(
    name="residual-vae",
    factory="genlib.latent:ResidualVAE",
    arguments={"latent": 32, "channels": [32, 64], "blocks": 2, "warmup": 0.1},
    lr=1e-3,
    steps=60_000,
    precision="bf16",
    channels_last=True,
)

if __name__ == "__main__":
    likelihood.main(RECIPE)
