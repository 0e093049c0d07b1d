"""Training: ``fit`` and all that a run is made of.

The one room that knows devices, precision, processes and files.
"""
