"""Verification: honest figures pass, changed figures, weights and data are found."""

import json

import pytest
from run_case import write_run

from inpainting import classical, cli, config, evaluation, masks, models, provenance, training
from inpainting.report import runs, verification

GIVEN = {"preset": "schnell", "original_epochs": 1, "batch_size": 450}


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """A network of one epoch in a store of its own."""
    recipe = training.original_recipe(config.load_config(GIVEN))
    return training.load_or_train(recipe, sample, str, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def figures(sample, trained):
    """Two methods, measured as the notebook does."""
    images, holes = models.to_float(sample.test.images), masks.suite_masks("quadrat8", 250, "test")
    filled = {
        "mittelwert": classical.fill_mean(images, holes),
        "original": models.predict_original(trained.model, images, holes),
    }
    return {m: evaluation.summarise(evaluation.score(x, images, holes)) for m, x in filled.items()}


@pytest.fixture
def folder(tmp_path, monkeypatch, sample, trained, figures):
    """A run with those figures; the Gaussian's fit, slow and not among them, is left out."""
    monkeypatch.setattr(classical, "fit_methods", lambda images: classical.METHODS)
    monkeypatch.setattr(config, "MODELS", trained.folder.parent)
    settings = config.load_config(GIVEN)
    record = provenance.record(settings, sample.sha256, {"original": trained})
    write_run(tmp_path / "lauf", GIVEN, **record)
    config.write_json(tmp_path / "lauf" / "metrics.json", {"figures": {"quadrat8": figures}}, digits=10)
    return tmp_path / "lauf"


def change(path, *keys, value) -> None:
    """Change one entry of a JSON file."""
    content = inner = json.loads(path.read_text())
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path.write_text(json.dumps(content))


def verify(folder, *options) -> int:
    return cli.main(["verify", str(folder), *options])


def test_shipped_figures_are_confirmed(folder, capsys):
    assert verify(folder, "--alles") == 0
    text = capsys.readouterr().out
    assert "Bestätigt: Alle 14 Zahlen liegen in der Toleranz." in text
    assert "14 von 14 Zahlen stimmen in allen 10 Ziffern." in text
    assert "Programm, Versionen und Prozessor sind die des Laufs." in text
    assert all(word in text for word in ("Original (Sigmoid)", "Loch-PSNR gepoolt", "Toleranz"))


def test_every_figure_has_its_tolerance():
    assert tuple(sorted(verification.FIGURES)) == tuple(sorted(evaluation.FIGURES))
    assert all(0 < stored < anew for _, _, stored, anew in verification.FIGURES.values())


@pytest.mark.parametrize("method", ["mittelwert", "original"])
def test_changed_figure_is_found(folder, figures, method, capsys):
    value = figures[method]["ssim"].value + 0.0003
    change(folder / "metrics.json", "figures", "quadrat8", method, "ssim", "value", value=value)
    assert verify(folder) == 1
    text = capsys.readouterr().out
    assert text.count("ABWEICHUNG") == 1 and "1 von 14 Zahlen liegen außerhalb" in text


def test_small_difference_is_explained(folder, figures, capsys):
    value = figures["original"]["hole_psnr_mean"].value + 1e-4
    change(folder / "metrics.json", "figures", "quadrat8", "original", "hole_psnr_mean", "value", value=value)
    change(folder / "run.json", "processor", value="Rechenschieber")
    change(folder / "run.json", "versions", "numpy", value="0.9")
    assert verify(folder) == 0
    text = capsys.readouterr().out
    assert "13 von 14" in text and "Rechenschieber" in text and "0.9" in text and "bfloat16" in text


def test_training_anew_confirms_and_leaves_the_store_alone(folder, trained, capsys):
    before = {path: path.read_bytes() for path in trained.folder.iterdir()}
    assert verify(folder, "--retrain") == 0
    text = capsys.readouterr().out
    assert "Epoche  1/1" in text and "±0,3" in text and "±0,02" in text
    assert "14 von 14 Zahlen stimmen" in text  # same machine, same bits
    assert {path: path.read_bytes() for path in trained.folder.iterdir()} == before
    assert not (config.MODELS / ".work" / "verify").exists()


@pytest.mark.parametrize(
    "keys, value, message",
    [
        (("data_sha256",), "00", "auf anderen Daten gerechnet"),
        (("models", "original", "model_sha256"), "00", "fehlen die Gewichte original-.*--retrain"),
        (("models", "original", "entry"), "weg", "fehlen die Gewichte weg"),
        (("models",), {}, "nennt kein Netz zu „original“"),
    ],
)
def test_what_cannot_be_verified(folder, keys, value, message):
    change(folder / "run.json", *keys, value=value)
    with pytest.raises(verification.VerificationError, match=message):
        verification.verify_run(runs.read_run(folder), ["quadrat8"], log=str)


@pytest.mark.parametrize("name", ["fehlt", "leer", "datei", "x" * 300])
def test_folder_that_is_no_run(tmp_path, name, capsys):
    (tmp_path / "leer").mkdir()
    (tmp_path / "datei").touch()
    assert verify(tmp_path / name) == 2
    assert "ist kein fertiger Lauf" in capsys.readouterr().err


def test_undefined_figures_agree_only_with_each_other():
    nan = float("nan")

    def is_met(shipped, now):
        return verification.Comparison("s", "m", "f", shipped, now, 0.1).is_met

    assert is_met(nan, nan) and is_met(1, 1.05)
    assert not is_met(nan, 1) and not is_met(1, nan) and not is_met(1, 1.2)


def test_recipes_survive_the_record():
    for recipe in (training.Recipe(seed=3), training.FinalRecipe(seed=3)):
        stored = json.loads(json.dumps(training.asdict(recipe)))
        assert verification._recipe(stored) == recipe


def test_gruendlich_keeps_its_weights_when_the_others_are_trained(monkeypatch, tmp_path):
    class Run:
        record = {"models": {n: {"recipe": {"network": n}} for n in ("kompakt", "gruendlich")}}

    class Trained:
        model = "new"

    monkeypatch.setattr(config, "MODELS", tmp_path)
    monkeypatch.setattr(verification, "_load_weights", lambda about: "stored")
    monkeypatch.setattr(training, "load_or_train", lambda *_: Trained)
    lines = []
    fills = verification._networks(Run, None, True, lines.append)
    assert {name: fill.args for name, fill in fills.items()} == {"kompakt": ("new",), "gruendlich": ("stored",)}
    assert "inpainting train --network gruendlich" in lines[0]
