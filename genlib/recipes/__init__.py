"""How the stored weights of the book were made: one short file each.

``python -m genlib.recipes.vae`` trains ``vae`` again, resuming from ``runs/vae`` if it stopped.
"""
