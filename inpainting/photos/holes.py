"""Reading a mask: what one sees, white for hole."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from inpainting.german import numbers
from inpainting.photos import FillError
from inpainting.photos.pictures import DEEP, read_picture

THRESHOLD = 32
"""Grey levels this near to black count as known, as traces of JPEG; all that is brighter is hole: a
pixel half under a stroke shows half of what is to go."""

MAX_GREY, MAX_AMID, WHITE_SHARE = 0.5, 0.02, 0.2
"""A photograph has more grey pixels than the first share, or more of those amid nothing but grey than
the second, and beside these less white than the third: soft edges are edges of something white."""

SURROUNDINGS = 7
"""Edge of the square that must be grey all over for its centre to lie amid grey."""

MEANING = "Weiß heißt Loch, Schwarz heißt bekannt (umgekehrt mit --invert)."


def read_mask(path: Path, size: tuple[int, int], inverted: bool = False) -> tuple[np.ndarray, str]:
    """Read a mask of a picture's size.

    Parameters
    ----------
    size : width and height of the picture, upright.
    inverted : black = hole.

    Returns
    -------
    mask : uint8 array, (H, W, 1), 1 = hole.
    note : German sentence on what was not plainly black or white; "" if all was.

    Raises
    ------
    FillError
        If it is no picture, of another size, a photograph, all hole or none.
    """
    image = read_picture(path, "Maske").upright
    if image.size != size:
        raise FillError(
            f"Die Maske „{path}“ hat {image.width}×{image.height} Pixel, das Bild {size[0]}×{size[1]} "
            "(aufrecht, wie man es sieht). Beide müssen gleich groß sein."
        )
    grey = _seen(path, image, background=255 if inverted else 0)
    if inverted:
        grey = 255 - grey
    is_grey = (grey > THRESHOLD) & (grey < 255 - THRESHOLD)
    share = is_grey.mean()
    square = np.ones((SURROUNDINGS, SURROUNDINGS), np.uint8)
    amid = cv2.erode(is_grey.astype(np.uint8), square, borderType=cv2.BORDER_REPLICATE).mean()
    white = (grey >= 255 - THRESHOLD).mean()
    if share > MAX_GREY or amid > MAX_AMID and white < WHITE_SHARE * amid:
        raise FillError(
            f"Die Maske „{path}“ ist nicht schwarz-weiß, sondern zeigt wie ein Foto Flächen aus Grautönen "
            f"({numbers.percent(share)} ihrer Pixel sind grau). {MEANING} Weiche Ränder sind erlaubt."
        )
    mask = (grey > THRESHOLD).astype(np.uint8)[..., None]
    _check_mask(path, mask, grey, image)
    note = ""
    if is_grey.any():
        note = f"Weiche Ränder der Maske ({numbers.percent(share)} ihrer Pixel) zählen zum Loch."
    return mask, note


def _seen(path: Path, image: Image.Image, background: int) -> np.ndarray:
    """Grey levels of 255 as one sees them before a background that counts as known, (H, W) uint8."""
    if image.mode in DEEP:
        values = np.asarray(image).astype(np.float64)
        white = 65535 if image.mode.startswith("I;16") else np.nanmax(values, initial=0)
        if not np.isfinite(values).all() or values.min() < 0:
            raise FillError(f"Die Maske „{path}“ hat Werte unter Schwarz oder keine Zahlen. {MEANING}")
        return np.rint(255 * values / max(white, 1e-30)).astype(np.uint8)
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (background, background, background, 255))
        image = Image.alpha_composite(ground, picture)
    return np.asarray(image.convert("L"))


def _check_mask(path: Path, mask: np.ndarray, grey: np.ndarray, image: Image.Image) -> None:
    if mask.any() and not mask.all():
        return
    hint = ""
    brightest = (np.asarray(image) if image.mode in DEEP else grey).max()
    white = 65535 if image.mode.startswith("I;16") else 255
    if image.has_transparency_data:
        hint = " Durchsichtiges zählt als bekannt: Eine Maske ist, was man sieht."
    elif 0 < brightest and grey.max() <= THRESHOLD:
        hint = f" Ihr hellster Wert ist {brightest:g}; Weiß ist {white}."
    word = "voll, kein Pixel ist bekannt" if mask.all() else "leer, nichts ist zu füllen"
    raise FillError(f"Die Maske „{path}“ ist {word}. {MEANING}{hint}")
