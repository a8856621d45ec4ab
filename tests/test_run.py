"""Runs of a notebook: results are replaced whole or not at all, and errors are German."""

import io
import json
import os
import shutil
from pathlib import Path

import filelock
import nbformat
import papermill
import pytest
import report_case
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from inpainting import config, outlook
from inpainting.report import run

PARAMETERS_CELL = 'title = ""\nseed = 1\ndata_path = ""\npreset = "standard"'


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Puts a tiny notebook of the given cells in the place of the report's."""

    def write(*sources: str) -> None:
        parameters = new_code_cell(
            PARAMETERS_CELL, metadata={"tags": ["parameters"]}, id="parameter"
        )
        cells = [new_code_cell(source, id=f"zelle-{i}") for i, source in enumerate(sources)]
        (tmp_path / "quelle").mkdir(exist_ok=True)
        (tmp_path / "quelle" / "literatur.bib").touch()
        monkeypatch.setattr(config, "NOTEBOOK", tmp_path / "quelle" / "bericht.ipynb")
        kernel = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
        nbformat.write(new_notebook(cells=[parameters, *cells], metadata=kernel), config.NOTEBOOK)

    monkeypatch.setattr(run, "_prepare_data", lambda settings, log: None)
    monkeypatch.setattr(run, "render_all", lambda notebook, folder, log: {"html_s": 0.123})
    return write


@pytest.fixture
def results(tmp_path):
    """A results folder with an earlier run named ``lauf``."""
    old = tmp_path / "ergebnisse" / "lauf"
    old.mkdir(parents=True)
    (old / "metrics.json").write_text("alt")
    return old.parent


def start(results: Path, name="lauf", **given) -> Path:
    return run.run_report({"preset": "schnell", **given}, name, str, results)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


WRITE = "import os, pathlib\n(pathlib.Path(os.environ['INPAINTING_OUTPUT']) / 'metrics.json').write_text(str(seed))"


# ---------------------------------------------------------------- success


def test_finished_run_replaces_the_earlier_one(notebook, results):
    notebook(WRITE, "print(os.getcwd().endswith('quelle'))")
    folder = start(results, seed="7")
    assert folder == results / "lauf" and (folder / "metrics.json").read_text() == "7"
    assert [path.name for path in results.iterdir()] == ["lauf"]
    timings = json.loads((folder / "timings.json").read_text())
    assert timings.keys() == {"notebook_s", "cells_s", "html_s"}
    cells = nbformat.read(folder / "bericht.ipynb", as_version=4).cells
    assert timings["cells_s"].keys() == {cell.id for cell in cells if cell.cell_type == "code"}
    assert "INPAINTING_OUTPUT" not in os.environ


def test_executed_notebook_holds_no_times_and_no_paths(notebook, results, tmp_path, monkeypatch):
    notebook("from pathlib import Path\nprint(Path(data_path).is_dir())")
    (tmp_path / "daten").mkdir()
    monkeypatch.chdir(tmp_path)
    folder = start(results, title='"; import os; os.system("touch executed")', data_path="daten")
    written = nbformat.read(folder / "bericht.ipynb", 4)
    injected, cell = written.cells[1:]
    assert cell.outputs[0].text == "True\n"  # relative to the caller's folder, not the notebook's
    assert 'data_path = ""' in injected.source and injected.id == "eingesetzte-parameter"
    text = (folder / "bericht.ipynb").read_text()
    assert str(tmp_path) not in text and "papermill" not in text and "iopub" not in text
    assert not list(tmp_path.rglob("executed"))
    assert written.metadata.inpainting["title"] == '"; import os; os.system("touch executed")'
    assert written.metadata.inpainting["notice"] == config.SAMPLE_NOTICE


def test_console_output_is_shown_as_it_comes(notebook, results):
    notebook("print('Epoche 1/2')\nprint('Epoche 2/2')")
    lines = []
    run.run_report({"preset": "schnell"}, "lauf", lines.append, results)
    assert [line for line in lines if "Epoche" in line] == ["  Epoche 1/2", "  Epoche 2/2"]
    assert lines[-1].startswith("Fertig: ") and lines[-1].endswith("lauf")


def test_forecast_stands_in_the_line_or_in_the_bar_and_not_in_the_notebook(notebook, results, monkeypatch):
    line = "Epoche 1/2" + outlook.MARK + "3:20 min"
    notebook(f"print({line!r}, 'x'[:0])\nprint('Ende')")
    lines = []
    folder = run.run_report({"preset": "schnell"}, "lauf", lines.append, results)
    assert any(outlook.MARK in line for line in lines)
    assert nbformat.read(folder / "bericht.ipynb", 4).cells[-1].outputs[0].text == "Epoche 1/2\nEnde\n"

    class Terminal(io.StringIO):
        isatty = staticmethod(lambda: True)

    monkeypatch.setattr(run.sys, "stderr", Terminal())
    lines.clear()
    run.run_report({"preset": "schnell"}, "lauf", lines.append, results)
    assert "  Epoche 1/2" in lines and not any(outlook.MARK in line for line in lines)
    assert "noch etwa 3:20 min" in run.sys.stderr.getvalue()


# ---------------------------------------------------------------- failure


@pytest.mark.parametrize(
    "source, message",
    [
        ("1 / 0", "Zelle [3] des Notebooks brach ab: ZeroDivisionError: division by zero"),
        (
            "from inpainting.config import UserError\nraise UserError('Die Maske ist zu groß.')",
            "Die Maske ist zu groß.",
        ),
        ("import os\nos._exit(1)", "Der Python-Prozess des Notebooks wurde beendet"),
    ],
    ids=["bug", "user error", "dead kernel"],
)
def test_error_in_the_notebook_leaves_earlier_results(notebook, results, source, message):
    notebook(source)
    before = tree(results)
    with pytest.raises(config.UserError) as error:
        start(results)
    assert str(error.value).startswith(message) and "lauf.fehler" in str(error.value)
    assert {name: text for name, text in tree(results).items() if ".fehler" not in name} == before
    failed = results / "lauf.fehler"
    assert nbformat.read(failed / "bericht.ipynb", 4)
    if "os._exit" not in source:  # a dead kernel leaves no error in the notebook
        assert message.split(": ")[-1] in (failed / "bericht.html").read_text("utf-8")
    assert sorted(path.name for path in results.iterdir()) == ["lauf", "lauf.fehler"]


def test_second_failure_replaces_the_first(notebook, results):
    for text in ("eins", "zwei"):
        notebook(f"raise ValueError('{text}')")
        with pytest.raises(run.RunError, match=text):
            start(results)
    assert "zwei" in (results / "lauf.fehler" / "bericht.ipynb").read_text()
    assert sorted(path.name for path in results.iterdir()) == ["lauf", "lauf.fehler"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, config.UserError, MemoryError])
def test_error_while_rendering_leaves_nothing_but_earlier_results(
    notebook, results, monkeypatch, error
):
    def fail(*args, **kwargs):
        raise error("kaputt")

    monkeypatch.setattr(papermill, "execute_notebook", lambda *args, **kwargs: new_notebook())
    monkeypatch.setattr(run, "render_all", fail)
    notebook(WRITE)
    before = tree(results)
    with pytest.raises(error):
        start(results)
    assert tree(results) == before and [path.name for path in results.iterdir()] == ["lauf"]


@pytest.mark.parametrize("given", [{"epochen": 3}, {"mask_size": 32}, {"preset": "shnell"}])
def test_bad_parameters_are_refused_before_anything_is_written(notebook, results, given):
    before = tree(results)
    with pytest.raises(config.ConfigError):
        start(results / "neu", **given)
    assert tree(results) == before and not (results / "neu").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", ".x", "lauf.fehler"])
def test_bad_names_are_refused(notebook, results, name):
    with pytest.raises(config.ConfigError):
        start(results, name)
    assert [path.name for path in results.iterdir()] == ["lauf"]


def test_misspelt_parameter_is_refused_when_papermill_is_called_directly(tmp_path):
    with pytest.raises(PapermillExecutionError, match="Den Parameter epocs gibt es nicht"):
        papermill.execute_notebook(
            config.NOTEBOOK, tmp_path / "out.ipynb", parameters={"epocs": 3, "preset": "schnell"},
            progress_bar=False, kernel_name="python3", cwd=tmp_path,
        )  # fmt: skip


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize("where", ["below a file", "is a file"])
def test_results_that_cannot_be_written(notebook, tmp_path, where):
    (tmp_path / "datei").touch()
    results = tmp_path / "datei" / "tief" if where == "below a file" else tmp_path
    with pytest.raises(run.RunError, match="nicht beschreibbar .*--results"):
        start(results, "datei")
    assert [path.name for path in tmp_path.iterdir()] == ["datei"]


def test_earlier_run_that_cannot_be_replaced(notebook, results, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(run.RunError, match="keine Schreib- oder Leserechte"):
        start(results)
    assert [path.name for path in results.iterdir()] == ["lauf"]


def test_replacement_that_was_cut_off_is_undone(notebook, results):
    os.replace(results / "lauf", results / ".lauf.alt")
    notebook("1 / 0")
    with pytest.raises(run.RunError):
        start(results)
    assert (results / "lauf" / "metrics.json").read_text() == "alt"
    assert sorted(path.name for path in results.iterdir()) == ["lauf", "lauf.fehler"]


def test_cut_off_between_the_renames_loses_nothing(results, tmp_path, monkeypatch):
    (tmp_path / "neu").mkdir()
    rename, calls = os.replace, []

    def cut_off(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "replace", cut_off)
    with pytest.raises(KeyboardInterrupt):
        run._replace(results / "lauf", tmp_path / "neu")
    monkeypatch.setattr(os, "replace", rename)
    shutil.rmtree(run._new_folder(results / "lauf"))
    assert (results / "lauf" / "metrics.json").read_text() == "alt"
    assert [path.name for path in results.iterdir()] == ["lauf"]


def test_older_backup_never_hides_newer_results(results):
    (results / ".lauf.alt").mkdir()
    run._restore(results / "lauf")
    assert (results / "lauf" / "metrics.json").read_text() == "alt"


def test_two_runs_of_one_name_exclude_each_other(notebook, results):
    notebook(WRITE)
    with filelock.FileLock(results / ".lauf.sperre"):
        with pytest.raises(run.RunError, match="rechnet gerade ein anderer Prozess"):
            start(results)
        assert (results / "lauf" / "metrics.json").read_text() == "alt"
        assert start(results, "anderer").name == "anderer"
    assert (start(results) / "metrics.json").read_text() == "1"  # the lock is gone


def test_what_a_killed_run_left_is_cleared_up(notebook, results):
    (results / ".lauf.teil-0123abcd" / "figures").mkdir(parents=True)
    (results / ".lauf.sperre").touch()
    (results / ".lauf-2.teil-0123abcd").mkdir()  # of another run, perhaps alive
    notebook("pass")
    start(results)
    assert sorted(path.name for path in results.iterdir()) == [".lauf-2.teil-0123abcd", "lauf"]


@pytest.mark.parametrize("retrain", [False, True])
def test_retraining_is_asked_for_through_the_environment(notebook, results, retrain):
    notebook("import os\nprint(os.environ.get('INPAINTING_RETRAIN'))")
    folder = run.run_report({"preset": "schnell"}, "lauf", str, results, retrain=retrain)
    printed = nbformat.read(folder / "bericht.ipynb", 4).cells[-1].outputs[0].text
    assert printed == ("1\n" if retrain else "None\n") and "INPAINTING_RETRAIN" not in os.environ


def test_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("A_B_C", "vorher")
    monkeypatch.delenv("D_E_F", raising=False)
    with pytest.raises(ValueError), run._environment(A_B_C="1", D_E_F="2"):
        assert (os.environ["A_B_C"], os.environ["D_E_F"]) == ("1", "2")
        raise ValueError
    assert os.environ["A_B_C"] == "vorher" and "D_E_F" not in os.environ


def test_default_name_and_times(notebook, tmp_path):
    notebook("pass")
    folder = run.run_report({"preset": "schnell", "seed": 3}, None, str, tmp_path / "neu")
    assert folder == tmp_path / "neu" / "schnell_seed-3"
    assert list((tmp_path / "neu").iterdir()) == [folder]


def test_an_unreadable_logo_is_told_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_execute", lambda *args: pytest.fail("the notebook ran"))
    with pytest.raises(config.UserError, match="Logo „fehlt.png“"):
        run.run_report({"preset": "schnell", "logo": "fehlt.png"}, results=tmp_path)
    assert not list(tmp_path.iterdir())


def test_rendering_again_writes_every_document_and_code_in_place(tmp_path):
    folder = report_case.make_run(tmp_path)
    before = (folder / "bericht.pdf").read_bytes()
    (folder / "bericht.html").unlink()
    run.render_again(folder, with_code=True, log=lambda line: None)
    assert (folder / "bericht.html").exists() and (folder / "bericht.pdf").read_bytes() == before
    assert (folder / run.PDF_WITH_CODE).read_bytes() != before


def test_rendering_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(config.UserError, match="bericht.ipynb“ ist nicht lesbar: nicht gefunden"):
        run.render_again(tmp_path)
