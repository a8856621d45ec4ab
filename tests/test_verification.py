"""Verification: honest figures pass, changed figures, weights and data are found."""

import json
import re

import pytest
from run_case import write_run

from inpainting import classical, cli, config, files, machine, masks
from inpainting.data import to_float
from inpainting.measuring import evaluation
from inpainting.networks import fill
from inpainting.runs import listing, verification
from inpainting.training import store


@pytest.fixture(scope="module")
def figures(sample, trained_original):
    """Two methods, measured as the benchmark does."""
    images, holes = to_float(sample.test.images), masks.suite_masks("quadrat8", 250, "test")
    filled = {
        "mittelwert": classical.fill_mean(images, holes),
        "original": fill(trained_original.model, images, holes),
    }
    return {m: evaluation.summarise(evaluation.score(x, images, holes)) for m, x in filled.items()}


@pytest.fixture
def folder(tmp_path, monkeypatch, sample, trained_original, figures):
    """A run with those figures; the Gaussian, which is not among them, is left out."""
    without = classical.GaussianFill(None, None), None
    monkeypatch.setattr(verification, "fit_without_networks", lambda dataset: without)
    monkeypatch.setattr(config, "MODELS", trained_original.folder.parent)
    settings = config.load_config({"preset": "schnell"})
    record = machine.record(settings, sample.sha256, {"original": trained_original})
    write_run(tmp_path / "lauf", **record)
    metrics = {"figures": {"quadrat8": figures}, "n_images": dict.fromkeys(figures, 250)}
    files.write_json(tmp_path / "lauf" / "metrics.json", metrics, digits=10)
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
    assert all(word in text for word in ("Loch-PSNR gepoolt", "Toleranz"))


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


def test_training_anew_confirms_and_leaves_the_store_alone(folder, trained_original, capsys):
    before = {path: path.read_bytes() for path in trained_original.folder.iterdir()}
    assert verify(folder, "--retrain") == 0
    text = capsys.readouterr().out
    assert "Epoche  1/4" in text and "±0,3" in text and "±0,02" in text
    assert "14 von 14 Zahlen stimmen" in text  # same machine, same bits
    assert {path: path.read_bytes() for path in trained_original.folder.iterdir()} == before
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
        verification.verify_run(listing.read_run(folder), ["quadrat8"], log=str)


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


def test_gruendlich_keeps_its_weights_when_the_others_are_trained(monkeypatch, tmp_path, sample):
    class Run:
        record = {
            "models": {
                name: {
                    "recipe": {"network": name, "architecture": "prior_unet"},
                    "data_sha256": sample.sha256,
                }
                for name in ("kompakt", "gruendlich")
            }
        }

    class Trained:
        model = "new"

    monkeypatch.setattr(config, "MODELS", tmp_path)
    monkeypatch.setattr(verification, "_load_weights", lambda about: "stored")
    monkeypatch.setattr(verification, "digest_network", lambda model: model)
    monkeypatch.setattr(store, "load_or_train", lambda *_: Trained)
    lines = []
    networks = verification._networks(Run, sample, True, lines.append)
    assert {name: network.model for name, network in networks.items()} == {
        "kompakt": "new",
        "gruendlich": "stored",
    }
    assert "inpainting train --network gruendlich" in lines[0]


def test_networks_of_other_data_keep_their_weights(folder, trained_original, sample, monkeypatch):
    """On the sample a run uses the shipped networks, which no training on it could confirm."""
    change(folder / "run.json", "models", "original", "data_sha256", value=store.WHOLE_DATA)
    monkeypatch.setattr(store, "load_or_train", None)
    lines = []
    networks = verification._networks(listing.read_run(folder), sample, True, lines.append)
    assert networks["original"].kind == "original"
    assert re.search("original wird nicht neu trainiert", lines[0])


def test_methods_are_measured_on_the_images_of_the_run(folder, sample, trained_original, capsys):
    """A run may have measured fewer than all test images, and each method another number."""
    images, holes = to_float(sample.test.images[:60]), masks.suite_masks("quadrat8", 60, "test")
    figures = evaluation.summarise(evaluation.score(classical.fill_mean(images, holes), images, holes))
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["figures"]["quadrat8"]["mittelwert"] = files.plain(figures)
    files.write_json(folder / "metrics.json", metrics)
    assert verify(folder, "--alles") == 1
    metrics["n_images"]["mittelwert"] = 60
    files.write_json(folder / "metrics.json", metrics, digits=10)
    assert verify(folder, "--alles") == 0
