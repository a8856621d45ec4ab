"""Writing a picture in the format that its name asks for, in its mode and with its metadata."""

import io
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from inpainting.photos import FillError, metadata
from inpainting.photos.metadata import Metadata
from inpainting.photos.pictures import Source


@dataclass(frozen=True)
class Format:
    """A format that is written.

    Attributes
    ----------
    name : Pillow's.
    modes : that it keeps.
    transparent : modes in which it keeps a transparent colour.
    max_edge : greatest width and height in pixels.
    keeps : what of :class:`inpainting.photos.metadata.Metadata` it has a place for.
    """

    name: str
    modes: frozenset[str]
    transparent: frozenset[str] = frozenset()
    max_edge: int = 2**31 - 1
    keeps: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PNG = Format(
    "PNG",
    _words("1 L LA P RGB RGBA I;16 I;16B"),
    _words("1 L P RGB I;16"),
    keeps=_words("exif icc xmp dpi chunks"),
)
JPEG = Format("JPEG", _words("L RGB CMYK"), max_edge=65_500, keeps=_words("exif icc xmp iptc comment dpi"))
WEBP = Format("WEBP", _words("RGB RGBA"), max_edge=16_383, keeps=_words("exif icc xmp"))
BMP = Format("BMP", _words("1 L P RGB"), keeps=_words("dpi"))
TIFF = Format(
    "TIFF",
    _words("1 L LA P PA RGB RGBA CMYK YCbCr LAB I I;16 I;16B I;16L F"),
    keeps=_words("exif icc xmp iptc dpi"),
)
GIF = Format("GIF", _words("L P"), _words("P"), max_edge=65_535, keeps=_words("comment"))

FORMATS = {
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".webp": WEBP,
    ".bmp": BMP,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".gif": GIF,
}
"""Suffix → format."""

WIDER = {"1": ("L", "RGB"), "L": ("RGB",), "LA": ("RGBA",), "P": ("RGB",), "PA": ("RGBA",)}
"""Mode → modes that hold all that it does."""

MODE_NAMES = {
    "1": "Schwarz-Weiß",
    "L": "Graustufen",
    "RGB": "RGB",
    "LA": "Graustufen mit Transparenz",
    "RGBA": "RGB mit Transparenz",
    "P": "einer Palette",
    "PA": "einer Palette mit Transparenz",
    "CMYK": "CMYK",
    "YCbCr": "YCbCr",
    "LAB": "L*a*b*",
    "I": "Graustufen mit 32 Bit",
    "F": "Graustufen als Fließkommazahlen",
}
KIND_NAMES = {
    "exif": "EXIF-Angaben",
    "icc": "das Farbprofil",
    "xmp": "XMP-Angaben",
    "iptc": "IPTC-Angaben",
    "comment": "der Kommentar",
    "dpi": "die Auflösung in dpi",
    "chunks": "Textfelder und Gamma von PNG",
}
GREY = {"1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F"}

MAX_SEGMENT = 65_533
"""Largest segment of a JPEG file, in bytes."""

LOSSLESS_TIFF = {"raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "group3", "group4"}


class Writer:
    """Encodes pictures for one output file; what cannot be written is refused when it is made.

    Parameters
    ----------
    target : the file, whose suffix is the format.
    source : the picture that was read.

    Attributes
    ----------
    mode : in which the result is written.
    left_out : German names of what the file will not say any more.

    Raises
    ------
    FillError
        If the format cannot hold the picture.
    """

    def __init__(self, target: Path, source: Source):
        self.target = target
        self.format = find_format(target)
        picture = source.upright
        if max(picture.size) > self.format.max_edge:
            raise FillError(
                f"{self.format.name} fasst höchstens {self.format.max_edge} Pixel je Kante, das Bild hat "
                f"{picture.width}×{picture.height}. Bitte die Ausgabe .png oder .tif nennen."
            )
        self.mode = _find_mode(target, self.format, picture)
        kept = metadata.read_metadata(source)
        self.left_out = kept.left_out
        for kind in KIND_NAMES:
            if getattr(kept, kind) and kind not in self.format.keeps:
                self.left_out.append(f"{KIND_NAMES[kind]} (in {target.suffix.lower()} nicht vorgesehen)")
        if kept.icc and (self.mode in GREY) != (picture.mode in GREY):
            kept.icc = b""
            self.left_out.append(f"{KIND_NAMES['icc']} (es gilt für ein anderes Farbformat)")
        self._options = self._find_options(source.image, kept)
        self._try(picture)

    def encode(self, picture: Image.Image) -> bytes:
        """The bytes of a file of this picture, of the source's mode."""
        options, key = dict(self._options), picture.info.get("transparency")
        if picture.mode != self.mode:
            picture = picture.convert(self.mode)
        elif key is not None and self.format.transparent:
            options["transparency"] = _single_key(key) if self.format is GIF else key
        picture.info = {}
        buffer = io.BytesIO()
        picture.save(buffer, self.format.name, **options)
        return buffer.getvalue()

    def _try(self, picture: Image.Image) -> None:
        """Encode a corner, so that nothing is left to go wrong when the holes are filled."""
        corner = picture.crop((0, 0, *(min(64, edge) for edge in picture.size)))
        try:
            self.encode(corner)
        except Exception as error:  # each of Pillow's writers has its own
            if self._options.get("compression", "raw") != "raw":
                self._options["compression"] = "raw"
                self._try(picture)
                return
            raise FillError(
                f"Das Bild lässt sich nicht als {self.format.name} schreiben ({type(error).__name__}). Bitte "
                "die Ausgabe .png oder .tif nennen."
            ) from None

    def _find_options(self, image: Image.Image, kept: Metadata) -> dict:
        options = {}
        if kept.dpi and "dpi" in self.format.keeps:
            options["dpi"] = kept.dpi
        if kept.icc and "icc" in self.format.keeps:
            options["icc_profile"] = kept.icc
        if self.format is GIF and kept.comment:
            options["comment"] = kept.comment
        if self.format is PNG:
            options["pnginfo"] = _png_info(kept)
            options["exif"] = metadata.exif_bytes(kept.exif)
        elif self.format is WEBP:
            options |= {"lossless": True, "exact": True, "xmp": kept.xmp}
            options["exif"] = metadata.exif_bytes(kept.exif)
        elif self.format is TIFF:
            options |= _tiff_options(image, kept)
        elif self.format is JPEG:
            options |= self._jpeg_options(image, kept)
        return {name: value for name, value in options.items() if value not in (b"", None)}

    def _jpeg_options(self, image: Image.Image, kept: Metadata) -> dict:
        """A JPEG keeps its own tables, so that what is known changes least."""
        options = {"quality": 95, "subsampling": 0}
        if image.format in ("JPEG", "MPO") and image.mode == self.mode:
            options = {
                "qtables": image.quantization,
                "subsampling": JpegImagePlugin.get_sampling(image),
                "progressive": bool(image.info.get("progressive")),
            }
        options["exif"] = self._fitting_exif(dict(kept.exif))
        for kind, overhead in (("xmp", 29), ("comment", 0), ("iptc", 32)):
            value = getattr(kept, kind)
            if len(value) > MAX_SEGMENT - overhead:
                self.left_out.append(f"{KIND_NAMES[kind]} (mehr als JPEG fasst: 64 kB)")
            elif kind == "iptc":
                options["extra"] = _photoshop_segment(value)
            else:
                options[kind] = value
        return options

    def _fitting_exif(self, exif: dict[int, object]) -> bytes:
        """EXIF of at most 64 kB: its largest fields go first."""
        while len(content := metadata.exif_bytes(exif)) > MAX_SEGMENT:
            directories = [exif, *(value for value in exif.values() if isinstance(value, dict))]
            directory, tag = max(
                ((one, tag) for one in directories for tag in one if not isinstance(one[tag], dict)),
                key=lambda place: len(str(place[0][place[1]])),
            )
            del directory[tag]
            name = ExifTags.TAGS.get(tag, tag)
            self.left_out.append(f"das EXIF-Feld {name} (JPEG fasst alle zusammen nur bis 64 kB)")
        return content


def find_format(target: Path) -> Format:
    """The format that a file's name asks for.

    Raises
    ------
    FillError
        If its suffix is none of :data:`FORMATS`.
    """
    if target.suffix.lower() not in FORMATS:
        raise FillError(
            f"Die Ausgabe „{target}“ hat keine bekannte Endung. Erlaubt sind: {', '.join(FORMATS)}."
        )
    return FORMATS[target.suffix.lower()]


def _find_mode(target: Path, wanted: Format, picture: Image.Image) -> str:
    """The picture's mode, or a wider one that the format keeps.

    Raises
    ------
    FillError
        If there is none.
    """
    mode, fits = picture.mode, picture.mode in wanted.modes
    if "transparency" in picture.info:
        key = picture.info["transparency"]
        fits = fits and mode in wanted.transparent and (wanted is not GIF or _single_key(key) is not None)
        wider = ("LA", "RGBA") if mode in ("1", "L") else ("RGBA",)
        wider = () if mode.startswith("I") else wider
    else:
        wider = WIDER.get(mode, ())
    if fits:
        return mode
    for other in wider:
        if other in wanted.modes:
            return other
    if picture.has_transparency_data:
        problem = f"hat Transparenz, und {wanted.name} kann diese nicht speichern"
    else:
        problem = (
            f"liegt in {MODE_NAMES.get(mode, 'Graustufen mit 16 Bit')} vor; {wanted.name} kann das nicht"
        )
    fitting = [suffix for suffix, form in FORMATS.items() if _keeps(form, picture)]
    raise FillError(
        f"Das Bild {problem}. Bitte die Ausgabe statt {target.suffix} {' oder '.join(fitting)} nennen."
    )


def _keeps(form: Format, picture: Image.Image) -> bool:
    has_key = "transparency" in picture.info
    return picture.mode in form.modes and (not has_key or form is PNG)


def _single_key(key) -> int | None:
    """The one transparent entry of a palette whose others are opaque; None if it is not so."""
    if isinstance(key, bytes):
        clear = [i for i, alpha in enumerate(key) if alpha != 255]
        return clear[0] if len(clear) == 1 and key[clear[0]] == 0 else None
    return key


def _png_info(kept: Metadata) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, content in kept.chunks:
        info.add(name, content)
    if kept.xmp:
        info.add_itxt("XML:com.adobe.xmp", kept.xmp.decode("utf-8", "replace"))
    return info


def _tiff_options(image: Image.Image, kept: Metadata) -> dict:
    """Tags of the file, and a lossless compression where Pillow can write both."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in kept.exif.items():
        tags[tag] = value
    for tag, value, kind in ((metadata.XMP, kept.xmp, 1), (metadata.IPTC, kept.iptc, 7)):
        if value:
            tags[tag] = value
            tags.tagtype[tag] = kind
    compression = image.info.get("compression") if image.format == "TIFF" else None
    if compression not in LOSSLESS_TIFF:
        compression = "tiff_adobe_deflate"
    # libtiff writes neither directories of EXIF nor the modes below as they are
    if {metadata.EXIF, metadata.GPS} & set(kept.exif) or image.mode in ("I;16B", "YCbCr"):
        compression = "raw"
    return {"tiffinfo": tags, "compression": compression}


def _photoshop_segment(iptc: bytes) -> bytes:
    """A JPEG segment with IPTC's texts as the only one of Photoshop's resources."""
    if not iptc:
        return b""
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    body += b"\0" * (len(iptc) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
