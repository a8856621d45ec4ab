"""Reading a picture in every mode that Pillow knows, and putting filled pixels into it."""

import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inpainting import errors
from inpainting.photos import MIN_SIZE, FillError, diagnosis

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
"""Formats that are read, by Pillow's names, where Pillow was built with them; MPO is JPEG at first."""

ALLOWED = "Erlaubt sind PNG, JPEG, WebP, BMP, TIFF, GIF und AVIF"

MAX_PIXELS = 40_000_000

MAX_BYTES = 2**30
"""Largest file that is read at all."""

DEEP = {"I", "I;16", "I;16B", "I;16L", "F"}
"""Modes of one channel with more than 8 bits."""

PHOTOMETRIC, WHITE_IS_ZERO = 262, 0
"""TIFF's tag that says which end is white, and its value for files whose white is 0."""

MODES = DEEP | {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"}

RAW_MODES = {"I": "I;32N", "F": "F;32NF"}
"""Layout of a mode's bytes in memory, where Pillow does not call it by the mode's own name."""

STRAIGHT = {"La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "I;16N": "I;16"}
"""Modes that no file keeps → what they are read as."""

GROUPS = {"CMYK": ((0, 1, 2), (3,)), "YCbCr": ((0,), (1,), (2,)), "LAB": ((0,), (1,), (2,))}
"""Channels that a network for RGB fills together; what is no colour of light goes alone, as grey."""

Fill = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Picture (H, W, 3), float32 in [0, 1], mask and invisible pixels (H, W, 1), uint8 → filled picture."""


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class Source:
    """A picture that was read.

    Attributes
    ----------
    path, content : the file, and all its bytes.
    image : as it lies in the file, with its metadata.
    upright : turned by EXIF's orientation, in one of :data:`MODES`.
    """

    path: Path
    content: bytes
    image: Image.Image
    upright: Image.Image


def read_picture(path: Path, word: str = "Bild") -> Source:
    """Read a file whole.

    Parameters
    ----------
    word : what the messages call it.

    Raises
    ------
    FillError
        If it is none, or one that would come out poorer than it was.
    """
    if path.exists() and not path.is_file():
        kind = "ein Ordner" if path.is_dir() else "keine gewöhnliche Datei"
        raise FillError(f"{word} „{path}“ ist {kind}. {ALLOWED}.")
    content = b""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FillError(_too_large(path, word))
        with warnings.catch_warnings(action="ignore"):
            content = path.read_bytes()
            image = Image.open(io.BytesIO(content), formats=_readable())
            _check(path, word, image, content)
            upright = _upright(image)
    except errors.UserError:
        raise
    except Image.DecompressionBombError:
        raise FillError(_too_large(path, word)) from None
    except MemoryError:
        raise FillError(f"{word} „{path}“ passt nicht in den Arbeitsspeicher; bitte verkleinern.") from None
    except Exception as error:  # Pillow raises many kinds on damaged bytes
        raise FillError(f"{word} „{path}“ ist nicht lesbar: {_why(error, content)}. {ALLOWED}.") from None
    if upright.mode in STRAIGHT:
        upright = upright.convert(STRAIGHT[upright.mode])
    return Source(path, content, image, upright)


def _readable() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _upright(image: Image.Image) -> Image.Image:
    """Turned by EXIF's orientation, and bright where it is bright: some TIFF files call white 0."""
    upright = ImageOps.exif_transpose(image)
    if _is_negative(image):  # of at most 8 bits, Pillow inverts them itself
        inverted = 65535 - np.asarray(upright)
        turned = Image.frombytes(
            upright.mode, upright.size, inverted.astype(np.asarray(upright).dtype).tobytes()
        )
        turned.info = upright.info
        return turned
    return upright


def _is_negative(image: Image.Image) -> bool:
    return image.format == "TIFF" and image.mode in DEEP and image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO


def _why(error: Exception, content: bytes) -> str:
    if isinstance(error, UnidentifiedImageError):
        return diagnosis.name_content(content)
    if isinstance(error, OSError) and error.errno:
        return errors.reason(error)
    return diagnosis.explain(error)


def _check(path: Path, word: str, image: Image.Image, content: bytes) -> None:
    width, height = image.size
    if min(width, height) < MIN_SIZE:
        raise FillError(
            f"{word} „{path}“ hat {width}×{height} Pixel. Verlangt sind mindestens {MIN_SIZE}×{MIN_SIZE}."
        )
    if width * height > MAX_PIXELS:
        raise FillError(_too_large(path, word))
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format == "TIFF":
        raise FillError(
            f"{word} „{path}“ hat {frames} Seiten. Erlaubt ist eine; bitte die gewünschte einzeln speichern."
        )
    if frames > 1 and image.format != "MPO":  # MPO: cameras' JPEG, with previews behind the picture
        raise FillError(
            f"{word} „{path}“ ist animiert ({frames} Bilder). Erlaubt ist ein einzelnes Bild; bitte eines "
            "davon einzeln speichern."
        )
    if image.mode == "F" and _is_negative(image):
        raise FillError(
            f"{word} „{path}“ ist ein TIFF aus Gleitkommazahlen, in dem 0 Weiß heißt (MinIsWhite). Bitte mit 0 "
            "als Schwarz neu speichern."
        )
    if image.format == "AVIF" and (bits := diagnosis.avif_bits(content)) > 8:
        raise FillError(
            f"{word} „{path}“ hat {bits} Bit je Kanal, das hier Genauigkeit verlöre. Bitte als AVIF, PNG oder "
            "TIFF mit 8 Bit je Kanal neu speichern."
        )
    is_cut = image.mode not in DEEP and ";16" in f"{image.tile}"  # Pillow keeps the upper 8 bits
    if is_cut or "F;64" in f"{image.tile}" or image.mode not in MODES | set(STRAIGHT):
        depth = "16 Bit je Kanal" if is_cut else f"das Farbformat {image.mode}"
        raise FillError(
            f"{word} „{path}“ hat {depth}, das hier Genauigkeit verlöre. Erlaubt sind Graustufen bis 32 Bit "
            "und Farben mit 8 Bit je Kanal, auch mit Palette, Transparenz und CMYK."
        )


def _too_large(path: Path, word: str) -> str:
    return (
        f"{word} „{path}“ ist zu groß. Erlaubt sind höchstens {MAX_PIXELS // 10**6} Millionen "
        "Pixel; bitte verkleinern oder zuschneiden."
    )


# ---------------------------------------------------------------- channels


def find_invisible(image: Image.Image) -> np.ndarray:
    """Pixels that are wholly transparent: their colour is no picture; uint8 (H, W, 1), 1 = invisible."""
    if not image.has_transparency_data:
        return np.zeros((image.height, image.width, 1), np.uint8)
    if image.mode in DEEP:
        return (np.asarray(image) == image.info["transparency"])[..., None].astype(np.uint8)
    alpha = image.convert("RGBA").getchannel("A")
    return (np.asarray(alpha) == 0)[..., None].astype(np.uint8)


def check_fillable(image: Image.Image, mask: np.ndarray) -> None:
    """Refuse, before anything is computed, a picture that shows nothing around its holes.

    Raises
    ------
    FillError
    """
    known = (mask | find_invisible(image))[..., 0] == 0
    if not known.any():
        raise FillError("Außerhalb des Lochs ist das Bild ganz durchsichtig: Nichts ist bekannt.")
    if image.mode == "F" and not np.isfinite(np.asarray(image)[known]).all():
        raise FillError(
            "Das Bild enthält außerhalb des Lochs Werte, die keine endlichen Zahlen sind. Sie gehören in "
            "die Maske oder müssen vorher ersetzt werden."
        )


def fill_pillow(fill: Fill, image: Image.Image, mask: np.ndarray) -> Image.Image:
    """Fill an image of one of :data:`MODES`: same mode; known pixels bit-identical, filled ones opaque.

    Parameters
    ----------
    fill : fills three channels.
    mask : uint8 array, (H, W, 1), 1 = hole.

    Returns
    -------
    A new image; of ``image.info`` it has the transparent colour alone, if there is one.
    """
    invisible = find_invisible(image)
    if image.mode in ("P", "PA"):
        return _fill_palette(fill, image, mask, invisible)
    if image.mode in DEEP:
        return _fill_deep(fill, image, mask, invisible)
    pixels = _pixels(image)
    n_colours = pixels.shape[-1] - (image.mode in ("LA", "RGBA"))
    filled = _fill_colours(fill, pixels[..., :n_colours] / np.float32(255), mask, invisible, image.mode)
    result = pixels.copy()
    hole = mask[..., 0] > 0
    result[hole] = 255  # the alpha channel, if there is one, becomes opaque
    result[hole, :n_colours] = _to_levels(image.mode, filled)[hole]
    key = image.info.get("transparency")
    if key is not None:
        _avoid(result, hole, np.atleast_1d(key), 255 if image.mode == "1" else 1)
    new = _from_pixels(image.mode, result)
    new.info |= {} if key is None else {"transparency": key}
    return new


def _pixels(image: Image.Image) -> np.ndarray:
    """uint8 (H, W, C); of mode 1, 0 and 255."""
    grey = image.convert("L") if image.mode == "1" else image
    return np.asarray(grey).reshape(image.height, image.width, -1)


def _from_pixels(mode: str, pixels: np.ndarray) -> Image.Image:
    size = pixels.shape[1::-1]
    if mode == "1":
        return Image.fromarray(pixels[..., 0] > 127)
    return Image.frombytes(mode, size, np.ascontiguousarray(pixels).tobytes())


def _fill_colours(fill: Fill, colours: np.ndarray, mask, invisible, mode: str = "") -> np.ndarray:
    """Fill any number of channels, (H, W, C), three at a time."""
    channels = tuple(range(colours.shape[-1]))
    if len(channels) == 3 and mode not in GROUPS:
        return fill(colours, mask, invisible)
    filled = colours.copy()
    for group in GROUPS.get(mode, (channels,)):
        three = colours[..., list(group) * (3 // len(group))]
        answer = fill(three, mask, invisible)
        filled[..., list(group)] = answer if len(group) == 3 else answer.mean(-1, keepdims=True)
    return filled


def _to_levels(mode: str, filled: np.ndarray) -> np.ndarray:
    """Grey levels of 255; of mode 1, black and white in the density of the grey."""
    levels = np.rint(255 * filled.clip(0, 1)).astype(np.uint8)
    if mode != "1":
        return levels
    dithered = Image.fromarray(levels[..., 0]).convert("1")
    return np.asarray(dithered.convert("L"))[..., None]


def _avoid(pixels: np.ndarray, hole: np.ndarray, key: np.ndarray, step: int) -> None:
    """Move filled pixels that chanced upon the transparent colour to the next one."""
    hit = hole & (pixels == key).all(-1)
    pixels[hit, 0] = key[0] + step if key[0] == 0 else key[0] - step


def _fill_deep(fill: Fill, image: Image.Image, mask, invisible) -> Image.Image:
    """Grey of more than 8 bits; its known values span the range that the network sees."""
    values = np.asarray(image)
    known = (mask | invisible)[..., 0] == 0
    low, high = float(values[known].min()), float(values[known].max())
    span = max(high - low, 1e-30) if math.isfinite(high - low) else 1.0
    scaled = np.where(known, (values.astype(np.float64) - low) / span, 0).astype(np.float32)[..., None]
    filled = _fill_colours(fill, scaled, mask, invisible)[..., 0].clip(0, 1).astype(np.float64)
    filled = low + span * filled
    if image.mode != "F":
        filled = np.rint(filled)
    result = values.copy()
    hole = mask[..., 0] > 0
    result[hole] = filled[hole].astype(values.dtype)
    key = image.info.get("transparency")
    if key is not None:
        _avoid(result[..., None], hole, np.atleast_1d(key), 1)
    new = Image.frombytes(
        image.mode, image.size, result.tobytes(), "raw", RAW_MODES.get(image.mode, image.mode)
    )
    new.info |= {} if key is None else {"transparency": key}
    return new


# ---------------------------------------------------------------- palettes


def _fill_palette(fill: Fill, image: Image.Image, mask, invisible) -> Image.Image:
    """Indices of known pixels stay; colours that no known pixel needs make room for new ones."""
    from scipy.spatial import cKDTree

    has_plane = image.mode == "PA"
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    indices, hole = pixels[..., 0], mask[..., 0] > 0
    palette = np.zeros((256, 3), np.uint8)
    given = np.frombuffer(image.im.getpalette("RGB", "RGB"), np.uint8).reshape(-1, 3)[:256]
    palette[: len(given)] = given
    colours = palette[indices] / np.float32(255)
    filled = _fill_colours(fill, colours, mask, invisible)
    wanted = np.rint(255 * filled[hole].clip(0, 1)).astype(np.uint8)

    used = np.zeros(256, bool)
    used[np.unique(indices[~hole])] = True
    alpha = _palette_alpha(image)
    room = np.flatnonzero(~used & (alpha == 255))
    new = _reduce(wanted, len(room))
    palette[room[: len(new)]] = new
    usable = np.flatnonzero(used & (alpha == 255))
    usable = np.concatenate([usable, room[: len(new)]])
    if not len(usable):
        raise FillError(
            "Die Palette des Bildes hat keine undurchsichtige Farbe und keinen Platz für eine. Bitte das "
            "Bild vorher in RGBA umwandeln."
        )
    result = pixels.copy()
    result[hole] = 255
    result[hole, 0] = usable[cKDTree(palette[usable]).query(wanted)[1]]
    n = max(len(given), int(result[..., 0].max()) + 1)
    filled_image = Image.frombytes(image.mode, image.size, result.tobytes())
    filled_image.putpalette(palette[:n].tobytes())
    key = image.info.get("transparency")
    if key is not None and not has_plane:
        filled_image.info["transparency"] = key
    return filled_image


def _palette_alpha(image: Image.Image) -> np.ndarray:
    """Alpha of each of the 256 entries."""
    alpha = np.full(256, 255)
    key = image.info.get("transparency") if image.mode == "P" else None
    if isinstance(key, bytes):
        alpha[: len(key)] = list(key[:256])
    elif key is not None:
        alpha[key] = 0
    return alpha


def _reduce(colours: np.ndarray, n: int) -> np.ndarray:
    """At most ``n`` colours that stand for many, (M, 3) uint8, by median cut."""
    distinct = np.unique(colours, axis=0)
    if len(distinct) <= n or n == 0:
        return distinct[:n]
    quantised = Image.fromarray(colours[None]).quantize(n, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced = np.array(quantised.getpalette("RGB"), np.uint8).reshape(-1, 3)
    return np.unique(reduced[np.unique(np.asarray(quantised))], axis=0)
