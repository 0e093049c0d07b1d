"""Checks of the committed notebooks, each a function that yields what is wrong, in words."""
