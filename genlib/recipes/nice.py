"""The NICE of the book: four additive couplings of 0.9 million parameters, dequantised MNIST."""

from genlib.recipes.experiments import Recipe, density

RECIPE = Recipe(
    name="nice",
    summary="additive couplings and a logistic prior",
    factory="genlib.flows:NICE",
    arguments={"couplings": 4, "hidden": [224, 224], "lr": 1e-3, "schedule": "cosine"},
    phases=[density.phase(20_000, every=5_000)],
    data=density.DATA,
    objective="log-likelihood of dequantised images",
    score=density.scores,
)
