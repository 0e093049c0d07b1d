"""The notebook tool: from `chapters/PART/NAME.md` to a notebook that runs and reads well anywhere.

    python -m book.notebooks execute    run the code, keep its outputs
    python -m book.notebooks flatten    rewrite the prose so that it reads without the book
    python -m book.notebooks check      say what is wrong with the committed notebooks
    python -m book.notebooks all        execute what changed, build the book, flatten, check
    python -m book.notebooks stamp      write the repository's address into the setup cells
    python -m book.notebooks new        begin a chapter

The `.md` is the source. The `.ipynb` beside it holds the same code, its outputs, and prose in
plain Markdown; nobody edits it.
"""
