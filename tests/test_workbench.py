"""The working copy that ``inpainting lab`` opens."""

import pytest

from inpainting import cli, config, errors
from inpainting.runs import workbench


def test_the_copy_is_made_once_and_never_overwritten(tmp_path):
    results, lines = tmp_path / "results", []
    copy = workbench.prepare(log=lines.append, results=results)
    assert copy.read_bytes() == config.NOTEBOOK.read_bytes() and copy.parent == results / "labor"
    copy.write_text("meine Arbeit")
    assert workbench.prepare(log=lines.append, results=results).read_text() == "meine Arbeit"
    assert workbench.prepare(True, lines.append, results).read_bytes() == config.NOTEBOOK.read_bytes()
    assert (copy.parent / "bericht_alt1.ipynb").read_text() == "meine Arbeit"
    workbench.prepare(True, lines.append, results)
    assert (copy.parent / "bericht_alt2.ipynb").exists()


def test_an_old_copy_is_told(tmp_path, monkeypatch):
    copy = workbench.prepare(log=str, results=tmp_path)
    changed = tmp_path / "bericht.ipynb"
    changed.write_text(config.NOTEBOOK.read_text("utf-8") + "\n", "utf-8")
    monkeypatch.setattr(config, "NOTEBOOK", changed)
    lines = []
    assert workbench.prepare(log=lines.append, results=tmp_path) == copy
    assert "früheren Fassung" in lines[0] and "--neu" in lines[0]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "labor").touch()
    with pytest.raises(errors.UserError, match="Arbeitskopie .*lässt sich nicht schreiben"):
        workbench.prepare(log=str, results=tmp_path)


def test_jupyterlab_opens_the_copy_with_the_project_in_its_browser(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(config, "RESULTS", tmp_path)
    monkeypatch.setattr(workbench.prepare, "__defaults__", (False, print, tmp_path))
    monkeypatch.setattr(
        cli.subprocess, "call", lambda command, **options: calls.append((command, options)) or 0
    )
    assert cli.main(["lab"]) == 0
    (command, options), *_ = calls
    assert command[1:3] == ["-m", "jupyterlab"] and f"--ServerApp.root_dir={config.ROOT}" in command
    assert command[-1] == str(tmp_path / "labor" / "bericht.ipynb") and options["cwd"] == config.ROOT
