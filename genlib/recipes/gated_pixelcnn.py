"""The gated PixelCNN of the book: two stacks without a blind spot, binarised MNIST."""

from genlib.recipes.experiments import Recipe, exact

RECIPE = Recipe(
    name="gated-pixelcnn",
    summary="12 gated blocks of 16 channels, no blind spot",
    factory="genlib.autoregressive:GatedPixelCNN",
    arguments={"channels": 16, "blocks": 12, "lr": 3e-3, "schedule": "cosine"},
    phases=[
        exact.phase(
            13_000, batch_size=32, precision="bf16", channels_last=True, every=2_000, ema=0.9995
        ),
    ],
    data=exact.DATA,
    objective="log-likelihood",
    score=exact.scores,
)
