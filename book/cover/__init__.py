"""The picture of the first page and the README: `python -m book.cover` draws book/cover.png."""
