"""Photographs made from maps by absolute error alone: pix2pix without its judge.

Chapter: "Image to image".
"""

from genlib.recipes.pix2pix_map_to_photo import painter

RECIPE = painter(
    "regression-map-to-photo",
    "photographs from maps, by absolute error alone",
    "absolute error",
    adversarial=0.0,
)
