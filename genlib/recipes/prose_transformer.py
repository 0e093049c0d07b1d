"""The transformer of the book's prose: 249,000 weights, trained for three minutes on a CPU.

Chapter: "Sequences".
"""

from genlib.recipes.experiments import texts

RECIPE = texts.TextRecipe(
    name="prose-transformer",
    summary="two blocks of width 96 on the book's own prose",
    factory="genlib.autoregressive:Transformer",
    arguments={
        "layers": 2,
        "width": 96,
        "heads": 4,
        "event_shape": [texts.LENGTH],
        "likelihood": {"factory": "genlib.likelihoods:Symbols", "arguments": {"levels": 97}},
        "lr": 3e-3,
        "schedule": "cosine",
    },
    phases=[texts.phase(1_000, batch_size=64, every=250)],
    data=texts.DATA,
    objective="log-likelihood",
    score=texts.scores,
)
