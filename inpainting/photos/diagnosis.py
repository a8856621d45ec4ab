"""What a file is that is no picture of the formats that are read, or one with more bits than those keep."""

import io
import warnings

from PIL import Image, TiffImagePlugin

SIGNATURES = (
    (0, b"%PDF", "eine PDF-Datei"),
    (0, b"PK\x03\x04", "ein ZIP-Archiv"),
    (0, b"\xff\x0a", "ein JPEG-XL-Bild"),
    (0, b"\0\0\0\x0cJXL ", "ein JPEG-XL-Bild"),
    (0, b"v/1\x01", "ein OpenEXR-Bild"),
    (0, b"\x93NUMPY", "ein NumPy-Feld (.npy)"),
    (4, b"ftyphei", "ein HEIC-Bild"),
    (4, b"ftyphev", "ein HEIC-Bild"),
    (4, b"ftypmif1", "ein HEIF-Bild"),
    (0, b"version https://git-lfs", "nur ein Zeiger von Git LFS; das Bild selbst holt „git lfs pull“"),
)
"""Place, bytes there, and what has them."""

TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SAMPLE_FORMATS = {1: "ganzen Zahlen", 2: "ganzen Zahlen mit Vorzeichen", 3: "Gleitkommazahlen"}
BITS, SAMPLE_FORMAT, CHANNELS = 258, 339, 277


def name_content(content: bytes) -> str:
    """What a file is that Pillow does not read as one of the allowed formats, in German."""
    if not content:
        return "die Datei ist leer (0 Byte)"
    for place, signature, name in SIGNATURES:
        if content[place:].startswith(signature):
            return f"das ist {name}"
    if content.startswith(TIFF_HEADS):
        return _name_tiff(content)
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if (
        start.startswith(b"<svg")
        or start.startswith((b"<?xml", b"<!doctype svg", b"<!--"))
        and b"<svg" in start
    ):
        return "das ist eine SVG-Zeichnung, kein Bild aus Pixeln"
    if start.startswith((b"<!doctype html", b"<html")):
        return "das ist eine HTML-Seite"
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content)) as image:
            return f"das ist ein Bild im Format {image.format}"
    except Exception:  # each of Pillow's readers has its own kinds
        return "unbekanntes Format oder beschädigt"


def _name_tiff(content: bytes) -> str:
    """Why Pillow does not know a TIFF file's pixels."""
    try:
        file = io.BytesIO(content)
        tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(16 if content[2:3] == b"+" else 8))
        file.seek(tags.next)
        with warnings.catch_warnings(action="ignore"):
            tags.load(file)
        bits, kind = tags[BITS], tags.get(SAMPLE_FORMAT, (1,))[0]
        n_channels = tags.get(CHANNELS, len(bits))
    except Exception:  # so does the reader of its tags
        return "das TIFF ist abgeschnitten oder beschädigt"
    channels = "einem Kanal" if n_channels == 1 else f"{n_channels} Kanälen"
    numbers = SAMPLE_FORMATS.get(kind, "anderen Zahlen")
    return f"das ist ein TIFF mit {channels} aus {numbers} zu {bits[0]} Bit, das hier nicht gelesen wird"


def explain(error: Exception) -> str:
    """Why Pillow did not read a picture whose format it knows, in German."""
    text = str(error)
    if "MAX_TEXT_CHUNK" in text or "text chunks" in text:
        return (
            "ein Textfeld der Datei ist ausgepackt größer als 1 MB, alle zusammen größer als 64 MB, oder sie "
            "sind beschädigt; bitte ohne Textfelder neu speichern"
        )
    return "abgeschnitten oder beschädigt"


def avif_bits(content: bytes) -> int:
    """Bits a channel of an AVIF file; Pillow cuts them to 8."""
    head = content[: content.find(b"mdat")] if b"mdat" in content else content
    bits, place = 8, head.find(b"av1C")
    while place >= 0:
        flags = head[place + 6 : place + 7] or b"\0"
        if flags[0] & 0x40:
            bits = max(bits, 12 if flags[0] & 0x20 else 10)
        place = head.find(b"av1C", place + 4)
    return bits
