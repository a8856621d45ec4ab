"""Each kind of picture is filled as what it is, or refused in German before anything is computed."""

import numpy as np
import photo_case
import pytest
from PIL import Image, ImageOps

from inpainting import cli
from inpainting.photos import fill
from inpainting.photos.fill import Loaded


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a mask, and a quick network to fill with."""
    photo_case.write_mask(tmp_path / "maske.png")
    loaded = Loaded("kompakt.keras aus kompakt-0", photo_case.mean_answer)
    monkeypatch.setattr(fill, "load_network", lambda name, store, log: loaded)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments) -> int:
    return cli.main(["fill", *(str(argument) for argument in arguments)])


def upright(path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image)


def shown(image: Image.Image) -> np.ndarray:
    """What one sees, with the values of deep modes."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.float64)[..., None]
    if image.mode in ("CMYK", "YCbCr", "LAB"):
        return np.asarray(image).astype(np.float64)
    return np.asarray(image.convert("RGBA")).astype(np.float64)


@pytest.mark.parametrize("name", photo_case.KINDS)
def test_a_picture_stays_what_it_is(folder, capsys, name):
    (folder / name).write_bytes(photo_case.KINDS[name]())
    output = f"neu.{name.rsplit('.')[-1]}"
    assert run(name, "--mask", "maske.png", "-o", output) == 0, capsys.readouterr().err
    before, after = upright(name), upright(output)
    assert (after.mode, after.size) == (before.mode, before.size)
    old, new = shown(before), shown(after)
    known = photo_case.hole()[..., 0] == 0
    if name.endswith(("jpg", "jpeg")):
        assert abs(new - old)[known].mean() < 4  # the hole's edge is new to the blocks around it
    else:
        np.testing.assert_array_equal(new[known], old[known])
    assert np.isfinite(new).all() and (new != old)[~known].any()
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "maske.png", output])


@pytest.mark.parametrize("name", photo_case.KINDS)
def test_what_was_filled_is_near_its_surroundings_and_opaque(folder, name):
    (folder / name).write_bytes(photo_case.KINDS[name]())
    output = f"neu.{name.rsplit('.')[-1]}"
    run(name, "--mask", "maske.png", "-o", output)
    after = upright(output)
    hole, known = photo_case.hole()[..., 0] > 0, photo_case.hole()[..., 0] == 0
    if after.has_transparency_data and after.mode != "I;16":
        alpha = np.asarray(after.convert("RGBA"))[..., 3]
        assert (alpha[hole] == 255).all()
        known &= alpha == 255
    values = shown(after)
    spread = np.ptp(values[known], axis=0) + 1e-9
    distance = abs(values[hole].mean(0) - values[known].mean(0)) / spread
    assert distance.max() < 0.25


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_whose_white_is_zero_stays_bright_where_it_is(folder, compression):
    """Grey with 16 bits, which Pillow does not invert: what other programs show is what comes out."""
    values = np.asarray(photo_case.picture("I;16"))
    stored = Image.fromarray(65535 - values)
    content = photo_case.encode(stored, "TIFF", compression=compression)
    (folder / "negativ.tif").write_bytes(photo_case.negative(content))
    assert run("negativ.tif", "--mask", "maske.png", "-o", "neu.tif") == 0
    with Image.open("neu.tif") as image:
        assert image.tag_v2[262] == 1
        known = photo_case.hole()[..., 0] == 0
        np.testing.assert_array_equal(np.asarray(image)[known], values[known])


def test_a_mask_whose_white_is_zero_is_read_as_it_is_seen(folder):
    Image.fromarray(photo_case.colours()).save("bild.png")
    hole = photo_case.hole()[..., 0]
    stored = Image.fromarray(np.where(hole, 0, 65535).astype(np.uint16))
    (folder / "negativ.tif").write_bytes(photo_case.negative(photo_case.encode(stored, "TIFF")))
    assert run("bild.png", "--mask", "negativ.tif", "-o", "neu.png") == 0
    after, before = np.asarray(upright("neu.png")), photo_case.colours()
    np.testing.assert_array_equal(after[hole == 0], before[hole == 0])
    assert (after[hole > 0] != before[hole > 0]).any(-1).all()


@pytest.mark.parametrize("name", photo_case.REFUSED)
def test_what_would_come_out_poorer_is_refused_before_computing(folder, capsys, monkeypatch, name):
    content, message = photo_case.REFUSED[name]
    (folder / name).write_bytes(content())
    monkeypatch.setattr(fill, "load_network", lambda *arguments: pytest.fail("too late"))
    assert run(name, "--mask", "maske.png", "-o", "neu.png") == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "maske.png"])
    # the same file is no mask, either
    (folder / "bild.png").write_bytes(photo_case.encode(photo_case.picture(), "PNG"))
    assert run("bild.png", "--mask", name, "-o", "neu.png") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_there_are_forty_kinds():
    assert len(photo_case.KINDS) + len(photo_case.REFUSED) >= 60
