"""The RealNVP of the book: 0.8 million parameters, dequantised MNIST."""

from genlib.recipes.experiments import Recipe, density

RECIPE = Recipe(
    name="real-nvp",
    summary="affine couplings with checkerboards and channels",
    factory="genlib.flows:RealNVP",
    arguments={
        "couplings": 3,
        "width": 64,
        "blocks": 1,
        "levels": 2,
        "lr": 1e-3,
        "schedule": "cosine",
    },
    phases=[density.phase(60_000, precision="bf16", channels_last=True)],
    data=density.DATA,
    objective="log-likelihood of dequantised images",
    score=density.scores,
)
