from itertools import combinations

import numpy as np
import pytest

from genlib.show import palette

INKS = {
    "ink": palette.ink,
    "grey": palette.grey,
}

# Machado, Oliveira and Fernandes 2009, severity 1, in linear light:
# https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear_rgb(colour):
    """The three linear-light channels in [0, 1] of an ``#rrggbb`` colour (IEC 61966-2-1)."""
    encoded = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(first, second):
    """WCAG 2.2 contrast ratio of two ``#rrggbb`` colours, from 1 (the same) to 21."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(linear):
    """Ottosson 2020, https://bottosson.github.io/posts/oklab/."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    mix = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return mix @ np.cbrt(cones @ np.clip(linear, 0, 1))


def lightness(colour):
    return oklab(linear_rgb(colour))[0]


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1


def test_contrast_agrees_with_a_published_value():
    # #767676 is the lightest grey that WCAG's own examples let stand on white: 4.54.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("name", INKS)
def test_text_and_axes_stand_out_from_the_plate(name):
    assert contrast(INKS[name], palette.plate) >= 4.5


@pytest.mark.parametrize("colour", palette.cycle)
def test_curves_stand_out_from_the_plate(colour):
    assert contrast(colour, palette.plate) >= 3


def test_the_plate_stands_out_from_a_dark_page():
    assert contrast(palette.plate, "#121212") >= 4.5


def test_no_single_ink_could_be_read_on_both_pages():
    """The reason for the plate, over all greys."""
    greys = [f"#{shade:02x}{shade:02x}{shade:02x}" for shade in range(256)]
    worse = [min(contrast(g, "#ffffff"), contrast(g, "#121212")) for g in greys]
    assert max(worse) < 4.5


@pytest.mark.parametrize("vision", VISION)
def test_every_pair_of_curves_is_told_apart(vision):
    seen = {c: oklab(np.array(VISION[vision]) @ linear_rgb(c)) for c in palette.cycle}
    for first, second in combinations(palette.cycle, 2):
        # 0.02 is about the least difference that is seen; four times that is asked.
        assert np.linalg.norm(seen[first] - seen[second]) > 0.08, (first, second)


def test_densities_darken_evenly():
    steps = -np.diff([lightness(colour) for colour in palette.density_anchors])
    assert (steps > 0.05).all()
    assert steps.max() < 3 * steps.min()


def test_density_map_is_blank_at_nothing_and_dark_at_most():
    from matplotlib.colors import to_hex

    assert to_hex(palette.density_map()(0.0)) == palette.plate
    assert to_hex(palette.density_map()(1.0)) == palette.density_anchors[-1]


def test_diverging_map_is_lightest_in_the_middle_and_balanced():
    light = [lightness(colour) for colour in palette.diverging_anchors]
    assert np.argmax(light) == len(light) // 2
    np.testing.assert_allclose(light, light[::-1], atol=0.01)


def test_roles_keep_their_colour_wherever_they_stand():
    assert palette.colour("discriminator/loss", 4) == palette.discriminator
    assert palette.colours(["left", "Data", "right"])[1] == palette.data


def test_six_curves_have_six_colours():
    assert len(set(palette.colours(["a", "generator", "c", "data", "e", "f"]))) == 6


def test_a_seventh_curve_takes_a_colour_again():
    assert len(palette.colours([str(n) for n in range(7)])) == 7
