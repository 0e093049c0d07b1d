"""The PixelCNN of the book: 41,377 parameters, binarised MNIST."""

from genlib.recipes.experiments import Recipe, exact

RECIPE = Recipe(
    name="pixelcnn",
    summary="15 blocks of 16 channels, exact on any machine",
    factory="genlib.autoregressive:PixelCNN",
    arguments={"channels": 16, "blocks": 15, "exact": True, "lr": 3e-3, "schedule": "cosine"},
    phases=[
        exact.phase(
            18_000, batch_size=64, precision="bf16", channels_last=True, every=2_000, ema=0.9995
        ),
    ],
    data=exact.DATA,
    objective="log-likelihood",
    score=exact.scores,
)
