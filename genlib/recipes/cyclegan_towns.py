"""Photographs and maps of towns without pairs: two ResNets of 75,000 weights.

Chapter: "Image to image".
"""

from functools import partial

from genlib.recipes.experiments import Phase, Recipe
from genlib.recipes.image_to_image import CYCLEGAN, WIDTH, scored_cycle, strangers
from genlib.recipes.pix2pix_map_to_photo import told

WORDS = {
    "round trip": "map to photo to map, share of right pixels",
    "photo from as it is": "photo to map to photo, absolute error",
    "photo from in five colours": "photo to map in five colours to photo, absolute error",
    "photo from the true map": "true map to photo, absolute error",
    "partner found": "true map found as the nearest",
    "accuracy at the best shift": "photo to map, share of right pixels at the best shift",
    "accuracy": "photo to map, share of right pixels",
}

RECIPE = Recipe(
    name="cyclegan-towns",
    summary="photographs to maps and back, without pairs",
    factory="genlib.translation:CycleGAN",
    arguments={"width": WIDTH},
    phases=[Phase(steps=4_000, data=strangers, fit={"every": 1_000, **CYCLEGAN})],
    data="2,000 photographs of rendered towns of 32 x 32 pixels, 2,000 maps of others",
    objective="least-squares games, 10 times the cycle's error, 5 times the identity's",
    score=partial(told, scored_cycle, WORDS),
    low=None,
    without=("discriminators", "pools"),
)
