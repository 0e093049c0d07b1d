"""The PixelCNN++ of the book: three resolutions with short-cuts, binarised MNIST."""

from genlib.recipes.experiments import Recipe, exact

RECIPE = Recipe(
    name="pixelcnn-plus-plus",
    summary="three resolutions of 16 channels with short-cuts",
    factory="genlib.autoregressive:PixelCNNPP",
    arguments={
        "channels": 16,
        "blocks": 1,
        "stages": 3,
        "kernel": 5,
        "lr": 3e-3,
        "schedule": "cosine",
    },
    phases=[
        exact.phase(
            18_000, batch_size=32, precision="bf16", channels_last=True, every=2_000, ema=0.9995
        ),
    ],
    data=exact.DATA,
    objective="log-likelihood",
    score=exact.scores,
)
