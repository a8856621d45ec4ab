"""A mask is what one sees: white is hole."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from inpainting.photos import FillError
from inpainting.photos.holes import read_mask

SIZE = (120, 90)


def strokes(soft: float = 0, size=SIZE) -> Image.Image:
    """White strokes on black, with edges blurred over so many pixels."""
    image = Image.new("L", size)
    pen = ImageDraw.Draw(image)
    pen.line([(10, 20), (100, 60)], 255, 7)
    pen.ellipse([60, 10, 90, 40], 255)
    return image.filter(ImageFilter.GaussianBlur(soft)) if soft else image


def read(image: Image.Image, folder, name: str = "m.png", **options):
    image.save(folder / name, **options.pop("save", {}))
    return read_mask(folder / name, image.size, **options)


def test_black_and_white_without_a_word(tmp_path):
    mask, note = read(strokes(), tmp_path)
    np.testing.assert_array_equal(mask[..., 0] * 255, np.asarray(strokes()))
    assert mask.dtype == np.uint8 and note == ""


@pytest.mark.parametrize("soft", [0.6, 1.0, 2.0, 4.0])
def test_soft_edges_belong_to_the_hole_and_are_named(tmp_path, soft):
    mask, note = read(strokes(soft), tmp_path)
    hard = np.asarray(strokes()) > 0
    assert mask[..., 0][hard].mean() > 0.9 and mask.mean() >= 0.95 * hard.mean()
    assert "Weiche Ränder" in note and "zählen zum Loch" in note


def test_hair_and_text_that_is_all_edge(tmp_path):
    large = Image.new("L", (960, 720))
    pen = ImageDraw.Draw(large)
    for i in range(0, 960, 60):
        pen.line([(i, 0), (960 - i, 719)], 255, 5)
    mask, note = read(large.resize(SIZE, Image.Resampling.BOX), tmp_path)
    assert note and 0 < mask.mean() < 0.7


def test_traces_of_jpeg_are_black(tmp_path):
    mask, _ = read(strokes(), tmp_path, "m.jpg", save={"quality": 90})
    assert np.mean(mask[..., 0] != (np.asarray(strokes()) > 0)) < 0.05


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F"])
def test_every_mode(tmp_path, mode):
    white = np.asarray(strokes()) > 0
    if mode in ("I", "F"):
        image = Image.fromarray(white.astype({"I": np.int32, "F": np.float32}[mode]))
    elif mode == "I;16":
        image = Image.fromarray(np.where(white, 65535, 0).astype(np.uint16))
    else:
        image = strokes().convert(mode)
    mask, _ = read(image, tmp_path, "m.tif")
    np.testing.assert_array_equal(mask[..., 0], white)


def with_alpha(levels: np.ndarray, alpha: np.ndarray) -> Image.Image:
    image = Image.fromarray(levels.astype(np.uint8)).convert("RGB")
    image.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    return image


def test_white_strokes_on_transparency_are_the_hole_whatever_is_hidden(tmp_path):
    white = np.asarray(strokes()) > 0
    for hidden in (0, 255):
        mask, _ = read(with_alpha(np.where(white, 255, hidden), 255 * white), tmp_path)
        np.testing.assert_array_equal(mask[..., 0], white)


def test_what_was_erased_is_no_hole(tmp_path):
    levels, alpha = np.zeros(SIZE[::-1]), np.full(SIZE[::-1], 255)
    levels[10:20, 10:20] = levels[50:60, 50:60] = 255
    alpha[50:60, 50:60] = 0
    mask, _ = read(with_alpha(levels, alpha), tmp_path)
    assert mask[10:20, 10:20].all() and mask.sum() == 100


def test_black_strokes_on_transparency_with_invert(tmp_path):
    white = np.asarray(strokes()) > 0
    mask, _ = read(with_alpha(0 * white, 255 * white), tmp_path, inverted=True)
    np.testing.assert_array_equal(mask[..., 0], white)


def test_a_palette_with_a_transparent_entry(tmp_path):
    image = strokes().convert("P")
    mask, _ = read(image, tmp_path, save={"transparency": 0})
    np.testing.assert_array_equal(mask[..., 0] > 0, np.asarray(strokes()) > 0)


def photo(dark: float = 1.0, noise: float = 0) -> Image.Image:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    levels = dark * (120 + 90 * np.sin(x / 9) * np.cos(y / 13))
    levels += np.random.default_rng(0).normal(0, noise, levels.shape) if noise else 0
    return Image.fromarray(np.uint8(np.clip(levels, 0, 255)))


def night() -> Image.Image:
    """Black, but for one grey building."""
    levels = np.zeros(SIZE[::-1], np.uint8)
    levels[40:80, 30:70] = np.asarray(photo())[40:80, 30:70].clip(50, 190)
    return Image.fromarray(levels)


@pytest.mark.parametrize(
    "image", [photo(), photo(0.6), photo(noise=60), night()], ids=["Tag", "dunkel", "Korn", "Nacht"]
)
def test_photographs_are_refused(tmp_path, image):
    with pytest.raises(FillError, match="wie ein Foto"):
        read(image, tmp_path)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (np.zeros(SIZE[::-1]), "leer, nichts ist zu füllen"),
        (np.full(SIZE[::-1], 255), "voll, kein Pixel ist bekannt"),
        (np.asarray(strokes()) > 0, "Ihr hellster Wert ist 1; Weiß ist 255"),
    ],
)
def test_empty_full_and_nearly_black(tmp_path, levels, message):
    with pytest.raises(FillError, match=message):
        read(Image.fromarray(np.uint8(levels)), tmp_path)


def test_an_erased_hole_in_black_paper_is_explained(tmp_path):
    alpha = np.where(np.asarray(strokes()) > 0, 0, 255)
    with pytest.raises(FillError, match="Durchsichtiges zählt als bekannt"):
        read(with_alpha(0 * alpha, alpha), tmp_path)


@pytest.mark.parametrize("size", [(119, 90), (90, 120), (240, 180)])
def test_another_size(tmp_path, size):
    strokes(size=size).save(tmp_path / "m.png")
    with pytest.raises(FillError, match="gleich groß"):
        read_mask(tmp_path / "m.png", SIZE)


def test_negative_and_not_finite(tmp_path):
    for value in (-1, np.nan):
        levels = np.asarray(strokes()).astype(np.float32)
        levels[0, 0] = value
        with pytest.raises(FillError, match="unter Schwarz oder keine Zahlen"):
            read(Image.fromarray(levels), tmp_path, "m.tif")


def test_a_mask_of_16_bits_names_its_own_brightest_value(tmp_path):
    levels = np.asarray(strokes()).astype(np.uint16)
    with pytest.raises(FillError, match="Ihr hellster Wert ist 255; Weiß ist 65535"):
        read(Image.fromarray(levels), tmp_path)
