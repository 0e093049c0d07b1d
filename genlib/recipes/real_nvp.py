"""The RealNVP of the book: 0.2 million parameters, dequantised MNIST."""

from genlib.recipes.experiments import Recipe, density

RECIPE = Recipe(
    name="real-nvp",
    summary="affine couplings with checkerboards and channels",
    factory="genlib.flows:RealNVP",
    arguments={
        "couplings": 3,
        "width": 32,
        "blocks": 1,
        "levels": 2,
        "lr": 1e-3,
        "schedule": "cosine",
    },
    phases=[density.phase(4_500, precision="bf16", channels_last=True, every=1_500)],
    data=density.DATA,
    objective="log-likelihood of dequantised images",
    score=density.scores,
)
