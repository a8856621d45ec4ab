"""What a file says beside its pixels: what is true stays, what shows the removed goes."""

import base64
import struct
import zlib

import numpy as np
import photo_case
import pytest
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

from inpainting import cli
from inpainting.photos import fill
from inpainting.photos.fill import Loaded
from inpainting.photos.metadata import hides_picture

THUMBNAIL = photo_case.encode(photo_case.picture().resize((24, 20)), "JPEG")
PROFILE = b"\0" * 16 + b"RGB " + b"\0" * 108


@pytest.fixture
def folder(tmp_path, monkeypatch):
    photo_case.write_mask(tmp_path / "maske.png")
    monkeypatch.setattr(fill, "load_network", lambda *arguments: Loaded("stub", photo_case.mean_answer))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled(name: str, output: str, capsys=None) -> Image.Image:
    assert cli.main(["fill", name, "--mask", "maske.png", "-o", output]) == 0
    image = Image.open(output)
    image.load()
    return image


def camera_exif(more: bytes = b"") -> bytes:
    """EXIF of a camera: texts, place, time, a maker's note, a thumbnail in its second directory."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x013B] = "Am Meer", "Kamera", "Jemand"
    exif[0x011A], exif[0x011B], exif[0x0128] = 240.0, 240.0, 2
    exif.get_ifd(0x8769).update(
        {
            0x9003: "1999:08:11 12:37:00",
            0x829A: 0.002,
            0x9000: b"0232",
            0xA002: 999,
            0xA003: 888,
            0x927C: b"notiz" + more,
        }
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 46.0, 30.0)})
    return with_thumbnail(exif.tobytes())


def with_thumbnail(exif: bytes) -> bytes:
    """Append a second directory with a JPEG thumbnail."""
    body = bytearray(exif[6:])
    assert body[:2] in (b"II", b"MM")
    e = "<" if body[:2] == b"II" else ">"
    (first,) = struct.unpack(e + "I", body[4:8])
    (n,) = struct.unpack(e + "H", body[first : first + 2])
    at = len(body)
    body[first + 2 + 12 * n : first + 6 + 12 * n] = struct.pack(e + "I", at)
    body += struct.pack(e + "H", 3)
    data = at + 2 + 36 + 4
    body += struct.pack(e + "HHIHH", 0x0103, 3, 1, 6, 0)
    body += struct.pack(e + "HHII", 0x0201, 4, 1, data) + struct.pack(
        e + "HHII", 0x0202, 4, 1, len(THUMBNAIL)
    )
    body += struct.pack(e + "I", 0) + THUMBNAIL
    return b"Exif\0\0" + bytes(body)


def test_a_thumbnail_is_really_there():
    exif = Image.Exif()
    exif.load(camera_exif())
    assert exif.get_ifd(ExifTags.IFD.IFD1)[0x0202] == len(THUMBNAIL)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_exif_stays_without_its_thumbnail(folder, capsys, suffix):
    formats = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}
    if suffix == "tif":
        exif = Image.Exif()
        exif.load(camera_exif())
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[0x010E], tags[0x010F], tags[0x013B] = "Am Meer", "Kamera", "Jemand"
        tags[0x8769], tags[0x8825] = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
        content = photo_case.encode(photo_case.picture(), "TIFF", tiffinfo=tags, compression="raw")
    else:
        content = photo_case.encode(photo_case.picture(), formats[suffix], exif=camera_exif())
    (folder / f"p.{suffix}").write_bytes(content)
    exif = filled(f"p.{suffix}", f"neu.{suffix}").getexif()
    assert (exif[0x010E], exif[0x010F], exif[0x013B]) == ("Am Meer", "Kamera", "Jemand")
    detail = exif.get_ifd(0x8769)
    assert detail[0x9003] == "1999:08:11 12:37:00" and 0x927C not in detail
    assert (detail[0xA002], detail[0xA003]) == (photo_case.WIDTH, photo_case.HEIGHT)
    assert exif.get_ifd(0x8825)[1] == "N"
    assert not exif.get_ifd(ExifTags.IFD.IFD1)
    after = (folder / f"neu.{suffix}").read_bytes()
    assert THUMBNAIL[-60:-10] not in after and b"notiz" not in after
    report = capsys.readouterr().out
    assert "Nicht übernommen" in report and "MakerNote" in report


def test_exif_above_64_kb_loses_its_largest_field_in_jpeg_alone(folder, capsys):
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "a" * 70_000, "Jemand"
    photo_case.picture().save("gross.png", exif=exif)
    jpeg = filled("gross.png", "neu.jpg").getexif()
    assert 0x010E not in jpeg and jpeg[0x013B] == "Jemand"
    assert "ImageDescription" in capsys.readouterr().out
    assert len(filled("gross.png", "neu.png").getexif()[0x010E]) == 70_000


def test_damaged_exif_goes(folder, capsys):
    photo_case.picture().save("p.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40)
    filled("p.jpg", "neu.jpg")


def test_png_keeps_resolution_gamma_and_texts(folder):
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Am Meer")
    info.add_itxt("Description", "Möwen über dem Strand", "de", "Beschreibung", zip=True)
    info.add_text("Comment", "lang " * 400, zip=True)
    info.add(b"gAMA", struct.pack(">I", 45455))
    info.add(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    photo_case.picture().save("p.png", pnginfo=info, dpi=(300, 299), icc_profile=PROFILE)
    image = filled("p.png", "neu.png")
    before = Image.open("p.png")
    before.load()
    for key in ("dpi", "gamma", "chromaticity", "icc_profile"):
        assert image.info[key] == before.info[key]
    assert image.text == before.text and len(image.text) == 3
    assert image.text["Description"].lang == "de"


@pytest.mark.parametrize("suffix", ["jpg", "tif", "bmp"])
def test_resolution_and_profile_stay(folder, suffix):
    photo_case.picture().save(f"p.{suffix}", dpi=(150, 150), icc_profile=PROFILE)
    image = filled(f"p.{suffix}", f"neu.{suffix}")
    assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    if suffix != "bmp":
        assert image.info["icc_profile"] == PROFILE


def test_a_grey_profile_does_not_go_to_colours(folder, capsys):
    photo_case.picture("L").save("p.png", icc_profile=PROFILE.replace(b"RGB ", b"GRAY"))
    assert "icc_profile" not in filled("p.png", "neu.webp").info
    out = capsys.readouterr().out
    assert "Farbprofil" in out and "Gespeichert als RGB" in out


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description tiff:Orientation="%d" exif:PixelXDimension="52" dc:creator="Jemand">%b'
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
PREVIEWS = {
    "Vorschau": b"<xmp:Thumbnails><xmpGImg:image>"
    + base64.b64encode(THUMBNAIL)
    + b"</xmpGImg:image></xmp:Thumbnails>",
    "umbrochen": b"<x:y>" + base64.encodebytes(THUMBNAIL) + b"</x:y>",
    "Tiefe": b'<GDepth:Data="1"/>',
    "zweites Bild": b'<Container:Directory hdrgm:Version="1.0"/>',
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("inside", [None, *PREVIEWS])
def test_xmp_stays_unless_a_picture_is_in_it(folder, capsys, suffix, inside):
    xmp = XMP % (1, PREVIEWS.get(inside, b""))
    if suffix == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        photo_case.picture().save("p.png", pnginfo=info)
    elif suffix == "tif":
        photo_case.picture().save("p.tif", tiffinfo={700: xmp})
    else:
        photo_case.picture().save(f"p.{suffix}", xmp=xmp)
    filled(f"p.{suffix}", f"neu.{suffix}")
    after = (folder / f"neu.{suffix}").read_bytes()
    assert (b'dc:creator="Jemand"' in after) == (inside is None)
    assert ("XMP-Angaben" in capsys.readouterr().out) == (inside is not None)


def test_xmp_and_exif_of_a_turned_picture_say_how_it_stands_now(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769).update({0xA002: photo_case.HEIGHT, 0xA003: photo_case.WIDTH})
    turned = Image.fromarray(photo_case.colours()).transpose(Image.Transpose.ROTATE_90)
    turned.save("p.jpg", exif=exif, xmp=XMP % (6, b""))
    image = filled("p.jpg", "neu.jpg")
    assert image.size == (photo_case.WIDTH, photo_case.HEIGHT)
    assert 0x0112 not in image.getexif()
    detail = image.getexif().get_ifd(0x8769)
    assert (detail[0xA002], detail[0xA003]) == image.size
    assert b"Orientation" not in image.info["xmp"] and b"PixelXDimension" not in image.info["xmp"]


def photoshop(*resources: tuple[int, bytes]) -> bytes:
    body = b"Photoshop 3.0\0"
    for number, content in resources:
        body += b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + b"\0" * (len(content) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


IPTC = b"\x1c\x02\x69\0\x07Am Meer"


def test_iptc_stays_without_photoshops_thumbnail(folder, capsys):
    extra = photoshop((0x040C, b"\0" * 28 + THUMBNAIL), (0x0404, IPTC))
    photo_case.picture().save("p.jpg", extra=extra)
    image = filled("p.jpg", "neu.jpg")
    assert image.info["photoshop"] == {0x0404: IPTC}
    assert THUMBNAIL[-60:-10] not in (folder / "neu.jpg").read_bytes()
    assert "Vorschaubild" in capsys.readouterr().out
    photo_case.picture().save("q.jpg", extra=photoshop((0x0404, IPTC + b"\x1c\x02\xca\0\x04bild")))
    assert "photoshop" not in filled("q.jpg", "neu.jpg").info


def test_layers_and_previews_of_tiff_go(folder, capsys):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in (37724, 34377):
        tags[tag], tags.tagtype[tag] = b"Adobe Photoshop Document Data Block\0geheim", 7
    tags[33723], tags.tagtype[33723] = IPTC, 7
    photo_case.picture().save("p.tif", tiffinfo=tags, compression="raw")
    assert b"geheim" in (folder / "p.tif").read_bytes()
    image = filled("p.tif", "neu.tif")
    assert b"geheim" not in (folder / "neu.tif").read_bytes() and image.tag_v2[33723] == IPTC
    assert "Ebenen" in capsys.readouterr().out


def png_with(name: bytes, content: bytes) -> bytes:
    return photo_case.with_chunk(photo_case.encode(photo_case.picture(), "PNG"), name, content)


DRAWING = base64.b64encode(np.random.default_rng(0).bytes(600))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(b"\niptc\n 4\n41414141\n")),
        (b"tEXt", b"mxfile\0%3Cdiagram%3E" + DRAWING),
        (b"iTXt", b"scene\0\1\0\0\0" + zlib.compress(b'{"data":"' + DRAWING + b'"}')),
        (b"tEXt", b"Comment\0data:image/png;base64,iVBORw0KGgoAAA"),
        (b"prVW", THUMBNAIL),
        (b"tIME", b"\x07\xe4\1\1\0\0\0"),
    ],
)
def test_texts_and_chunks_that_hold_pictures_go(folder, capsys, name, content):
    (folder / "p.png").write_bytes(png_with(name, content))
    filled("p.png", "neu.png")
    after = (folder / "neu.png").read_bytes()
    assert name not in after and content[-20:] not in after
    assert ("Textfeld" in capsys.readouterr().out) == name.endswith(b"Xt")


def test_comments_of_jpeg_and_gif_stay(folder):
    photo_case.picture().save("p.jpg", comment=b"am Meer")
    assert filled("p.jpg", "neu.jpg").info["comment"] == b"am Meer"
    photo_case.picture("P").save("p.gif", comment=b"am Meer")
    assert filled("p.gif", "neu.gif").info["comment"] == b"am Meer"


def test_what_another_format_has_no_place_for_is_named(folder, capsys):
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Am Meer")
    photo_case.picture().save("p.png", pnginfo=info, exif=camera_exif(), dpi=(72, 72))
    filled("p.png", "neu.bmp")
    out = capsys.readouterr().out
    assert "EXIF-Angaben (in .bmp nicht vorgesehen)" in out and "Textfelder" in out and "dpi" not in out


def test_jpeg_keeps_its_tables(folder):
    photo_case.picture().save("p.jpg", quality=60, subsampling=2)
    before, after = Image.open("p.jpg"), filled("p.jpg", "neu.jpg")
    assert after.quantization == before.quantization
    known = photo_case.hole()[..., 0] == 0
    known[:32, 16:32] = False  # blocks of 16 pixels that the hole touches
    drift = abs(np.asarray(after).astype(int) - np.asarray(before))[known]
    assert drift.mean() < 0.5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Am Meer, 1987", False),
        ("a" * 70_000, False),
        ("wort " * 5000, False),
        (b"\x00\xff\xd8\xff\xe0", True),
        ("x/9j/4AAQSkZJRg", True),
        (base64.b64encode(bytes(range(256))).decode(), True),
        (base64.encodebytes(bytes(range(256))), True),
        (("a", b"RIFF1234WEBPVP8 "), True),
        (3.5, False),
    ],
)
def test_what_hides_a_picture(value, expected):
    assert hides_picture(value) is expected
