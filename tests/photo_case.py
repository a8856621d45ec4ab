"""Pictures of every kind, written as real files, and a network that is quick: the mean of what is known."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HEIGHT, WIDTH = 40, 52
HOLE = (slice(12, 20), slice(20, 31))


def mean_answer(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill each window with the mean of its known pixels; grey where none is known."""
    known = 1 - masks.astype(np.float32)
    count = known.sum((1, 2), keepdims=True)
    means = (images * known).sum((1, 2), keepdims=True) / np.maximum(count, 1)
    return np.where(masks, np.where(count, means, 0.5), images).astype(np.float32)


def hole() -> np.ndarray:
    """The mask of all these pictures, uint8 (H, W, 1)."""
    mask = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    mask[HOLE] = 1
    return mask


def write_mask(path: Path, inverted: bool = False) -> Path:
    levels = 255 * hole()[..., 0]
    Image.fromarray(255 - levels if inverted else levels).save(path)
    return path


def colours(spoiled: bool = True) -> np.ndarray:
    """Smooth colours, uint8 (H, W, 3); magenta in the hole, which must never come through."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] / WIDTH
    levels = np.uint8(255 * (0.2 + 0.6 * np.stack([x, y, 1 - x], -1)))
    if spoiled:
        levels[HOLE] = 255, 0, 255
    return levels


def picture(mode: str = "RGB") -> Image.Image:
    """The picture in a mode; deep modes use more than 8 bits."""
    image = Image.fromarray(colours())
    grey = np.asarray(image.convert("L")).astype(np.float64)
    if mode.startswith("I;16"):
        deep = (grey * 257 - 3).clip(0).astype(np.uint16)
        return Image.frombytes(mode, image.size, deep.astype(">u2" if mode == "I;16B" else "<u2").tobytes())
    if mode == "I":
        return Image.fromarray((grey * 70_000 - 9_000_000).astype(np.int32))
    if mode == "F":
        return Image.fromarray((grey / 7 - 11).astype(np.float32))
    if mode == "LAB":
        return Image.frombytes("LAB", image.size, np.asarray(image).tobytes())
    if mode == "PA":
        pixels = np.stack([np.asarray(image.quantize(60)), np.full((HEIGHT, WIDTH), 255, np.uint8)], -1)
        pixels[:5, :, 1] = 0
        new = Image.frombytes("PA", image.size, pixels.tobytes())
        new.putpalette(image.quantize(60).getpalette())
        return new
    if mode in ("LA", "RGBA"):
        new = image.convert(mode)
        alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
        alpha[:5], alpha[5:8], alpha[HOLE] = 0, 120, 0
        new.putalpha(Image.fromarray(alpha))
        return new
    return image.quantize(60) if mode == "P" else image.convert(mode)


def with_orientation(value: int) -> bytes:
    """A PNG file that is stored turned or mirrored, as cameras do."""
    upright = Image.fromarray(colours())
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[value]
    exif = Image.Exif()
    exif[0x0112] = value
    return encode(upright.transpose(turn), "PNG", exif=exif)


def encode(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def palette_with_alpha(clear: int) -> bytes:
    """A palette PNG whose first entries are half or wholly transparent."""
    image = picture("P")
    pixels = np.asarray(image).copy()
    pixels[:6] = 0
    new = Image.fromarray(pixels, "P")
    new.putpalette(image.getpalette())
    return encode(new, "PNG", transparency=bytes([clear, 255, 255, 130]))


def full_palette() -> bytes:
    """A palette PNG whose 256 entries are all needed by known pixels."""
    pixels = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) % 256
    image = Image.fromarray(pixels.astype(np.uint8), "P")
    image.putpalette(np.random.default_rng(3).integers(0, 256, 768, dtype=np.uint8).tobytes())
    return encode(image, "PNG")


def deep_colours(suffix: str) -> bytes:
    """RGB with 16 bits a channel."""
    return cv2.imencode(suffix, colours().astype(np.uint16) * 257)[1].tobytes()


def premultiplied() -> bytes:
    """A TIFF file whose colours are multiplied by alpha: tag 338 is 1."""
    content = bytearray(encode(picture("RGBA"), "TIFF", compression="raw"))
    at = content.index(struct.pack("<HHI", 338, 3, 1))
    content[at + 8 : at + 10] = struct.pack("<H", 1)
    return bytes(content)


def frames(format: str, **options) -> bytes:
    """An animation, a file of pages, or a camera's file with a second view."""
    first = picture("RGB")
    return encode(first, format, save_all=True, append_images=[first.rotate(180)], **options)


def interlaced_gif() -> bytes:
    return encode(picture("P"), "GIF", interlace=1)


def _float_with(value: float, where) -> bytes:
    values = np.asarray(picture("F")).copy()
    values[where] = value
    return encode(Image.fromarray(values), "TIFF")


def not_a_number_in_the_hole() -> bytes:
    return _float_with(np.nan, HOLE)


def infinite_beside_the_hole() -> bytes:
    return _float_with(np.inf, (slice(0, 2), slice(0, 2)))


KINDS = {
    **{f"{mode}.png": (lambda m=mode: encode(picture(m), "PNG")) for mode in ("1", "L", "LA", "RGB", "RGBA", "P", "I;16")},
    "grau mit 4 Bit.png": lambda: encode(picture("L"), "PNG", bits=4),
    "palette mit 16 Farben.png": lambda: encode(picture("RGB").quantize(16), "PNG"),
    "palette mit durchsichtigem Eintrag.png": lambda: encode(picture("P"), "PNG", transparency=3),
    "palette mit Alphatabelle.png": lambda: palette_with_alpha(0),
    "palette mit halb durchsichtigen.png": lambda: palette_with_alpha(99),
    "volle Palette.png": full_palette,
    "1 mit durchsichtigem Weiß.png": lambda: encode(picture("1"), "PNG", transparency=255),
    "L mit durchsichtigem Grau.png": lambda: encode(picture("L"), "PNG", transparency=100),
    "RGB mit durchsichtiger Farbe.png": lambda: encode(picture("RGB"), "PNG", transparency=(255, 0, 255)),
    "I;16 mit durchsichtigem Grau.png": lambda: encode(picture("I;16"), "PNG", transparency=9000),
    **{f"gedreht {i}.png": (lambda i=i: with_orientation(i)) for i in range(2, 9)},
    **{f"{mode}.jpg": (lambda m=mode: encode(picture(m), "JPEG", quality=92)) for mode in ("L", "RGB", "CMYK")},
    "progressiv.jpg": lambda: encode(picture(), "JPEG", progressive=True),
    "grobe Farben.jpeg": lambda: encode(picture(), "JPEG", subsampling=2, quality=70),
    "zwei Ansichten (MPO).jpg": lambda: frames("MPO"),
    "verlustbehaftet.webp": lambda: encode(picture(), "WEBP", quality=80),
    **{f"{mode}.webp": (lambda m=mode: encode(picture(m), "WEBP", lossless=True, exact=True)) for mode in ("RGB", "RGBA")},
    **{f"{mode}.bmp": (lambda m=mode: encode(picture(m), "BMP")) for mode in ("1", "L", "P", "RGB")},
    **{
        f"{mode}.tif": (lambda m=mode: encode(picture(m), "TIFF"))
        for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "I;16B", "F")
    },
    "LZW.tiff": lambda: encode(picture(), "TIFF", compression="tiff_lzw"),
    "Fax.tiff": lambda: encode(picture("1"), "TIFF", compression="group4"),
    "JPEG in TIFF.tif": lambda: encode(picture(), "TIFF", compression="jpeg", quality=95),
    "vorvervielfacht.tif": premultiplied,
    "ohne Zahl im Loch.tif": not_a_number_in_the_hole,
    "P.gif": lambda: encode(picture("P"), "GIF"),
    "L.gif": lambda: encode(picture("L"), "GIF"),
    "durchsichtig.gif": lambda: encode(picture("P"), "GIF", transparency=3),
    "Zeilen versetzt.gif": interlaced_gif,
}  # fmt: skip
"""Name with suffix → bytes of a file that is filled."""

REFUSED = {
    "animiert.gif": (lambda: frames("GIF"), "animiert"),
    "animiert.webp": (lambda: frames("WEBP"), "animiert (2 Bilder)"),
    "animiert.png": (lambda: frames("PNG"), "animiert"),
    "animiert.avif": (lambda: frames("AVIF"), "animiert"),
    "Seiten.tif": (lambda: frames("TIFF"), "2 Seiten"),
    "16 Bit RGB.png": (lambda: deep_colours(".png"), "16 Bit je Kanal"),
    "16 Bit RGB.tif": (lambda: deep_colours(".tiff"), "16 Bit je Kanal"),
    "unendlich.tif": (infinite_beside_the_hole, "keine endlichen Zahlen"),
    "abgeschnitten.png": (lambda: encode(picture(), "PNG")[:120], "abgeschnitten oder beschädigt"),
    "abgeschnitten.jpg": (lambda: encode(picture(), "JPEG")[:-300], "abgeschnitten oder beschädigt"),
    "abgeschnitten.gif": (lambda: encode(picture("P"), "GIF")[:-300], "abgeschnitten oder beschädigt"),
    "abgeschnitten.tif": (lambda: encode(picture(), "TIFF")[:-300], "beschädigt"),
    "nur der Kopf.webp": (lambda: encode(picture(), "WEBP")[:40], "beschädigt"),
    "leer.png": (lambda: b"", "leer (0 Byte)"),
    "Text.png": (lambda: b"kein Bild", "unbekanntes Format"),
    "TGA.png": (lambda: encode(picture(), "TGA"), "Erlaubt sind PNG, JPEG, WebP, BMP, TIFF, GIF und AVIF"),
    "TGA.tga": (lambda: encode(picture(), "TGA"), "ein Bild im Format TGA"),
    "PPM.ppm": (lambda: encode(picture(), "PPM"), "ein Bild im Format PPM"),
    "ICO.png": (lambda: encode(picture(), "ICO"), "ein Bild im Format ICO"),
    "JPEG 2000.png": (lambda: encode(picture(), "JPEG2000"), "ein Bild im Format JPEG2000"),
    "Zeichnung.png": (lambda: b'<?xml version="1.0"?>\n<!-- x --><svg/>', "eine SVG-Zeichnung"),
    "Seite.png": (lambda: b"<!DOCTYPE html><html></html>", "eine HTML-Seite"),
    "Dokument.png": (lambda: b"%PDF-1.7", "eine PDF-Datei"),
    "Foto.heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0", "ein HEIC-Bild"),
    "RGB als Gleitkomma.tif": (
        lambda: floats(np.float32, 3),
        "TIFF mit 3 Kanälen aus Gleitkommazahlen zu 32 Bit",
    ),
    "Grau mit 64 Bit.tif": (lambda: floats(np.float64, 1), "einem Kanal aus Gleitkommazahlen zu 64 Bit"),
    "nur der Kopf.tif": (lambda: b"II*\0\x08\0\0\0\x05", "TIFF ist abgeschnitten oder beschädigt"),
    "10 Bit.avif": (lambda: deep_avif(10), "10 Bit je Kanal"),
    "12 Bit.avif": (lambda: deep_avif(12), "12 Bit je Kanal"),
    "negative Gleitkommazahlen.tif": (
        lambda: negative(encode(picture("F"), "TIFF")),
        "0 Weiß heißt (MinIsWhite)",
    ),
    "klein.png": (lambda: encode(picture().resize((15, 40)), "PNG"), "mindestens 16×16"),
    "unsichtbar.png": (lambda: encode(Image.new("RGBA", (WIDTH, HEIGHT)), "PNG"), "ganz durchsichtig"),
    "riesig.png": (lambda: bomb(60_000, 60_000), "zu groß"),
    "groß.png": (lambda: bomb(8_000, 6_000), "höchstens 40 Millionen"),
    "Textbombe.png": (lambda: text_bomb(), "ein Textfeld der Datei ist ausgepackt größer als 1 MB"),
}
"""Name with suffix → bytes of a file that is refused, and what the message says."""


def _chunk(name: bytes, content: bytes) -> bytes:
    import zlib

    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def negative(content: bytes) -> bytes:
    """A TIFF file of grey values whose white is 0: tag 262 is 0."""
    changed = bytearray(content)
    at = changed.index(struct.pack("<HHI", 262, 3, 1))
    changed[at + 8 : at + 10] = struct.pack("<H", 0)
    return bytes(changed)


def floats(kind, n_channels: int) -> bytes:
    """A TIFF file of floats that Pillow does not read."""
    values = (colours()[..., :n_channels] / 255).astype(kind)
    return cv2.imencode(".tiff", values, [cv2.IMWRITE_TIFF_COMPRESSION, 1])[1].tobytes()


def deep_avif(bits: int) -> bytes:
    """An AVIF file with more than 8 bits a channel."""
    levels = colours().astype(np.uint16) << (bits - 8)
    return cv2.imencode(".avif", levels, [cv2.IMWRITE_AVIF_DEPTH, bits])[1].tobytes()


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b"")


def with_chunk(content: bytes, name: bytes, data: bytes) -> bytes:
    """A PNG file with one more chunk behind its header."""
    return content[:33] + _chunk(name, data) + content[33:]


def text_bomb() -> bytes:
    """A PNG file whose text unpacks to 100 MB."""
    import zlib

    packed = zlib.compress(b"a" * 100_000_000)
    return with_chunk(encode(picture(), "PNG"), b"zTXt", b"Comment\0\0" + packed)
