"""Sweeps: the grid is exact, Dask's workers may fail and die, the page shows what came out."""

import os
import re
import signal
from pathlib import Path

import bs4
import numpy as np
import pytest
from PIL import Image
from run_case import VALUES, write_run

from inpainting import cli, config, errors
from inpainting.runs import comparison, listing, run, sweep


def run_fake(name: str, given: dict, results: Path) -> sweep.Outcome:
    """Stands in for ``run_one`` in the workers: seed 2 fails, seed 3 kills its first worker."""
    if (results / name).exists():
        return sweep.Outcome(name, "", (), 0.0)
    settings = config.load_config(given)
    with (results / "gestartet.txt").open("a") as file:
        file.write(f"{name}\n")
    if settings.seed == 2:
        return sweep.Outcome(name, "Die Maske ist zu groß.", ("Zeile 1",), 1.0)
    if settings.seed == 3 and not (results / "getoetet").exists():
        (results / "getoetet").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    values = {method: value + settings.mask_size / 10 for method, value in VALUES.items()}
    folder = write_run(results / name, given, values)
    Image.new("RGB", (30, 10)).save(folder / comparison.PICTURE)
    return sweep.Outcome(name, "", ("fertig",), 1.0)


# ---------------------------------------------------------------- the grid


def test_grid_is_every_combination():
    grid, swept = sweep.read_grid({"preset": "schnell", "mask_size": "4, 8", "seed": "1..3", "title": "A, B"})
    assert swept == ["mask_size", "seed"] and len(grid) == 6
    assert grid["schnell_mask-size-4"] == {
        "preset": "schnell",
        "mask_size": "4",
        "seed": "1",
        "title": "A, B",
    }
    assert {"schnell", "schnell_seed-3", "schnell_seed-2_mask-size-4"} <= set(grid)


def test_single_run_is_a_grid_too():
    assert sweep.read_grid({"seed": "7"}) == ({"standard_seed-7": {"seed": "7"}}, [])
    assert sweep.read_grid({}) == ({"standard": {}}, [])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--mask-size", "4,32"], "ganze Zahl von 1 bis 31"),
        (["--mask-size", "4,,8"], "ganze Zahl von 1 bis 31"),
        (["--seed", "3..1"], "Der Parameter seed hat den Wert „3..1“"),
        (["--seed", "1..9999999999"], "höchstens 500"),
        (["--seed", "1..100", "--mask-size", "1..10"], "Das wären 1000 Läufe"),
        (["--seed", "1..x"], "ganze Zahl von 0"),
        (["--seed", "1,1"], "denselben Namen"),
        (["--page-limit", "4,5"], "denselben Namen"),
        (["--sede", "1"], "Gemeint ist vielleicht --seed"),
        (["--workers", "0"], "Option --workers hat den Wert „0“"),
        (["--seed", "__import__('os').system('touch executed')"], "ganze Zahl von 0"),
    ],
)
def test_bad_grids_are_refused(arguments, message, capsys, tmp_path):
    assert cli.main(["sweep", *arguments, "--results", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Fehler: ") and message in error and not list(tmp_path.iterdir())


# ---------------------------------------------------------------- running


def call(results, *options) -> int:
    return cli.main(["sweep", "--preset", "schnell", *options, "--results", str(results)])


@pytest.mark.slow
def test_failed_run_and_dead_worker_do_not_stop_the_rest(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(sweep, "run_one", run_fake)
    assert call(tmp_path, "--mask-size", "4,8", "--seed", "1..3", "--workers", "2") == 1
    text = capsys.readouterr().out
    assert "6/6" in text and text.count("gescheitert, siehe") == 2
    assert "Gescheitert ist schnell_seed-2" in text and "Die Maske ist zu groß." in text
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert len(folders) == 4 and not any("seed-2" in name for name in folders)
    assert (tmp_path / "schnell_seed-2.protokoll.txt").read_text() == "Zeile 1\nDie Maske ist zu groß.\n"
    started = (tmp_path / "gestartet.txt").read_text().split()
    assert len(started) > 6 and set(started) >= folders  # the dead worker's run was repeated

    page = bs4.BeautifulSoup((tmp_path / "vergleich_seed_mask-size.html").read_text(), "html.parser")
    assert "4 von 6 Läufen sind fertig" in page.text and "Stichprobe" in page.text
    links = {a["href"] for a in page.select("a[href]") if not a["href"].startswith("#")}
    assert {f"{name}/bericht.html" for name in folders} <= links
    assert "schnell_seed-2.protokoll.txt" in links
    assert len(page.select("main img")) == 3 and all(image["alt"] for image in page.select("img"))

    assert call(tmp_path, "--mask-size", "4,8", "--seed", "1,3") == 0  # nothing is left to do
    assert "4 von 4 Läufen sind schon fertig" in capsys.readouterr().out
    assert (tmp_path / "gestartet.txt").read_text().split() == started


def test_scheduler_that_runs_already(tmp_path, monkeypatch, capsys):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(sweep, "run_one", run_fake)
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp://"}
    with distributed.LocalCluster(dashboard_address=":0", **options) as cluster:
        assert call(tmp_path, "--scheduler", cluster.scheduler_address) == 0
        assert cluster.scheduler.workers  # it is not ours to close
    assert (tmp_path / "schnell" / "run.json").exists() and (tmp_path / "vergleich.html").exists()
    assert "1/1 schnell: fertig" in capsys.readouterr().out


def test_scheduler_that_does_not_answer(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(sweep, "PATIENCE", 1)
    for address in ("tcp://127.0.0.1:9", "quatsch://x"):
        assert call(tmp_path, "--scheduler", address) == 2
        assert "dask scheduler" in capsys.readouterr().err


def test_missing_dask_is_explained(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert call(tmp_path) == 2
    assert "pip install -e .[sweep]" in capsys.readouterr().err


def test_run_in_a_worker_keeps_its_log_and_every_error(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def end_with(error):
        def run_report(given, name, log, results):
            log("Epoche 1")
            if error:
                raise error

        monkeypatch.setattr(run, "run_report", run_report)
        outcome = sweep.run_one("x", {}, tmp_path)
        assert outcome.log == ("Epoche 1",) and outcome.seconds >= 0
        return outcome.error

    assert end_with(None) == "" and os.environ["TF_NUM_INTRAOP_THREADS"] == "1"
    assert end_with(errors.UserError("Zu groß.")) == "Zu groß."
    assert "ZeroDivisionError: durch null" in end_with(ZeroDivisionError("durch null"))


# ---------------------------------------------------------------- the page


def test_interval_over_seeds():
    estimate = comparison.over_seeds([1.0, 2.0, 3.0])
    assert (estimate.value, round(estimate.high, 3)) == (2.0, 4.484)  # t(2; 0.975) / √3 = 2.484
    assert np.isnan(comparison.over_seeds([5.0]).low) and comparison.over_seeds([5.0]).value == 5.0


def test_page_of_one_run_without_pictures(tmp_path):
    only = listing.read_run(write_run(tmp_path / "schnell", values={"telea": 19.0}))
    comparison.write_comparison([only], [], {}, tmp_path / "vergleich.html")
    page = bs4.BeautifulSoup((tmp_path / "vergleich.html").read_text(), "html.parser")
    assert page.html["lang"] == "de" and "1 von 1 Läufen sind fertig" in page.text
    assert re.search(r"Telea\s*19,00", page.table.text)


def test_errors_of_others_are_text_on_the_page(tmp_path):
    only = listing.read_run(write_run(tmp_path / "schnell"))
    failed = {"schnell_seed-2": "Traceback\n`<script>alert(1)</script>` **fett** [x](y)"}
    comparison.write_comparison([only], ["seed"], failed, tmp_path / "vergleich.html")
    page = bs4.BeautifulSoup((tmp_path / "vergleich.html").read_text(), "html.parser")
    assert "<script>alert(1)</script> **fett**" in page.text
    assert len(page.find_all("script")) == 1
