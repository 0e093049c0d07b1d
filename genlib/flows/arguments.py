"""What a flow can be built from, and how anything else is refused."""

from collections.abc import Sequence

from genlib.player import is_positive_whole


def check_sizes(**sizes: int) -> None:
    """Raise ``ValueError`` unless all sizes are positive whole numbers, naming the first wrong."""
    for name, size in sizes.items():
        if not is_positive_whole(size):
            raise ValueError(f"{name}={size!r}, wanted a positive whole number")


def check_event(event_shape: Sequence[int], who: str) -> tuple[int, ...]:
    """Return the shape of an event, ``(D,)`` with D at least 2, or ``(C, H, W)``.

    Raises:
        ValueError: if it is another.
    """
    shape = tuple(event_shape)
    if len(shape) not in (1, 3) or not all(map(is_positive_whole, shape)) or shape == (1,):
        raise ValueError(
            f"event_shape={shape}: {who} wants (C, H, W), or (D,) with at least 2 coordinates"
        )
    return shape


def check_image(event_shape: Sequence[int], halvings: int, who: str) -> tuple[int, int, int]:
    """Return C, H and W of images that can be halved so often.

    Raises:
        ValueError: if the event is no image, or a side cannot be halved so often.
    """
    shape = tuple(event_shape)
    if len(shape) != 3 or not all(map(is_positive_whole, shape)):
        raise ValueError(f"event_shape={shape}: {who} wants images (C, H, W)")
    divisor = 2**halvings
    if shape[1] % divisor or shape[2] % divisor:
        raise ValueError(
            f"event_shape={shape}: {who} wants sides that {divisor} divides, as it halves them "
            f"{halvings} times; pad the images or take fewer levels"
        )
    return shape
