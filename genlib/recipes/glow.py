"""The Glow of the book: 0.3 million parameters, dequantised MNIST."""

from genlib.recipes.experiments import Recipe, density

RECIPE = Recipe(
    name="glow",
    summary="1 x 1 convolutions between couplings, two scales",
    factory="genlib.flows:Glow",
    arguments={"levels": 2, "depth": 8, "width": 96, "lr": 1e-3, "schedule": "cosine"},
    phases=[density.phase(4_500, precision="bf16", channels_last=True, every=1_500)],
    data=density.DATA,
    objective="log-likelihood of dequantised images",
    score=density.scores,
)
