"""Lossless coding: a likelihood as a file."""
