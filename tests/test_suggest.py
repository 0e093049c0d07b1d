"""The nearest right name, whatever was given."""

import pytest

from genlib.suggest import suggestion


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ("mnits", ["mnist", "usps"], "; did you mean 'mnist'? Known: mnist, usps"),
        ("vae", ["VAE", "IWAE"], "; did you mean 'VAE'? Known: VAE, IWAE"),
        ("FASHION", ["fashion_mnist"], "; did you mean 'fashion_mnist'? Known: fashion_mnist"),
        ("zzz", ["mnist"], ". Known: mnist"),
        ("", ["mnist"], ". Known: mnist"),
        (None, ["nonesuch"], ". Known: nonesuch"),
        (3, {"three": 3}, ". Known: three"),
        ("a", [], ". Known: none"),
    ],
)
def test_the_nearest_name_is_suggested(given: object, known: list[str], expected: str) -> None:
    assert suggestion(given, known) == expected
