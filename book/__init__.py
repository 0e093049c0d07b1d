"""What makes a book of the chapters: the notebook tool, the Sphinx extension and the styles."""
