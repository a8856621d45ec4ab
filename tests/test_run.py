"""Runs of a notebook: results are replaced whole or not at all, and errors are German."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import nbformat
import papermill
import pytest
import report_case
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from inpainting import config, errors, files, machine
from inpainting.runs import check, execution, folders, run, soundness

PARAMETERS_CELL = 'title = ""\nseed = 1\ndata_path = ""\npreset = "standard"'


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Puts a tiny notebook of the given cells in the place of the report's."""

    def write(*sources: str) -> None:
        parameters = new_code_cell(PARAMETERS_CELL, metadata={"tags": ["parameters"]}, id="parameter")
        cells = [new_code_cell(source, id=f"zelle-{i}") for i, source in enumerate(sources)]
        (tmp_path / "quelle").mkdir(exist_ok=True)
        (tmp_path / "quelle" / "literatur.bib").touch()
        monkeypatch.setattr(config, "NOTEBOOK", tmp_path / "quelle" / "bericht.ipynb")
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=[parameters, *cells], metadata=kernel), config.NOTEBOOK)

    monkeypatch.setattr(run, "_prepare_data", lambda settings, log: None)
    monkeypatch.setattr(run, "render_all", lambda notebook, folder, log: ({"html_s": 0.123}, {}))
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


def test_each_cell_finds_the_ones_before_it_saved(notebook, results):
    """The file is written after every code cell, and a cell that starts changes nothing in it."""
    look = (
        "import json, os, pathlib\n"
        "path = pathlib.Path(os.environ['INPAINTING_OUTPUT']) / 'bericht.ipynb'\n"
        "cells = json.loads(path.read_text())['cells']\n"
        "print('gerechnet:', [cell['execution_count'] for cell in cells], len(cells[3]['outputs']))"
    )
    notebook("print('eins')", look, WRITE)
    cells = nbformat.read(start(results) / "bericht.ipynb", as_version=4).cells
    assert cells[3].outputs[0].text == "gerechnet: [1, 2, 3, None, None] 0\n"


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


# ---------------------------------------------------------------- failure


@pytest.mark.parametrize(
    "source, message",
    [
        ("1 / 0", "Zelle [3] des Notebooks brach ab: ZeroDivisionError: division by zero"),
        (
            "from inpainting.errors import UserError\nraise UserError('Die Maske ist zu groß.')",
            "Die Maske ist zu groß.",
        ),
        ("import os\nos._exit(1)", "Der Python-Prozess des Notebooks wurde beendet"),
    ],
    ids=["bug", "user error", "dead kernel"],
)
def test_error_in_the_notebook_leaves_earlier_results(notebook, results, source, message):
    notebook(source)
    before = tree(results)
    with pytest.raises(errors.UserError) as error:
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


# ---------------------------------------------------------------- what was computed is kept


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, OSError, RuntimeError])
def test_the_executed_notebook_outlives_every_end(notebook, results, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error("kaputt")

    monkeypatch.setattr(run, "render_all", fail)
    notebook(WRITE, "print(6 * 7)")
    before, lines = tree(results), []
    with pytest.raises(error):
        run.run_report({"preset": "schnell", "title": "Mein Titel"}, "lauf", lines.append, results)
    assert sorted(path.name for path in results.iterdir()) == ["lauf", "lauf.fehler"]
    assert {name: text for name, text in tree(results).items() if ".fehler" not in name} == before
    kept = nbformat.read(results / "lauf.fehler" / "bericht.ipynb", 4)
    assert kept.cells[-1].outputs[0].text == "42\n" and kept.metadata.inpainting.title == "Mein Titel"
    assert (results / "lauf.fehler" / "metrics.json").read_text() == "1"
    assert "lauf.fehler" in lines[-1] and "inpainting render" in lines[-1]


def test_a_failing_renderer_stops_no_other_and_render_ends_the_run(notebook, results, monkeypatch):
    """A folder that has the name of a document."""
    monkeypatch.undo()
    shutil.rmtree(results / "lauf")
    broken = results / "lauf.fehler"
    broken.mkdir()
    report_case.make_run(broken)
    files.write_json(broken / "run.json", {"parameters": {}})
    for name in ("bericht.html", "bericht.pdf", "folien.html"):
        (broken / name).unlink()
    (broken / "bericht.pdf").mkdir()
    with pytest.raises(run.RunError) as error:
        run.render_again(broken, log=str)
    told = str(error.value)
    assert "Nicht geschrieben:\n  bericht.pdf: Die Ausgabe" in told and "inpainting render" in told
    assert "das ist ein Ordner" in told and told.count("Die Ausgabe") == 1
    assert sorted(p.name for p in broken.iterdir() if p.is_file() and p.suffix != ".json") == [
        "bericht.html",
        "bericht.ipynb",
        "folien.html",
    ]
    (broken / "bericht.pdf").rmdir()
    assert run.render_again(broken, log=str) == results / "lauf"
    assert [path.name for path in results.iterdir()] == ["lauf"]
    assert soundness.find_changes(results / "lauf") == []


def test_a_killed_run_is_kept_by_the_next_call(notebook, results):
    """SIGKILL in the middle of the notebook; the next call, here ``render``, finds what had run."""
    notebook(
        "print('gerechnet')",
        "import time\nopen(os.environ['INPAINTING_OUTPUT'] + '/da', 'w').close()\ntime.sleep(600)",
    )
    source = nbformat.read(config.NOTEBOOK, 4)
    source.cells[1].source = "import os\n" + source.cells[1].source
    nbformat.write(source, config.NOTEBOOK)
    driver = (
        "import sys\nfrom pathlib import Path\nfrom inpainting import config\n"
        "config.NOTEBOOK = Path(sys.argv[1])\nfrom inpainting.runs import run\n"
        "run._prepare_data = lambda settings, log: None\n"
        "run.run_report({'preset': 'schnell'}, 'lauf', print, Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", driver, str(config.NOTEBOOK), str(results)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        while not list(results.glob(".lauf.teil-*/da")):
            assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert (results / "lauf" / "metrics.json").read_text() == "alt"
    lines = []
    with contextlib.suppress(errors.UserError):
        run.render_again(results / "lauf", log=lines.append)
    assert "lauf.fehler" in lines[0]
    kept = nbformat.read(results / "lauf.fehler" / "bericht.ipynb", 4)
    assert kept.cells[2].outputs[0].text == "gerechnet\n" and not kept.cells[3].execution_count
    assert sorted(path.name for path in results.iterdir()) == ["lauf", "lauf.fehler"]


def test_what_a_killed_rendering_left_half_written_goes(tmp_path):
    (tmp_path / ".bericht.pdf.teil-0123abcd").write_bytes(b"%PDF")
    (tmp_path / ".lauf.teil-0123abcd").mkdir()  # a run's folder is no part of a file
    (tmp_path / ".eigenes").touch()
    folders.clear_parts(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".eigenes", ".lauf.teil-0123abcd"]


def test_success_clears_what_an_earlier_failure_left(notebook, results):
    notebook("1 / 0")
    with pytest.raises(run.RunError):
        start(results)
    notebook("pass")
    start(results)
    assert [path.name for path in results.iterdir()] == ["lauf"]


def test_a_full_disk_while_saving_keeps_the_save_before(tmp_path, monkeypatch):
    target = tmp_path / "a.ipynb"
    handler = execution._WholeFiles()
    handler.write("vorher", str(target))

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        handler.write("nachher", execution.SCHEME + str(target))
    assert target.read_text() == "vorher" and [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


def test_figures_that_are_no_numbers_stop_the_run(notebook, results):
    content = {"figures": {"quadrat8": {"kompakt": {"hole_psnr_pooled": {"value": None}, "ssim": 0.9}}}}
    notebook(
        f"import os, pathlib\n(pathlib.Path(os.environ['INPAINTING_OUTPUT']) / 'metrics.json').write_text({json.dumps(content)!r})"
    )
    with pytest.raises(run.RunError, match="keine Zahlen sind .quadrat8, kompakt: hole_psnr_pooled"):
        start(results)
    assert (results / "lauf" / "metrics.json").read_text() == "alt"
    assert (results / "lauf.fehler" / "bericht.ipynb").exists()


# ---------------------------------------------------------------- before anything is computed


@pytest.mark.parametrize(
    "given, told",
    [
        ({"authors": "王小明"}, "Parameter authors: Diese Zeichen fehlen in den Schriften des PDF"),
        ({"title": "Frosch 🐸"}, "🐸 (U+1F438)"),
        ({"course": "한국어"}, "Parameter course: "),
        ({"declaration": "Absatz\n\nאבג"}, "Parameter declaration: "),
    ],
)
def test_what_the_pdf_cannot_show_is_told_before_the_run(notebook, results, given, told):
    notebook("print('jetzt')")
    lines = []
    run.run_report({"preset": "schnell", **given}, "lauf", lines.append, results)
    assert told in lines[0] and "Umschrift" in lines[0]


def test_nothing_is_told_of_names_that_the_fonts_know(notebook, results):
    notebook("pass")
    lines = []
    run.run_report(
        {"preset": "schnell", "authors": "Łukasz Đặng, Ελένη, Олена"}, "lauf", lines.append, results
    )
    assert lines[0].startswith("Notebook wird ausgeführt")


@pytest.mark.parametrize("name", ["bericht.ipynb", "literatur.bib"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"cells": 1}', None])
def test_damaged_sources_are_told_before_the_run(notebook, results, name, content):
    notebook("raise SystemExit")
    path = config.NOTEBOOK.parent / name
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    before = tree(results)
    if name == "literatur.bib" and content is not None and content[:1] != b"\xff":
        return  # any text in UTF-8 may be BibTeX
    with pytest.raises(errors.UserError, match=f"{name}“ ist nicht lesbar: .*Erlaubt ist"):
        start(results)
    assert tree(results) == before


def test_a_full_disk_is_told_before_the_run(notebook, results, monkeypatch):
    usage = shutil.disk_usage(results)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    notebook("raise SystemExit")
    before = tree(results)
    with pytest.raises(run.RunError, match="kein Speicherplatz mehr.*200 MB.*--results"):
        start(results)
    assert tree(results) == before


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
            config.NOTEBOOK,
            tmp_path / "out.ipynb",
            parameters={"epocs": 3, "preset": "schnell"},
            progress_bar=False,
            kernel_name="python3",
            cwd=tmp_path,
        )


# ---------------------------------------------------------------- the reference run


def test_only_its_own_command_rewrites_the_reference_run(notebook, results, monkeypatch):
    monkeypatch.setattr(config, "REFERENCE", results / "lauf")
    notebook(WRITE)
    before = tree(results)
    for rewrite in (lambda: start(results), lambda: run.render_again(results / "lauf")):
        with pytest.raises(run.RunError, match="ist der Referenzlauf.*--name.*inpainting referenz"):
            rewrite()
    assert tree(results) == before
    assert run.run_reference(str) == results / "lauf"
    assert (results / "lauf" / "metrics.json").read_text() == "1"


def test_git_keeps_the_reference_run_and_no_other():
    def is_ignored(path):
        return (
            subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=config.ROOT).returncode == 0
        )

    if not (config.ROOT / ".git").exists():
        pytest.skip("no repository")
    for name in (
        "standard/metrics.json",
        "schnell/bericht.pdf",
        "x.protokoll.txt",
        "jupyter",
        "labor/a.ipynb",
    ):
        assert is_ignored(f"results/{name}"), name
    for name in ("referenz/metrics.json", "referenz/bericht.pdf", "ladder.json"):
        assert not is_ignored(f"results/{name}"), name
    for name in ("referenz/abgabe.zip", "referenz/kontaktbogen/1.png", "referenz/bericht_mit_code.pdf"):
        assert is_ignored(f"results/{name}"), name


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize("where", ["below a file", "is a file"])
def test_results_that_cannot_be_written(notebook, tmp_path, where):
    (tmp_path / "datei").touch()
    results = tmp_path / "datei" / "tief" if where == "below a file" else tmp_path
    with pytest.raises(run.RunError, match="nicht beschreibbar .*--results"):
        start(results, "datei")
    assert [path.name for path in tmp_path.iterdir()] == ["datei"]


@pytest.mark.parametrize("name", ["{y}", "a{b", "}", "{0}", "{{x}}", "Größe ö", "a b", "%s$HOME"])
def test_paths_are_paths(notebook, tmp_path, name):
    notebook("print('ja')")
    folder = start(tmp_path / name / "läufe")
    assert folder == tmp_path / name / "läufe" / "lauf"
    assert [path.name for path in folder.parent.iterdir()] == ["lauf"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of other bytes are Linux'")
def test_a_path_that_is_no_utf_8(notebook, tmp_path):
    notebook(WRITE)
    folder = start(tmp_path / os.fsdecode(b"erg\xe4nzt"))
    assert nbformat.read(folder / "bericht.ipynb", 4).cells[-1].execution_count
    assert (folder / "metrics.json").read_text() == "1"


@pytest.mark.parametrize("where", ["results", "run"])
def test_links_lead_to_their_place(notebook, tmp_path, where):
    (tmp_path / "wo" / "anders").mkdir(parents=True)
    link = tmp_path / "results" if where == "results" else tmp_path / "results" / "lauf"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "wo" / "anders")
    for seed in (1, 2):
        notebook(WRITE)
        folder = start(tmp_path / "results", seed=seed)
        assert (folder / "metrics.json").read_text() == str(seed)
        assert (tmp_path / "results" / "lauf" / "metrics.json").read_text() == str(seed)
    assert link.is_symlink()
    assert not [path for path in tmp_path.rglob(".*") if ".alt" in path.name or ".teil" in path.name]


def test_links_in_a_circle(notebook, tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    notebook("raise SystemExit")
    for results, name in ((tmp_path / "a", "lauf"), (tmp_path, "a")):
        with pytest.raises(run.RunError, match="nicht beschreibbar .die Verknüpfungen führen im Kreis"):
            start(results, name)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name in "ab") == ["a", "b"]


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
        folders.replace(results / "lauf", tmp_path / "neu")
    monkeypatch.setattr(os, "replace", rename)
    folders.recover(results / "lauf", str)
    assert (results / "lauf" / "metrics.json").read_text() == "alt"
    assert [path.name for path in results.iterdir()] == ["lauf"]


def test_older_backup_never_hides_newer_results(results):
    (results / ".lauf.alt").mkdir()
    folders.recover(results / "lauf", str)
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
    with pytest.raises(ValueError), machine.environment(A_B_C="1", D_E_F="2"):
        assert (os.environ["A_B_C"], os.environ["D_E_F"]) == ("1", "2")
        raise ValueError
    assert os.environ["A_B_C"] == "vorher" and "D_E_F" not in os.environ


def test_default_name_and_times(notebook, tmp_path):
    notebook("pass")
    folder = run.run_report({"preset": "schnell", "seed": 3}, None, str, tmp_path / "neu")
    assert folder == tmp_path / "neu" / "schnell_seed-3"
    assert list((tmp_path / "neu").iterdir()) == [folder]


def test_an_unreadable_logo_is_told_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "execute", lambda *args: pytest.fail("the notebook ran"))
    with pytest.raises(errors.UserError, match="Logo „fehlt.png“"):
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
    with pytest.raises(errors.UserError, match="bericht.ipynb“ ist nicht lesbar: nicht gefunden"):
        run.render_again(tmp_path)


ODD_IDS = {
    "doppelt": lambda n, cell: cell | {"id": "a"},
    "fehlt": lambda n, cell: {key: value for key, value in cell.items() if key != "id"},
    "belegt": lambda n, cell: cell | {"id": f"zelle-{4 - n}"} if n < 2 else cell | {"id": "zelle-1"},
}


@pytest.mark.parametrize("change", ODD_IDS.values(), ids=ODD_IDS)
def test_cells_with_odd_names_are_read_without_a_word(tmp_path, change, recwarn):
    report_case.make_run(tmp_path)
    path = tmp_path / "bericht.ipynb"
    content = files.read_json(path)
    content["cells"] = [change(n, cell) for n, cell in enumerate(content["cells"])]
    path.write_text(json.dumps(content))
    lines = []
    notebook = execution.read_notebook(path, "")
    run.render_again(tmp_path, log=lines.append)
    execution.tidy(path)
    check._Run(tmp_path, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and ids == [cell.id for cell in execution.read_notebook(path, "").cells]
    assert not [warning for warning in recwarn if "nbformat" in str(warning.category)]
    called = subprocess.run(
        [sys.executable, "-m", "inpainting.cli", "render", str(tmp_path)],
        cwd=config.ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert called.returncode == 0 and called.stderr == ""
