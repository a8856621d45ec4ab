"""Repairing a reader's own picture of any size with a network of the store.

The network has learned on 32×32 images, where a hole is at most some 16 pixels thick.  A large
picture is cut into overlapping windows around its holes, and what is thicker is filled coarse to
fine: first at half the resolution, then its rim again at the full one.
"""

import io
import json
import time
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

from inpainting import config, models, narrative, training
from inpainting.report.files import write_file

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
"""Formats that are read; :data:`SAVE_OPTIONS` are those that are written."""

SAVE_OPTIONS = {
    ".png": {"format": "PNG"},
    ".webp": {"format": "WEBP", "lossless": True, "exact": True},
    ".bmp": {"format": "BMP"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
}
METADATA = ("icc_profile", "exif")

MIN_SIZE = 16
MAX_PIXELS = 40_000_000

GREY_TOLERANCE = 32
"""A mask's grey levels this near to black or white count as such: traces of JPEG."""

MAX_GREY_FRACTION = 0.01
"""Largest share of other grey levels, as smoothed brush strokes have them; they count as hole."""

WINDOW, STRIDE = 128, 64
"""Edge of the windows that a picture is cut into, and their distance, in pixels."""

BATCH = 8
"""Windows computed at once; bounds the memory."""

DEPTH = 4
"""Pixels that are farther from a known one are filled at half the resolution first.

Measured with holes of 16, 32 and 64 pixels in four photographs of skimage and matplotlib: 4 is
0.6 dB better than 8 (0.0 on the thickest holes), and the network without this step is worse than
Telea's method from 32 pixels on.
"""


class FillError(config.UserError):
    """A picture or a mask that cannot be repaired."""


# ---------------------------------------------------------------- the method


def fill_picture(model, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill the holes of one picture of any size.

    Holes that are thicker than the network has learned are filled coarse to fine: the picture
    at half the resolution is filled first; the pixels deeper than :data:`DEPTH` in the hole are
    taken from it, and the rim is predicted from both sides.

    Parameters
    ----------
    model : the final network, see :func:`inpainting.models.build_final`.
    picture : float32 array, (H, W, 3), in [0, 1]; H and W at least 16; holes may hold anything.
    mask : uint8 array, (H, W, 1), 1 = hole; with at least one known pixel.

    Returns
    -------
    float32 array, (H, W, 3), in [0, 1]; known pixels bit-identical.
    """
    depth = ndimage.distance_transform_cdt(mask[..., 0], "chessboard")[..., None]
    if depth.max() <= DEPTH or min(mask.shape[:2]) <= config.IMAGE_SIZE:
        return _fill_windows(model, picture, mask)
    height, width = mask.shape[:2]
    coarse = fill_picture(model, *_halve(picture, mask))
    size = (2 * coarse.shape[1], 2 * coarse.shape[0])
    doubled = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    inner = np.where(depth > DEPTH, doubled, picture)
    return _fill_windows(model, inner, mask * (depth <= DEPTH))


def _halve(picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the known pixels of 2×2 blocks; a block without any is a hole."""
    more = [(0, mask.shape[0] % 2), (0, mask.shape[1] % 2), (0, 0)]
    known = np.pad(1 - mask, more, mode="edge")
    values = known * np.pad(picture, more, mode="edge")

    def block_sums(array: np.ndarray) -> np.ndarray:
        height, width, channels = array.shape
        return array.reshape(height // 2, 2, width // 2, 2, channels).sum((1, 3))

    count = block_sums(known)
    means = block_sums(values) / np.maximum(count, 1)
    return means.astype(np.float32), (count == 0).astype(np.uint8)


def _fill_windows(model, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill window by window; where windows overlap, their predictions fade into each other."""
    height, width = (min(WINDOW, edge) for edge in mask.shape[:2])
    windows = [
        (slice(top, top + height), slice(left, left + width))
        for top in _starts(mask.shape[0], height)
        for left in _starts(mask.shape[1], width)
        if mask[top : top + height, left : left + width].any()
    ]
    fade = np.minimum.outer(_tent(height), _tent(width))[..., None]
    total, weight = np.zeros_like(picture), np.zeros(mask.shape, np.float32)
    for i in range(0, len(windows), BATCH):
        chosen = windows[i : i + BATCH]
        images, holes = (np.stack([array[w] for w in chosen]) for array in (picture, mask))
        for window, filled in zip(chosen, models.predict_final(model, images, holes), strict=True):
            total[window] += fade * filled
            weight[window] += fade
    return np.where(mask, total / np.maximum(weight, 1e-6), picture)


def _starts(edge: int, window: int) -> list[int]:
    """Where windows start that cover an edge; the last one is moved inside."""
    return sorted({min(start, edge - window) for start in range(0, edge, STRIDE)})


def _tent(n: int) -> np.ndarray:
    """Weights that rise linearly from both ends, (n,), float32."""
    return np.minimum(np.arange(1, n + 1), np.arange(n, 0, -1)).astype(np.float32)


# ---------------------------------------------------------------- files


def fill_file(
    picture: Path,
    mask: Path,
    output: Path,
    network: str = "kompakt",
    inverted: bool = False,
    force: bool = False,
    store: Path = config.MODELS,
) -> str:
    """Repair a picture file and write the result, whole or not at all.

    EXIF's orientation is applied, alpha and the colour profile are kept, grey stays grey.

    Parameters
    ----------
    picture : PNG, JPEG, WebP or BMP, 8 bits a channel, at least 16×16 pixels.
    mask : picture of the same size; white = hole.
    output : its suffix is the format; in all but JPEG known pixels stay bit-identical.
    network : "kompakt" or "gruendlich" from the store, or the path of a ``.keras`` file.
    inverted : black = hole.
    force : allows ``output`` to be one of the two input files.

    Returns
    -------
    German report of one or two lines.

    Raises
    ------
    FillError, models.ModelError
        On bad input.
    """
    options = SAVE_OPTIONS.get(output.suffix.lower())
    if options is None:
        raise FillError(
            f"Die Ausgabe „{output}“ hat keine bekannte Endung. Erlaubt sind: "
            f"{', '.join(SAVE_OPTIONS)}."
        )
    if not output.parent.is_dir():
        raise FillError(f"Den Ordner der Ausgabe „{output.parent}“ gibt es nicht.")
    if (
        not force
        and output.exists()
        and any(path.exists() and output.samefile(path) for path in (picture, mask))
    ):
        raise FillError(
            f"Die Ausgabe „{output}“ würde eine Eingabe überschreiben. Bitte einen anderen Namen "
            "wählen oder --force angeben."
        )
    source = _read_picture(picture, "Bild")
    holes = _read_mask(mask, source.size, inverted)
    if options["format"] in ("JPEG", "BMP") and source.mode in ("LA", "RGBA"):
        raise FillError(
            f"Das Bild „{picture}“ hat Transparenz, und {options['format']} kann keine speichern. "
            "Bitte die Ausgabe .png oder .webp nennen."
        )
    path = find_network(network, store)
    model = load_final(path)
    started = time.perf_counter()
    result = fill_pillow(model, source, holes)
    seconds = time.perf_counter() - started
    buffer = io.BytesIO()
    kept = {key: source.info[key] for key in METADATA if source.info.get(key)}
    result.save(buffer, **options, **kept)
    write_file(output, buffer.getvalue())
    report = (
        f"Geschrieben: {output} ({result.width}×{result.height} Pixel, "
        f"{narrative.percent(holes.mean())} gefüllt, Netz {path.name} aus {path.parent.name}, "
        f"{narrative.quantity(seconds, 1, 's')})."
    )
    if options["format"] == "JPEG":
        report += (
            "\nJPEG verändert beim Speichern auch die bekannten Pixel ein wenig; "
            "in .png, .webp und .bmp bleiben sie gleich."
        )
    return report


def fill_pillow(model, picture: Image.Image, mask: np.ndarray) -> Image.Image:
    """Fill a Pillow image of mode L, LA, RGB or RGBA; the mode and alpha stay as they are.

    Parameters
    ----------
    mask : uint8 array, (H, W, 1), 1 = hole.

    Raises
    ------
    models.ModelError
        If the network's output is not finite.
    """
    pixels = np.asarray(picture).reshape(picture.height, picture.width, -1)
    is_grey = picture.mode in ("L", "LA")
    colours = pixels[..., :1] if is_grey else pixels[..., :3]
    filled = fill_picture(
        model, models.to_float(np.broadcast_to(colours, (*mask.shape[:2], 3))), mask
    )
    if not np.isfinite(filled).all():
        raise models.ModelError(
            "Das Netz liefert keine endlichen Zahlen; bitte ein anderes wählen."
        )
    if is_grey:
        filled = filled.mean(-1, keepdims=True)
    levels = np.rint(255 * filled.clip(0, 1)).astype(np.uint8)
    result = pixels.copy()
    result[..., : colours.shape[-1]] = np.where(mask, levels, colours)
    return Image.fromarray(result.squeeze(-1) if picture.mode == "L" else result, picture.mode)


def _read_picture(path: Path, word: str) -> Image.Image:
    """Read a file upright, as mode L, LA, RGB or RGBA."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=FORMATS) as image:
            _check_picture(path, word, image)
            upright = ImageOps.exif_transpose(image)
    except config.UserError:
        raise
    except Image.DecompressionBombError:
        raise FillError(_too_large(path, word)) from None
    except Exception as error:  # Pillow raises many kinds on damaged bytes
        named = isinstance(error, OSError) and error.errno
        why = config.reason(error) if named else "unbekanntes Format oder beschädigt"
        raise FillError(
            f"{word} „{path}“ ist nicht lesbar: {why}. Erlaubt sind PNG, JPEG, WebP und BMP."
        ) from None
    is_grey = upright.mode in ("1", "L", "LA")
    has_alpha = upright.has_transparency_data
    return upright.convert(("L" if is_grey else "RGB") + ("A" if has_alpha else ""))


def _check_picture(path: Path, word: str, image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < MIN_SIZE:
        raise FillError(
            f"{word} „{path}“ hat {width}×{height} Pixel. Verlangt sind mindestens "
            f"{MIN_SIZE}×{MIN_SIZE}."
        )
    if width * height > MAX_PIXELS:
        raise FillError(_too_large(path, word))
    if image.mode in ("I", "F", "CMYK") or ";16" in f"{image.mode}{image.tile}":
        raise FillError(
            f"{word} „{path}“ hat ein Farbformat ({image.mode}), das hier Genauigkeit verlöre. "
            "Erlaubt sind Graustufen und RGB mit 8 Bit je Kanal, auch mit Transparenz."
        )
    if getattr(image, "is_animated", False) and image.format != "MPO":  # MPO: cameras' JPEG
        raise FillError(f"{word} „{path}“ ist animiert. Erlaubt ist ein einzelnes Bild.")


def _too_large(path: Path, word: str) -> str:
    return (
        f"{word} „{path}“ ist zu groß. Erlaubt sind höchstens {MAX_PIXELS // 10**6} Millionen "
        "Pixel; bitte verkleinern oder zuschneiden."
    )


def _read_mask(path: Path, size: tuple[int, int], inverted: bool) -> np.ndarray:
    """Read a mask of the picture's size, (width, height); uint8 (H, W, 1), 1 = hole."""
    image = _read_picture(path, "Maske")
    if image.size != size:
        raise FillError(
            f"Die Maske „{path}“ hat {image.width}×{image.height} Pixel, das Bild "
            f"{size[0]}×{size[1]}. Beide müssen gleich groß sein."
        )
    grey = np.asarray(image.convert("L"))[..., None]
    if inverted:
        grey = 255 - grey
    between = np.mean((grey > GREY_TOLERANCE) & (grey < 255 - GREY_TOLERANCE))
    if between > MAX_GREY_FRACTION:
        raise FillError(
            f"Die Maske „{path}“ ist nicht schwarz-weiß: {narrative.percent(between)} ihrer Pixel "
            "sind grau. "
            "Weiß heißt Loch, Schwarz heißt bekannt (umgekehrt mit --invert)."
        )
    mask = (grey > GREY_TOLERANCE).astype(np.uint8)
    if mask.all() or not mask.any():
        word = "voll, kein Pixel ist bekannt" if mask.all() else "leer, nichts ist zu füllen"
        raise FillError(
            f"Die Maske „{path}“ ist {word}. Weiß heißt Loch, Schwarz heißt bekannt (umgekehrt "
            "mit --invert)."
        )
    return mask


# ---------------------------------------------------------------- networks


def find_network(name: str, store: Path = config.MODELS) -> Path:
    """The model file of a shipped network, or the path that was given instead of a name.

    Of several entries the one with the default recipe wins, else the one trained last.

    Raises
    ------
    models.ModelError
        If the store has no such network, trained on the whole of CIFAR-10.
    """
    if name.endswith(".keras"):
        return Path(name)
    found = []
    for path in sorted(store.glob(f"{config.short(name)}-*/{config.short(name)}.keras")):
        try:
            record = json.loads((path.parent / "record.json").read_text(encoding="utf-8"))
            recipe, trained_at = record["recipe"], record["trained_at"]
            if record["data"]["name"] == config.CIFAR10:
                found.append((_is_default(recipe), trained_at, path))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no whole entry
    if not found:
        raise models.ModelError(
            f"Ein Netz „{config.short(name)}“ liegt nicht im Modellspeicher. Erlaubt sind kompakt, "
            "gruendlich und der Pfad einer .keras-Datei; inpainting train trainiert die beiden."
        )
    return max(found)[-1]


def _is_default(recipe: dict) -> bool:
    default = replace(training.NETWORKS[recipe["network"]], precision="")
    return json.loads(json.dumps(asdict(default))) == recipe | {"precision": ""}


def load_final(path: Path):
    """Load a network that takes image and mask of any size, as ours do.

    Raises
    ------
    models.ModelError
        If the file is no model, holds code, or takes other inputs.
    """
    model = models.load_model(path)
    shapes = [tuple(tensor.shape) for tensor in getattr(model, "inputs", None) or ()]
    if shapes != [(None, None, None, 3), (None, None, None, 1)]:
        raise models.ModelError(
            f"Das Modell „{path}“ hat Eingaben der Form {shapes}. Verlangt sind zwei von beliebiger "
            "Größe: das Bild mit drei Kanälen und die Maske mit einem (1 = Loch), wie bei kompakt."
        )
    return model
