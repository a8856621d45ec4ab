"""Repairing a reader's picture: what stays, what is filled, and what bad input gets."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from inpainting import cli, config, fill, models, training


@pytest.fixture(scope="module")
def network():
    """The final network before training: its prior alone."""
    return models.build_final((8, 8, 8))


@pytest.fixture
def folder(tmp_path, network, monkeypatch):
    """A folder with a smooth picture of 50×40 pixels, a mask, and a network to fill with."""
    y, x = np.mgrid[:40, :50] / 50
    colours = np.stack([x, y, 1 - x], -1)
    Image.fromarray(np.uint8(255 * colours)).save(tmp_path / "bild.png")
    mask = np.zeros((40, 50), np.uint8)
    mask[10:18, 20:30] = 255
    Image.fromarray(mask).save(tmp_path / "maske.png")
    monkeypatch.setattr(fill, "load_final", lambda path: network)
    monkeypatch.setattr(fill, "find_network", lambda name, store: tmp_path / "netz.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments) -> int:
    return cli.main(["fill", *(str(argument) for argument in arguments)])


def read(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def inverted(array: np.ndarray) -> np.ndarray:
    return 255 - array


# ---------------------------------------------------------------- the method


def scene(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 17) * np.cos(y / 23), np.cos(x / 31 + y / 13), np.sin(y / 19)]
    return (0.5 + 0.4 * np.stack(waves, -1)).astype(np.float32)


@pytest.mark.parametrize(("height", "width", "size"), [(32, 32, 8), (150, 201, 9), (190, 140, 60)])
def test_holes_are_filled_and_nothing_else(network, height, width, size):
    picture, mask = scene(height, width), np.zeros((height, width, 1), np.uint8)
    mask[7 : 7 + size, 11 : 11 + size] = 1
    mask[-6:, -6:] = 1
    spoiled = np.where(mask, np.float32(7), picture)
    filled = fill.fill_picture(network, spoiled, mask)
    hole = mask[..., 0] == 1
    np.testing.assert_array_equal(filled[~hole], picture[~hole])
    assert filled.dtype == np.float32 and 0 <= filled.min() and filled.max() <= 1
    mean_colour = picture[~hole].mean(0)
    error = np.mean((filled[hole] - picture[hole]) ** 2)
    assert error < 0.4 * np.mean((mean_colour - picture[hole]) ** 2)


def test_a_hole_across_windows_has_no_seam(network):
    picture, mask = scene(96, 400), np.zeros((96, 400, 1), np.uint8)
    mask[44:50, 5:395] = 1
    filled = fill.fill_picture(network, picture * (1 - mask), mask)
    steps = abs(np.diff(filled, axis=1) - np.diff(picture, axis=1))[44:50].max()
    assert steps < 0.02


def test_what_stands_in_a_thick_hole_never_shows(network):
    picture, mask = scene(100, 90), np.zeros((100, 90, 1), np.uint8)
    mask[20:70, 20:70] = 1
    dark, bright = (
        fill.fill_picture(network, np.where(mask, np.float32(value), picture), mask)
        for value in (0, 1)
    )
    np.testing.assert_array_equal(dark, bright)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_known_pixels_stay_bit_identical(folder, capsys, suffix):
    assert run("bild.png", "--mask", "maske.png", "-o", f"neu{suffix}") == 0
    before, after, known = (read("bild.png"), read(f"neu{suffix}"), read("maske.png") == 0)
    np.testing.assert_array_equal(after[known], before[known])
    difference = abs(after.astype(int) - before)[~known]
    assert difference.mean() < 10
    assert "(50×40 Pixel, 4,0\xa0% gefüllt" in capsys.readouterr().out


def test_jpeg_says_that_it_changes_known_pixels(folder, capsys):
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.jpg") == 0
    assert "JPEG verändert" in capsys.readouterr().out
    assert abs(read("neu.jpg").astype(int) - read("bild.png")).mean() < 10


def test_black_is_the_hole_on_request(folder):
    Image.fromarray(inverted(read("maske.png"))).save("schwarz.png")
    run("bild.png", "--mask", "maske.png", "-o", "a.png")
    run("bild.png", "--mask", "schwarz.png", "--invert", "-o", "b.png")
    np.testing.assert_array_equal(read("a.png"), read("b.png"))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_grey_stays_grey_and_alpha_stays(folder, mode):
    picture = Image.open("bild.png").convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Image.fromarray(np.arange(2000, dtype=np.uint8).reshape(40, 50)))
    picture.save("p.png")
    assert run("p.png", "--mask", "maske.png", "-o", "neu.png") == 0
    result = Image.open("neu.png")
    assert result.mode == mode
    if mode.endswith("A"):
        np.testing.assert_array_equal(read("neu.png")[..., -1], read("p.png")[..., -1])
    assert (read("neu.png") != read("p.png"))[10:18, 20:30].any()


def test_orientation_and_profile(folder):
    upright = Image.open("bild.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned by 90°
    upright.rotate(90, expand=True).save("gedreht.png", exif=exif, icc_profile=b"profil")
    assert run("gedreht.png", "--mask", "maske.png", "-o", "neu.png") == 0
    known = read("maske.png") == 0
    np.testing.assert_array_equal(read("neu.png")[known], read("bild.png")[known])
    result = Image.open("neu.png")
    assert result.info["icc_profile"] == b"profil" and 0x0112 not in result.getexif()


def test_traces_of_jpeg_and_smooth_edges_are_still_a_mask(folder):
    mask = read("maske.png").copy()
    mask[mask == 0] = 9
    mask[10, 20:30] = 128  # counts as hole
    Image.fromarray(mask).save("m.png")
    run("bild.png", "--mask", "maske.png", "-o", "a.png")
    run("bild.png", "--mask", "m.png", "-o", "b.png")
    np.testing.assert_array_equal(read("a.png"), read("b.png"))


# ---------------------------------------------------------------- bad input


def test_inputs_are_overwritten_only_by_force(folder, capsys):
    before = (folder / "bild.png").read_bytes()
    for target in ("bild.png", "maske.png", "../" + folder.name + "/bild.png"):
        assert run("bild.png", "--mask", "maske.png", "-o", target) == 2
        assert "--force" in capsys.readouterr().err
    assert (folder / "bild.png").read_bytes() == before
    assert run("bild.png", "--mask", "maske.png", "-o", "bild.png", "--force") == 0
    assert (folder / "bild.png").read_bytes() != before


BAD_MASKS = {
    "leer": (np.zeros((40, 50), np.uint8), "leer, nichts ist zu füllen"),
    "voll": (np.full((40, 50), 255, np.uint8), "voll, kein Pixel ist bekannt"),
    "grau": (np.tile(np.arange(0, 250, 5, dtype=np.uint8), (40, 1)), "nicht schwarz-weiß"),
    "klein": (np.eye(39, 50, dtype=np.uint8) * 255, "50×39 Pixel, das Bild 50×40"),
    "quer": (np.eye(50, 40, dtype=np.uint8) * 255, "gleich groß"),
}


@pytest.mark.parametrize("name", BAD_MASKS)
def test_bad_masks(folder, capsys, name):
    array, message = BAD_MASKS[name]
    Image.fromarray(array).save("m.png")
    assert run("bild.png", "--mask", "m.png", "-o", "neu.png") == 2
    assert message in capsys.readouterr().err
    assert not (folder / "neu.png").exists()


def write_bad_picture(name: str) -> None:
    picture = Image.open("bild.png")
    if name == "abgeschnitten":
        content = Path("bild.png").read_bytes()
        Path("p.png").write_bytes(content[: len(content) // 2])
    elif name == "text":
        Path("p.png").write_text("kein Bild")
    elif name == "16 Bit":
        Image.fromarray(np.ones((40, 50), np.uint16)).save("p.png")
    elif name == "klein":
        picture.resize((15, 40)).save("p.png")
    elif name == "animiert":
        frames = [picture, picture.rotate(180)]
        frames[0].save("p.png", format="WEBP", save_all=True, append_images=frames[1:])
    elif name == "TIFF":
        picture.save("p.png", format="TIFF")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fehlt", "ist nicht lesbar: nicht gefunden"),
        ("abgeschnitten", "beschädigt"),
        ("text", "unbekanntes Format"),
        ("TIFF", "Erlaubt sind PNG, JPEG, WebP und BMP"),
        ("16 Bit", "8 Bit je Kanal"),
        ("klein", "mindestens 16×16"),
        ("animiert", "ist animiert"),
    ],
)
def test_bad_pictures(folder, capsys, name, message):
    write_bad_picture(name)
    assert run("p.png", "--mask", "maske.png", "-o", "neu.png") == 2
    assert message in capsys.readouterr().err
    assert not (folder / "neu.png").exists()


def test_too_many_pixels_are_refused_before_they_are_read(folder, capsys, monkeypatch):
    monkeypatch.setattr(fill, "MAX_PIXELS", 1999)
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png") == 2
    assert "zu groß" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("neu.gif", "keine bekannte Endung"),
        ("neu", "keine bekannte Endung"),
        ("fehlt/neu.png", "Den Ordner der Ausgabe"),
        ("neu.jpg", "hat Transparenz"),
    ],
)
def test_bad_outputs(folder, capsys, output, message):
    Image.open("bild.png").convert("RGBA").save("p.png")
    assert run("p.png", "--mask", "maske.png", "-o", output) == 2
    assert message in capsys.readouterr().err


# ---------------------------------------------------------------- networks


def test_foreign_models(tmp_path):
    def path(layers):
        keras.Sequential(layers).save(tmp_path / "m.keras")
        return tmp_path / "m.keras"

    inputs = keras.layers.Input((32, 32, 3))
    with pytest.raises(models.ModelError, match=r"Eingaben der Form \[\(None, 32, 32, 3\)\]"):
        fill.load_final(path([inputs, keras.layers.ReLU()]))
    with pytest.raises(models.ModelError, match="ohne eigenen Programmcode"):
        fill.load_final(path([inputs, keras.layers.Lambda(lambda x: x + 1)]))
    (tmp_path / "m.keras").write_text("kein Modell")
    with pytest.raises(models.ModelError, match="lässt sich nicht als Keras-Modell laden"):
        fill.load_final(tmp_path / "m.keras")


def test_output_that_is_no_number_is_refused(network, monkeypatch):
    nan = np.full((32, 32, 3), np.nan)
    monkeypatch.setattr(fill, "fill_picture", lambda *arguments: nan)
    with pytest.raises(models.ModelError, match="keine endlichen Zahlen"):
        fill.fill_pillow(network, Image.new("RGB", (32, 32)), np.ones((32, 32, 1), np.uint8))


def add_entry(store, key: str, trained_at: str, recipe: dict, data: str = config.CIFAR10):
    entry = store / f"kompakt-{key}"
    entry.mkdir(parents=True)
    (entry / "kompakt.keras").touch()
    record = {"recipe": recipe, "trained_at": trained_at, "data": {"name": data}}
    config.write_json(entry / "record.json", record)


def test_the_shipped_network_is_found(tmp_path):
    with pytest.raises(models.ModelError, match="liegt nicht im Modellspeicher"):
        fill.find_network("kompakt", tmp_path)
    default = json.loads(json.dumps(vars(training.NETWORKS["kompakt"])))
    add_entry(tmp_path, "a", "2030", default, config.SAMPLE)
    (tmp_path / "kompakt-b").mkdir()
    (tmp_path / "kompakt-b" / "kompakt.keras").touch()  # without its record
    with pytest.raises(models.ModelError, match="liegt nicht im Modellspeicher"):
        fill.find_network("kompakt", tmp_path)
    add_entry(tmp_path, "c", "2027", default | {"seed": 8})
    add_entry(tmp_path, "d", "2028", default | {"seed": 9})
    assert fill.find_network("kompakt", tmp_path).parent.name == "kompakt-d"
    add_entry(tmp_path, "e", "2026", default | {"precision": "float32"})
    assert fill.find_network("kompakt", tmp_path).parent.name == "kompakt-e"
    assert fill.find_network("eigenes.keras", tmp_path).name == "eigenes.keras"
    with pytest.raises(models.ModelError, match="liegt nicht im Modellspeicher"):
        fill.find_network("../kompakt", tmp_path)
