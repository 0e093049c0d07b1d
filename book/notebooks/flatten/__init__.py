r"""Flattening: MyST prose into Markdown that Colab, GitHub and any Jupyter show as it is meant.

Those know no directive and no role. So boxes become quoted blocks with bold titles, what folds
becomes `<details>`, equations carry the book's numbers as `\tag`, and references become words
with links. `blocks` walks a text, one module for each kind of block renders it, `roles` does what
stands within a line, and `chapter` puts the notebook together. Numbers come from the built book
(`environment`). A construct that is not known here is an error that names its file and line.
"""
