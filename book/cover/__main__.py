"""Draw the picture anew."""

from book.cover.drawing import PICTURE, cover

if __name__ == "__main__":
    PICTURE.write_bytes(cover().png())
