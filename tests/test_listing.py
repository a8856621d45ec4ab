"""The list of runs and their comparison: what differs is found, what is damaged is said."""

import json
import os

import numpy as np
import pytest
from run_case import write_run

from inpainting import classical, cli, masks
from inpainting.data import to_float
from inpainting.german import numbers
from inpainting.measuring import benchmark, evaluation
from inpainting.runs import execution, listing, run, soundness


@pytest.fixture
def results(tmp_path):
    """Two runs that differ in a parameter, a version and the figures."""
    write_run(tmp_path / "a", computed_at="2026-01-02T03:04:05+00:00")
    changed = {"original": 19.25, "original_relu": 18.0, "gauss": 21.0}
    write_run(
        tmp_path / "b",
        {"seed": 2, "mask_size": 12},
        changed,
        processor="Anderer",
        versions={"numpy": "0.1"},
        computed_at="2026-01-03T03:04:05+00:00",
    )
    return tmp_path


def columns(text: str, first: str) -> list[str]:
    """The cells of the line of a printed table that begins with ``first``."""
    (line,) = (line for line in text.splitlines() if line.startswith(first))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_list_shows_the_newest_first_with_headline_figures(results, capsys):
    assert cli.main(["runs", "--results", str(results)]) == 0
    text = capsys.readouterr().out
    assert text.index("\nb ") < text.index("\na ")
    assert columns(text, "a ")[2:] == ["schnell", "–", "18,50 Netz von 2025", "21,00 Gauß-Vorhersage"]
    assert columns(text, "b ")[3:5] == ["mask_size = 12, seed = 2", "19,25 Netz von 2025"]
    assert "02.01.2026" in text and "quadrat8" in text


def test_headline_without_a_network_or_without_another_method(tmp_path):
    only = write_run(tmp_path / "a", values={"telea": 19.0})
    assert listing.read_run(only).best(of_networks=True) is None
    only = write_run(tmp_path / "b", values={"original": 19.0})
    assert listing.runs_table([listing.read_run(only)]).rows[0][-2:] == ["19,00 Netz von 2025", "–"]


def test_folders_that_are_no_runs_are_named(results, capsys):
    (results / "leer").mkdir()
    (results / ".a.teil-12345678").mkdir()
    (results / "b" / "metrics.json").write_text('{"figures": {"quadrat8": {"original": 3}}}')
    cli.main(["runs", "--results", str(results)])
    text = capsys.readouterr().out
    assert "„leer“ ist kein fertiger Lauf: run.json nicht gefunden" in text and "teil" not in text
    assert "„b“ ist kein fertiger Lauf: seine Dateien sind beschädigt" in text and "\na " in text


def set_in(name, key, value):
    """A change of one entry of a run's JSON file; several keys lead into it."""

    def change(folder):
        content = json.loads((folder / name).read_text())
        place = content
        *path, last = key
        for step in path:
            place = place[step]
        place[last] = value
        (folder / name).write_text(json.dumps(content))

    return change


DAMAGED = {
    "Voreinstellung null": set_in("run.json", ["parameters", "preset"], None),
    "Voreinstellung Liste": set_in("run.json", ["parameters", "preset"], [1]),
    "Parameter eine Liste": set_in("run.json", ["parameters"], []),
    "Zeitpunkt eine Zahl": set_in("run.json", ["computed_at"], 5),
    "Geändertes eine Zahl": set_in("run.json", ["changed"], 7),
    "Fassungen fehlen": set_in("run.json", ["versions"], None),
    "Bilder eine Liste": set_in("metrics.json", ["n_images"], [3]),
    "Bilder als Text": set_in("metrics.json", ["n_images"], {"telea": "viele"}),
    "Zahl zu groß": set_in("metrics.json", ["figures", "quadrat8", "original", "hole_psnr_pooled", "value"], 10**400),
    "Grenze ein Text": set_in("metrics.json", ["figures", "quadrat8", "original", "hole_psnr_pooled", "low"], "x"),
    "Zahlen geschachtelt": lambda folder: (folder / "metrics.json").write_text("[" * 100_000),
    "run.json geschachtelt": lambda folder: (folder / "run.json").write_text("[" * 100_000),
    "run.json eine Pipe": lambda folder: ((folder / "run.json").unlink(), os.mkfifo(folder / "run.json")),
    "run.json ein Ordner": lambda folder: ((folder / "run.json").unlink(), (folder / "run.json").mkdir()),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_run_is_named_and_the_others_listed(results, capsys, damage):
    damage(results / "b")
    assert cli.main(["runs", "--results", str(results)]) == 0
    text = capsys.readouterr().out
    assert "„b“ ist kein fertiger Lauf: " in text and "\na " in text
    assert cli.main(["runs", "a", "b", "--results", str(results)]) == 2
    assert "„b“ ist kein fertiger Lauf" in capsys.readouterr().err


def test_damaged_figures_are_told_by_every_command(results, capsys):
    for name in ("metrics.json", "run.json"):
        (results / "b" / name).write_text("[" * 100_000)
    assert cli.main(["kennzahlen", str(results / "b")]) == 2
    assert "metrics.json hat einen anderen Aufbau" in capsys.readouterr().err
    assert soundness.find_changes(results / "b") == ["run.json fehlt oder ist beschädigt"]


def test_no_runs_at_all(tmp_path, capsys):
    assert cli.main(["runs", "--results", str(tmp_path / "fehlt")]) == 0
    assert capsys.readouterr().out == "Es gibt noch keinen fertigen Lauf.\n"


def test_comparison_shows_what_differs_and_nothing_else(results, capsys):
    assert cli.main(["runs", "a", "b", "--results", str(results)]) == 0
    text = capsys.readouterr().out
    assert columns(text, "seed") == ["seed", "1", "2"] and columns(text, "mask_size")[1:] == ["8", "12"]
    assert columns(text, "Prozessor")[2] == "Anderer" and columns(text, "numpy")[2] == "0.1"
    assert "original_epochs" not in text and "Daten (SHA-256)" not in text and "Achtung" not in text
    assert columns(text, "Netz von 2025  ")[1:] == [
        "18,50 [18,40; 18,60]",
        "19,25 [19,15; 19,35]",
        "+0,75",
    ]
    assert columns(text, "Biharmonisch")[2:] == ["–", "–"] and "quadrat12" not in text


def test_comparison_is_paired_where_the_store_has_the_scores(tmp_path, sample):
    """Scores as the benchmark keeps them; a run's figure says which are its own."""
    kept = tmp_path / "models" / benchmark.SCORES
    kept.mkdir(parents=True)
    images, holes = to_float(sample.test.images), masks.suite_masks("quadrat8", 250, "test")
    found = []
    for name, fill in (("eins", classical.fill_mean), ("zwei", classical.fill_telea)):
        found.append(evaluation.score(fill(images, holes), images, holes))
        np.savez(kept / f"quadrat8-original-{name}.npz", scores=np.stack([*vars(found[-1]).values()]))
    expected = evaluation.paired_difference(found[1], found[0], listing.FIGURE)
    a, b = (
        listing.read_run(
            write_run(
                tmp_path / name, values={"original": scores.hole_psnr.mean()}, data_sha256=sample.sha256
            )
        )
        for name, scores in zip(("a", "b"), found, strict=True)
    )
    table = "\n".join(listing.compare_runs(a, b, tmp_path / "models"))
    assert numbers.signed(expected) in table
    assert expected.low < expected.value < expected.high and listing.PAIRED in table


def test_comparison_of_equal_runs_and_of_other_data(results):
    run_a = listing.read_run(results / "a")
    assert list(listing.compare_runs(run_a, run_a))[:2] == [
        "Parameter: in beiden Läufen gleich.",
        "Umgebung: in beiden Läufen gleich.",
    ]
    other = listing.read_run(write_run(results / "c", data_sha256="cd"))
    assert any(paragraph.startswith("Achtung") for paragraph in listing.compare_runs(run_a, other))


@pytest.mark.parametrize("names", [["a"], ["a", "b", "a"], ["a", "fehlt"], ["a", "../a/run.json"]])
def test_wrong_number_or_unknown_runs(results, names, capsys):
    assert cli.main(["runs", *names, "--results", str(results)]) == 2
    assert capsys.readouterr().err.startswith("Fehler: ")


@pytest.mark.parametrize("damage", [{}, {"figures": {}}, [], {"figures": {"quadrat8": {"original": {}}}}])
def test_damaged_run(results, damage):
    (results / "a" / "metrics.json").write_text(json.dumps(damage))
    with pytest.raises(listing.RunsError, match="beschädigt oder aus einer anderen Fassung"):
        listing.read_run(results / "a")


# ---------------------------------------------------------------- training anew


def test_retrain_reaches_the_notebook_and_nothing_after(monkeypatch, tmp_path):
    import os

    seen = []
    monkeypatch.delenv("INPAINTING_RETRAIN", raising=False)
    monkeypatch.setattr(run, "_prepare_data", lambda settings, log: None)
    monkeypatch.setattr(
        execution, "execute", lambda *args: (seen.append(os.environ.get("INPAINTING_RETRAIN")), {})
    )
    monkeypatch.setattr(run, "render_all", lambda *args: ({}, {}))
    run.run_report({"preset": "schnell"}, "x", str, tmp_path, retrain=True)
    run.run_report({"preset": "schnell"}, "x", str, tmp_path)
    assert seen == ["1", None] and "INPAINTING_RETRAIN" not in os.environ


def test_option_of_the_command(monkeypatch):
    calls = []
    monkeypatch.setattr(run, "run_report", lambda *args: calls.append(args[-1]))
    monkeypatch.setattr(cli, "_print_criteria", lambda folder: False)
    assert cli.main(["report", "--retrain"]) == 0 and cli.main(["report"]) == 0
    assert calls == [True, False]


# ---------------------------------------------------------------- what a kill leaves behind


def test_run_in_progress_is_refused_and_what_a_kill_left_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "_prepare_data", lambda settings, log: None)
    monkeypatch.setattr(run, "render_all", lambda *args: ({}, {}))

    def start_again(*args):
        (left,) = tmp_path.glob(".x.teil-????????")  # that of this run: the killed one's is gone
        with pytest.raises(run.RunError, match="rechnet gerade ein anderer Prozess"):
            run.run_report({"preset": "schnell"}, "x", str, tmp_path)
        assert left.is_dir()
        return None, {}

    monkeypatch.setattr(execution, "execute", start_again)
    (tmp_path / ".x.teil-0123abcd").mkdir()
    (tmp_path / ".x.sperre").touch()
    (tmp_path / ".x.teil-y.teil-0123abcd").mkdir()
    run.run_report({"preset": "schnell"}, "x", str, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".x.teil-y.teil-0123abcd", "x"]
