"""The DCGAN of the book: both players, 0.3 million parameters, digits in [-1, 1]."""

from genlib.recipes.experiments import Recipe, samples

RECIPE = Recipe(
    name="dcgan",
    summary="digits of transposed convolutions, with their judge",
    factory="genlib.gans:DCGAN",
    arguments={"schedule": "cosine"},
    phases=[samples.phase(12_000, precision="bf16", channels_last=True, every=1_000)],
    data=samples.DATA,
    objective="non-saturating game",
    score=samples.scores,
    low=samples.LOW,
)
