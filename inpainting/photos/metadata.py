"""What a picture's file says beside its pixels: kept where it stays true, left out where it does not.

Nothing that is kept may show what was removed: no thumbnail, no preview, no note of a camera's
maker in a format of its own, no drawing's source.  What is left out is named.
"""

import math
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import ExifTags, Image

from inpainting.photos.pictures import Source

EXIF, GPS, INTEROP, SECOND = 34665, 34853, 40965, ExifTags.IFD.IFD1
"""Directories of EXIF beside the first; the second is the thumbnail."""

TRUE_TAGS = {
    *(269, 270, 271, 272, 285, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095),
    *(282, 283, 296, 531, 18246, 18249),
    *(33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113),
}
"""Tags of EXIF's first directory that stay true: texts and persons; resolution; place on earth."""

MAKER_NOTE, PREVIEWS, LAYERS, XMP, IPTC = 37500, 330, 37724, 700, 33723
WIDTH, HEIGHT = 40962, 40963

CHUNKS = {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"tEXt", b"zTXt", b"iTXt"}
"""PNG's chunks that stay true as they are; texts are read first."""

PICTURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r|GIF8[79]a|WEBPVP8|II\*\0|MM\0\*|/9j/|iVBORw0KGgo|R0lGOD|UklGR", re.DOTALL
)
"""How pictures begin, as bytes and in base64."""

RUN, DISTINCT = 200, 20
"""Characters without a space, and different ones among them, from which on nobody wrote a text."""

MAX_BINARY = 4096
"""Largest value of EXIF, in bytes, that is no text."""

OTHER_PICTURES = re.compile(
    rb"xmpGImg|Thumbnails|HasExtendedXMP|GImage:|GDepth:|Container:|hdrgm:|MotionPhoto|MicroVideo"
)
"""What XMP calls pictures within it, or behind the picture, where none is left."""

SIZES = re.compile(
    rb'\s(?:tiff:Image(?:Width|Length)|exif:Pixel[XY]Dimension)="[^"]*"'
    rb"|<(tiff:Image(?:Width|Length)|exif:Pixel[XY]Dimension)>[^<]*</\1>"
)
IPTC_PREVIEW = b"\x1c\x02\xca"


@dataclass
class Metadata:
    """What stays true of a picture's file when its holes are filled.

    Attributes
    ----------
    exif : tags of the first directory; :data:`EXIF` and :data:`GPS` are dicts of tags.
    icc, xmp, iptc, comment : as they stand in the file; b"" for none.
    dpi : resolution in pixels an inch; None for none.
    chunks : name and content of PNG's chunks.
    left_out : German names of what does not stay.
    """

    exif: dict[int, object] = field(default_factory=dict)
    icc: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    comment: bytes = b""
    dpi: tuple[float, float] | None = None
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_metadata(source: Source) -> Metadata:
    """What stays true of a picture's file, and what does not."""
    kept, info = Metadata(), source.upright.info
    kept.icc = info.get("icc_profile") or b""
    kept.dpi = _read_dpi(info.get("dpi"))
    if source.image.format == "PNG":
        _read_chunks(source, kept)
    elif isinstance(info.get("comment"), bytes):
        kept.comment = info["comment"]
    if kept.comment and hides_picture(kept.comment):
        kept.comment = b""
        kept.left_out.append("der Kommentar (er enthält ein Bild)")
    try:
        with warnings.catch_warnings(action="ignore"):
            _read_exif(source, kept)
    except Exception:  # whatever a damaged directory makes Pillow raise
        kept.exif = {}
        kept.left_out.append("EXIF-Angaben (beschädigt)")
    _read_xmp(source, kept)
    _read_iptc(source, kept)
    if getattr(source.image, "n_frames", 1) > 1:
        kept.left_out.append("weitere Bilder der Datei (Vorschau, zweite Ansicht)")
    return kept


def hides_picture(value) -> bool:
    """Whether a value holds a picture, or something that nobody wrote by hand.

    Examples
    --------
    >>> hides_picture("Am Meer, 1987"), hides_picture(b"..\\xff\\xd8\\xff.."), hides_picture("/9j/4AAQ")
    (False, True, True)
    """
    if isinstance(value, tuple | list):
        return any(map(hides_picture, value))
    if not isinstance(value, str | bytes):
        return False
    content = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if PICTURES.search(content):
        return True
    joined = re.sub(rb"[\r\n]|&#x[aA];|&#10;", b"", content)
    runs = re.findall(rb"[A-Za-z0-9+/=%%_-]{%d,}" % RUN, joined)
    return any(len(set(run)) >= DISTINCT for run in runs)


def _read_dpi(dpi) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if all(math.isfinite(value) and 0 < value < 65535 for value in (x, y)) else None


# ---------------------------------------------------------------- EXIF, XMP, IPTC


def _read_exif(source: Source, kept: Metadata) -> None:
    exif = source.image.getexif()
    first = {tag: exif[tag] for tag in TRUE_TAGS if tag in exif}
    hidden = {tag for tag, value in first.items() if _is_opaque(value)}
    detail = dict(exif.get_ifd(EXIF))
    if detail.pop(MAKER_NOTE, None):
        kept.left_out.append("Herstellerangaben der Kamera (MakerNote)")
    if detail.pop(INTEROP, None):
        detail[INTEROP] = dict(exif.get_ifd(INTEROP))
    opaque = {tag for tag, value in detail.items() if _is_opaque(value)}
    width, height = source.upright.size
    detail |= {tag: edge for tag, edge in ((WIDTH, width), (HEIGHT, height)) if tag in detail}
    if hidden | opaque:
        kept.left_out.append("EXIF-Felder, in denen ein Bild stecken kann")
    if exif.get_ifd(SECOND) or PREVIEWS in exif:
        kept.left_out.append("das Vorschaubild")
    if LAYERS in exif:
        kept.left_out.append("die Ebenen des Bildprogramms")
    kept.exif = {tag: value for tag, value in first.items() if tag not in hidden}
    for name, directory in ((EXIF, detail), (GPS, dict(exif.get_ifd(GPS)))):
        directory = {tag: value for tag, value in directory.items() if tag not in opaque}
        if directory:
            kept.exif[name] = directory
    exif_bytes(kept.exif)  # what cannot be written counts as damaged


def _is_opaque(value) -> bool:
    return hides_picture(value) or isinstance(value, bytes) and len(value) > MAX_BINARY


def exif_bytes(exif: dict[int, object]) -> bytes:
    """EXIF as it stands in a file; b"" for none."""
    new = Image.Exif()
    for tag, value in exif.items():
        if isinstance(value, dict):
            new.get_ifd(tag).update(value)
        else:
            new[tag] = value
    return new.tobytes() if exif else b""


def _read_xmp(source: Source, kept: Metadata) -> None:
    info = source.upright.info
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    xmp = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
    if OTHER_PICTURES.search(xmp) or hides_picture(xmp):
        kept.left_out.append("XMP-Angaben (darin oder dazu gehört ein weiteres Bild)")
        return
    if source.upright.size != source.image.size:
        xmp = SIZES.sub(b"", xmp)
    kept.xmp = xmp


def _read_iptc(source: Source, kept: Metadata) -> None:
    """IPTC's texts; the other resources of Photoshop, with its thumbnail, go."""
    resources = source.image.info.get("photoshop")
    resources = resources if isinstance(resources, dict) else {}
    iptc = resources.get(0x0404)
    if source.image.format == "TIFF":
        iptc = source.image.tag_v2.get(IPTC)
    if {0x0409, 0x040C} & set(resources):
        kept.left_out.append("das Vorschaubild")
    if isinstance(iptc, bytes) and iptc:
        if IPTC_PREVIEW in iptc or hides_picture(iptc):
            kept.left_out.append("IPTC-Angaben (mit Vorschaubild)")
        else:
            kept.iptc = iptc


# ---------------------------------------------------------------- PNG


def _read_chunks(source: Source, kept: Metadata) -> None:
    for name, content in _chunks(source.content):
        if name not in CHUNKS:
            continue
        if name.endswith(b"Xt"):
            key, text = _read_text(name, content)
            if key == b"XML:com.adobe.xmp" or key.startswith(
                (b"Raw profile type exif", b"Raw profile type APP1")
            ):
                continue  # read as XMP and EXIF
            if key.startswith(b"Raw profile") or hides_picture(text):
                kept.left_out.append(f"das Textfeld „{key.decode('latin-1')}“ (darin kann ein Bild stecken)")
                continue
        kept.chunks.append((name, content))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk of a PNG file that was read before."""
    position = 8
    while position + 12 <= len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        yield content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        position += 12 + length


def _read_text(name: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Key and text of a chunk, as far as it lets itself be read."""
    key, _, rest = content.partition(b"\0")
    packed = b""
    if name == b"zTXt":
        packed = rest[1:]
    elif name == b"iTXt":
        flag, rest = rest[:1], rest[2:].split(b"\0", 2)[-1]
        packed = rest if flag == b"\1" else b""
    if not packed:
        return key, rest
    try:
        return key, zlib.decompressobj().decompress(packed, 2**20)
    except zlib.error:
        return key, b"\xff\xd8\xff"  # unreadable: as if it were a picture
