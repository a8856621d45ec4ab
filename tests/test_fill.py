"""The command ``fill``: real networks, files, samples, foreign models, and what bad input gets."""

import os
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import photo_case
import pytest
from PIL import Image

from inpainting import cli, config, console
from inpainting.networks import ModelError, flow, prior_unet
from inpainting.photos import fill
from inpainting.photos.fill import Loaded, Progress


@pytest.fixture(scope="module")
def network():
    """The mean network before training: its prior alone."""
    return prior_unet.build_prior_unet((8, 8, 8))


@pytest.fixture(scope="module")
def sampling_network(network):
    """A tiny network with both answers, whose flow has learned nothing."""
    sizes = {"widths": (8, 16), "detail": 8}
    return flow.assemble(flow.build_context(network, **sizes), flow.build_flow(**sizes))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a picture, its mask, and a quick network to fill with."""
    photo_case.write_mask(tmp_path / "maske.png")
    Image.fromarray(photo_case.colours()).save(tmp_path / "bild.png")
    monkeypatch.setattr(fill, "load_network", lambda *arguments: Loaded("stub", photo_case.mean_answer))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments) -> int:
    return console.main(["fill", *(str(argument) for argument in arguments)])


def read(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


KNOWN = photo_case.hole()[..., 0] == 0
NAMES = ["bild.png", "maske.png"]


# ---------------------------------------------------------------- with a real network


def test_a_real_network_fills_what_was_removed(folder, network, monkeypatch, capsys):
    monkeypatch.setattr(fill, "load_network", lambda *arguments: fill._own("prior", network))
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png") == 0
    after, truth = read("neu.png").astype(int), photo_case.colours(spoiled=False)
    np.testing.assert_array_equal(after[KNOWN], read("bild.png")[KNOWN])
    assert abs(after - truth)[~KNOWN].mean() < 4
    assert "(52×40 Pixel, 4,2\xa0% gefüllt, Netz prior" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["CMYK.tif", "F.tif", "P.gif", "RGBA.png"])
def test_a_real_network_fills_every_mode(folder, network, monkeypatch, name):
    monkeypatch.setattr(fill, "load_network", lambda *arguments: fill._own("prior", network))
    (folder / name).write_bytes(photo_case.KINDS[name]())
    output = f"neu{Path(name).suffix}"
    assert run(name, "--mask", "maske.png", "-o", output) == 0
    true = Image.fromarray(photo_case.colours(spoiled=False))
    if name == "F.tif":
        expected, after = np.asarray(true.convert("L")) / 7 - 11, read(output)
        assert abs(after - expected)[~KNOWN].mean() < 1
    elif name == "CMYK.tif":
        assert abs(read(output).astype(int) - np.asarray(true.convert("CMYK")))[~KNOWN].mean() < 5
    else:
        after = np.asarray(Image.open(output).convert("RGB")).astype(int)
        assert abs(after - np.asarray(true))[~KNOWN].mean() < 9


def test_black_is_the_hole_on_request(folder):
    photo_case.write_mask(folder / "schwarz.png", inverted=True)
    run("bild.png", "--mask", "maske.png", "-o", "a.png")
    run("bild.png", "--mask", "schwarz.png", "--invert", "-o", "b.png")
    np.testing.assert_array_equal(read("a.png"), read("b.png"))


def test_jpeg_says_that_it_changes_known_pixels(folder, capsys):
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.jpg") == 0
    assert "JPEG verändert" in capsys.readouterr().out


# ---------------------------------------------------------------- samples


def test_samples_are_files_of_their_own_and_repeat_by_their_seed(
    folder, sampling_network, monkeypatch, capsys
):
    monkeypatch.setattr(fill, "load_network", lambda *arguments: fill._own("flow", sampling_network))
    assert (
        run("bild.png", "--mask", "maske.png", "-o", "neu.png", "--samples", 3, "--seed", 7, "--steps", 2)
        == 0
    )
    said = capsys.readouterr().out
    assert "neu-1.png (Vorschlag mit dem Startwert 7)" in said and "3 Vorschläge" in said
    assert not (folder / "neu.png").exists()
    first, second, third = (read(f"neu-{i}.png") for i in (1, 2, 3))
    for sample in (first, second, third):
        np.testing.assert_array_equal(sample[KNOWN], read("bild.png")[KNOWN])
    assert (first != second)[~KNOWN].any() and (second != third)[~KNOWN].any()
    run("bild.png", "--mask", "maske.png", "-o", "noch.png", "--samples", "1", "--seed", "8", "--steps", "2")
    assert "1 Vorschlag (" in capsys.readouterr().out
    np.testing.assert_array_equal(read("noch-1.png"), second)


def test_one_window_gets_what_the_network_gives(sampling_network):
    loaded = fill._own("flow", sampling_network)
    images, masks = photo_case.colours()[None] / np.float32(255), photo_case.hole()[None]
    ours = loaded.sampler(5, 2)(images, masks)
    np.testing.assert_array_equal(ours, flow.sample(sampling_network, images, masks, 5, steps=2))
    answer = loaded.sampler(5, 2)
    one, two = answer(images, masks), answer(images, masks)
    assert (one != two).any()  # windows of one picture are different draws


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--samples", "0"], "Erlaubt ist: ganze Zahl von 1 bis 100"),
        (["--samples", "-2"], "Erlaubt ist: ganze Zahl von 1 bis 100"),
        (["--samples", "viele"], "Der Parameter samples hat den Wert „viele“"),
        (["--samples", "2,5"], "ganze Zahl"),
        (["--samples", "1e9"], "von 1 bis 100"),
        (["--samples", "2", "--seed", "sieben"], "Der Parameter seed hat den Wert „sieben“"),
        (["--samples", "2", "--seed", "-1"], "ganze Zahl von 0 bis"),
        (["--samples", "2", "--seed", "nan"], "ganze Zahl"),
        (["--samples", "2", "--steps", "0"], "Der Parameter steps"),
        (["--samples", "2", "--steps", "-5"], "ganze Zahl von 1 bis"),
        (["--seed", "7"], "--seed gilt nur für Vorschläge, zusammen mit --samples"),
        (["--steps", "7"], "--steps gilt nur für Vorschläge"),
        (["--samples", "2"], "kennt zu jedem Loch nur eine Füllung"),
        (["--samples"], "braucht einen Wert"),
        (["--sample", "2"], "Gemeint ist vielleicht --samples"),
    ],
)
def test_bad_samples(folder, capsys, options, message):
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png", *options) == 2
    assert message in capsys.readouterr().err
    assert sorted(os.listdir(folder)) == NAMES


def test_no_sample_overwrites_an_input(folder, capsys):
    os.rename("bild.png", "neu-2.png")
    assert run("neu-2.png", "--mask", "maske.png", "-o", "neu.png", "--samples", "3") == 2
    assert "„neu-2.png“ würde eine Eingabe überschreiben" in capsys.readouterr().err


# ---------------------------------------------------------------- where to write


def test_inputs_are_overwritten_only_by_force(folder, capsys):
    before = (folder / "bild.png").read_bytes()
    os.symlink("bild.png", "verknüpft.png")
    for target in ("bild.png", "maske.png", f"../{folder.name}/bild.png", "verknüpft.png"):
        assert run("bild.png", "--mask", "maske.png", "-o", target) == 2
        assert "--force" in capsys.readouterr().err
    assert (folder / "bild.png").read_bytes() == before
    assert run("bild.png", "--mask", "maske.png", "-o", "verknüpft.png", "--force") == 0
    assert (folder / "bild.png").read_bytes() != before and Path("verknüpft.png").is_symlink()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("neu.xyz", "keine bekannte Endung"),
        ("neu", "keine bekannte Endung"),
        ("neu.", "keine bekannte Endung"),
        (".png", "keine bekannte Endung"),
        ("fehlt/neu.png", "den Ordner „fehlt“ gibt es nicht"),
        ("bild.png/neu.png", "den Ordner „bild.png“ gibt es nicht"),
        ("ordner.png", "ist ein Ordner"),
        ("leere.png", "führt ins Leere oder im Kreis"),
        ("kreis.png", "führt ins Leere oder im Kreis"),
        ("kreis/neu.png", "den Ordner „kreis“ gibt es nicht"),
        ("x" * 252 + ".png", "der Name ist zu lang"),
        ("pipe.png", "keine gewöhnliche Datei"),
        ("fest.png", "schreibgeschützt"),
        ("neu.jpg", "hat Transparenz"),
        ("neu.bmp", "hat Transparenz"),
        ("neu.gif", "hat Transparenz"),
    ],
)
def test_bad_outputs_are_refused_before_computing(folder, capsys, monkeypatch, output, message):
    Image.open("bild.png").convert("RGBA").save("p.png")
    Path("ordner.png").mkdir()
    os.symlink("nirgends.png", "leere.png")
    os.symlink("kreis.png", "kreis.png")
    os.symlink("kreis", "kreis")
    os.mkfifo("pipe.png")
    Path("fest.png").touch(mode=0o400)
    before = sorted(os.listdir(folder))
    monkeypatch.setattr(fill, "load_network", lambda *arguments: pytest.fail("too late"))
    assert run("p.png", "--mask", "maske.png", "-o", output) == 2
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
    assert sorted(os.listdir(folder)) == before


def test_the_longest_name_is_written_and_rights_are_kept(folder):
    name = "x" * 251 + ".png"
    assert run("bild.png", "--mask", "maske.png", "-o", name) == 0 and Path(name).stat().st_size
    Path("eigen.png").touch(mode=0o600)
    assert run("bild.png", "--mask", "maske.png", "-o", "eigen.png") == 0
    assert Path("eigen.png").stat().st_mode & 0o777 == 0o600 and Path("eigen.png").stat().st_size


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights(folder, capsys):
    Path("zu").mkdir(mode=0o500)
    assert run("bild.png", "--mask", "maske.png", "-o", "zu/neu.png") == 2
    assert "keine Schreib- oder Leserechte" in capsys.readouterr().err


def test_a_full_disk_is_seen_before_computing(folder, capsys, monkeypatch):
    monkeypatch.setattr(fill.shutil, "disk_usage", lambda path: SimpleNamespace(free=100))
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png") == 2
    assert "nicht genug Platz" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["{y}.png", "ä ö%s$HOME.png", "a'b\"c.PNG", "mit\tTab.png"])
def test_names_are_names(folder, name):
    assert run("bild.png", "--mask", "maske.png", "-o", name) == 0
    assert sorted(os.listdir(folder)) == sorted([*NAMES, name])


@pytest.mark.parametrize(
    ("mode", "suffix", "message"),
    [
        ("CMYK", ".png", "liegt in CMYK vor; PNG kann das nicht"),
        ("F", ".png", "Graustufen als Fließkommazahlen"),
        ("I", ".jpg", "Graustufen mit 32 Bit"),
        ("I;16", ".jpg", "Graustufen mit 16 Bit"),
        ("RGB", ".gif", "liegt in RGB vor; GIF kann das nicht"),
        ("LAB", ".webp", "nennen"),
    ],
)
def test_a_format_that_cannot_hold_the_mode_is_refused(folder, capsys, mode, suffix, message):
    photo_case.picture(mode).save("p.tif")
    assert run("p.tif", "--mask", "maske.png", "-o", f"neu{suffix}") == 2
    error = capsys.readouterr().err
    assert message in error and ".tif" in error


@pytest.mark.parametrize(
    ("mode", "suffix", "becomes"),
    [
        ("1", ".jpg", "L"),
        ("P", ".jpg", "RGB"),
        ("L", ".webp", "RGB"),
        ("LA", ".webp", "RGBA"),
        ("PA", ".png", "RGBA"),
    ],
)
def test_a_wider_mode_holds_it_and_is_named(folder, capsys, mode, suffix, becomes):
    photo_case.picture(mode).save("p.tif")
    assert run("p.tif", "--mask", "maske.png", "-o", f"neu{suffix}") == 0
    assert Image.open(f"neu{suffix}").mode == becomes
    assert "Gespeichert als" in capsys.readouterr().out


def test_nothing_is_left_of_a_run_that_breaks(folder, capsys, monkeypatch):
    def answer(images, masks):
        raise KeyboardInterrupt

    monkeypatch.setattr(fill, "load_network", lambda *arguments: Loaded("stub", answer))
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png") == 130
    assert "Geschrieben ist nur, was schon gemeldet ist" in capsys.readouterr().err
    monkeypatch.setattr(fill, "load_network", lambda *a: Loaded("stub", lambda i, m: i * np.float32(np.nan)))
    assert run("bild.png", "--mask", "maske.png", "-o", "neu.png") == 2
    assert "keine endlichen Zahlen" in capsys.readouterr().err
    assert sorted(os.listdir(folder)) == NAMES


@pytest.mark.parametrize("name", ["fehlt.png", ".", "/dev/null", "maske.png/x.png", "\udcff.png"])
@pytest.mark.parametrize("which", ["Bild", "Maske"])
def test_inputs_that_are_no_files(folder, capsys, name, which):
    picture, mask = (name, "maske.png") if which == "Bild" else ("bild.png", name)
    assert run(picture, "--mask", mask, "-o", "neu.png") == 2
    error = capsys.readouterr().err
    assert f"{which} „" in error and "Traceback" not in error


# ---------------------------------------------------------------- progress


def test_progress_is_said_now_and_then():
    lines, now = [], [0.0]
    progress = Progress(lines.append, n_parts=2, clock=lambda: now[0])
    said = progress.start()
    for i in range(1, 11):
        now[0] += 1
        said(i, 10)
    second = progress.start()
    second(1, 2)
    now[0] += 10
    second(1, 2)
    second(2, 2)
    assert lines[0] == "Gefüllt: 15\xa0%, noch etwa 17\xa0s …"
    assert len(lines) == 3 and lines[-1].startswith("Gefüllt: 75\xa0%")


def test_quick_runs_say_nothing(folder, capsys):
    run("bild.png", "--mask", "maske.png", "-o", "neu.png")
    assert "Gefüllt:" not in capsys.readouterr().out


# ---------------------------------------------------------------- networks


def save(path, inputs, outputs) -> Path:
    keras.Model(inputs, outputs).save(path)
    return path


def image_and_mask(*names, size=None):
    return [
        keras.layers.Input((size, size, n), name=name)
        for n, name in zip((3, 1), names or ("image", "mask"), strict=True)
    ]


@pytest.fixture
def real(folder, monkeypatch):
    """The folder, with networks loaded for real."""
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    return folder


def fill_with(path, *options) -> int:
    return run("bild.png", "--mask", "maske.png", "-o", "neu.png", "--network", path, *options)


def test_foreign_models_are_used(real, capsys):
    image, mask = image_and_mask("bild", "maske")
    names = save("names.keras", [image, mask], keras.ops.where(mask > 0.5, 0.25, image))
    assert fill_with(names) == 0, capsys.readouterr().err
    after = read("neu.png")
    np.testing.assert_array_equal(after[KNOWN], read("bild.png")[KNOWN])
    assert (after[~KNOWN] == 64).all()
    fixed = keras.layers.Input((32, 32, 3))
    one = save("fest.keras", fixed, keras.layers.AveragePooling2D(3, 1, "same")(fixed))
    assert fill_with(one) == 0, capsys.readouterr().err
    np.testing.assert_array_equal(read("neu.png")[KNOWN], read("bild.png")[KNOWN])


def foreign(kind: str):
    image, mask = image_and_mask()
    both = keras.layers.Concatenate()([image, mask])
    return [image, mask], {
        "flach": lambda: keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(both)),
        "halbe Größe": lambda: keras.layers.AveragePooling2D(2)(image),
        "zwei Bilder": lambda: [image * 1, image + 1],
        "grau": lambda: mask * 2,
        "NaN": lambda: image / 0 * 0,
    }[kind]()


@pytest.mark.parametrize("kind", ["flach", "halbe Größe", "zwei Bilder", "grau", "NaN"])
def test_foreign_models_that_do_not_fit_are_refused(real, capsys, kind):
    save("fremd.keras", *foreign(kind))
    assert fill_with("fremd.keras") == 2
    error = capsys.readouterr().err
    assert error.startswith("Fehler: Das Modell „fremd.keras“ ") and "Traceback" not in error
    assert not (real / "neu.png").exists()


@pytest.mark.parametrize("content", [b"", b"kein Modell", b"\x89HDF\r\n\x1a\n" + b"\0" * 99])
def test_files_that_are_no_models(real, capsys, content):
    (real / "m.keras").write_bytes(content)
    assert fill_with("m.keras") == 2
    assert "m.keras" in capsys.readouterr().err


def test_a_missing_model(real, capsys):
    assert fill_with("fehlt.keras") == 2
    assert "fehlt.keras" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["kompakt", "../kompakt", "original", "klassifikator", ""])
def test_a_network_that_is_not_in_the_store(tmp_path, monkeypatch, name):
    monkeypatch.setattr(config, "SHIPPED_MODELS", tmp_path)
    with pytest.raises(ModelError, match="liegt nicht im Modellspeicher"):
        fill.load_network(name, tmp_path)


def test_without_the_shipped_network_the_latest_whole_entry_counts(tmp_path, monkeypatch, network):
    monkeypatch.setattr(config, "SHIPPED_MODELS", tmp_path)

    def enter(key: str, record: str, data: str = config.CIFAR10):
        entry = tmp_path / f"kompakt-{key}"
        entry.mkdir()
        network.save(entry / "kompakt.keras")
        (entry / "record.json").write_text(record % data)

    enter("ganz", '{"data": {"name": "%s"}, "trained_at": "2026-01-01"}')
    enter("jünger", '{"data": {"name": "%s"}, "trained_at": "2026-02-01"}')
    enter("stichprobe", '{"data": {"name": "%s"}, "trained_at": "2026-03-01"}', config.SAMPLE)
    enter("halb", '{"data": {"name": "%s"}')
    assert fill.load_network("kompakt", tmp_path).name == "kompakt.keras aus kompakt-jünger"
    assert len(list(tmp_path.iterdir())) == 4


def test_our_own_files_keep_both_answers(real, sampling_network, capsys):
    sampling_network.save("eigen.keras")
    assert fill_with("eigen.keras", "--samples", "2", "--steps", "1") == 0, capsys.readouterr().err
    assert {"neu-1.png", "neu-2.png"} < set(os.listdir(real))
    assert fill_with("eigen.keras") == 0


def test_the_help_names_what_is_read(capsys):
    with pytest.raises(SystemExit):
        cli.main(["fill", "--help"])
    text = capsys.readouterr().out
    assert all(word in text for word in ("TIFF", "--samples", "--seed", "--steps"))
