"""The Glow of the book: 0.9 million parameters, dequantised MNIST."""

from genlib.recipes.experiments import Recipe, density

RECIPE = Recipe(
    name="glow",
    summary="1 x 1 convolutions between couplings, two scales",
    factory="genlib.flows:Glow",
    arguments={"levels": 2, "depth": 16, "width": 128, "lr": 1e-3, "schedule": "cosine"},
    phases=[density.phase(60_000, precision="bf16", channels_last=True)],
    data=density.DATA,
    objective="log-likelihood of dequantised images",
    score=density.scores,
)
