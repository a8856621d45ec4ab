"""Run the notebook and render it, into one folder, whole or not at all."""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat

from inpainting import config, errors, files, machine
from inpainting.files import Log
from inpainting.runs import check, execution, folders, notebooks, preflight, soundness
from inpainting.runs.folders import RunError, shown

PDF_WITH_CODE = "bericht_mit_code.pdf"


def run_report(
    given: Mapping[str, object],
    name: str | None = None,
    log: Log = print,
    results: Path = config.RESULTS,
    retrain: bool = False,
    is_reference: bool = False,
) -> Path:
    """Execute the notebook with the given parameters and render every document.

    Parameters
    ----------
    given : parameter → value; the rest comes from the preset.
    name : name of the run's folder; by default what differs from the preset.
    log : called with German lines about the progress.
    results : parent of the run's folder.
    retrain : train every network anew, even if the store holds it.
    is_reference : whether the run may replace the reference run.

    Returns
    -------
    The run's folder.  An earlier run of the same name is replaced only once the new one is
    whole.

    Raises
    ------
    errors.UserError
        On bad parameters, missing data, a folder that cannot be written, an error in the notebook
        or in a document.  What was computed until then lies beside the runs as ``<name>.fehler``.
    """
    settings = config.load_config(given)
    target = results / config.check_run_name(name or settings.run_name())
    target = folders.resolve(target)
    if not is_reference:
        _refuse_reference(target)
    aside = target.with_name(f"{target.name}{folders.FAILED}")
    with folders.workplace(target, log) as part:
        preflight.check(settings, log)
        for line in machine.foreign_settings():
            log(line)
        started = time.perf_counter()
        _prepare_data(settings, log)
        try:
            with machine.environment(**{"INPAINTING_RETRAIN": "1"} if retrain else {}):
                notebook, cells = execution.execute(settings, given, part, log)
        except execution.NotebookFailed as failure:
            _render_failed(part)
            raise RunError(
                f"{failure}\nNotebook und HTML mit der Fehlerstelle liegen in {shown(aside)}; "
                "frühere Ergebnisse sind unverändert."
            ) from None
        _refuse_undefined(part, aside)
        timings = {"notebook_s": time.perf_counter() - started, "cells_s": cells}
        seconds, faults = render_all(notebook, part, log)
        _merge_timings(part / "timings.json", timings | seconds)
        _raise_faults(faults, aside)
        if (part / soundness.RECORD).exists():
            soundness.seal(part)
        folders.replace(target, part)
        shutil.rmtree(aside, ignore_errors=True)  # of an earlier call, which this one made good
    log(f"Fertig: {shown(target)}")
    return target


def run_reference(log: Log = print, retrain: bool = False) -> Path:
    """Compute the reference run anew: the preset ``standard``, in the folder that git keeps."""
    return run_report({}, config.REFERENCE.name, log, config.REFERENCE.parent, retrain, is_reference=True)


def _refuse_reference(folder: Path) -> None:
    if folder.resolve() == config.REFERENCE.resolve():
        raise RunError(
            f"Der Ordner {shown(folder)} ist der Referenzlauf, der zum Projekt gehört. Bitte mit --name "
            "einen anderen Namen geben; neu rechnet ihn nur „inpainting referenz“, neu rendert ihn "
            "„inpainting referenz --render“."
        )


def _prepare_data(settings: config.Config, log: Log) -> None:
    """Find or fetch the data before the notebook starts, where a progress bar can be seen."""
    from inpainting import data

    data.find_arrays(settings.dataset, settings.path_to_data(), log)


def _refuse_undefined(folder: Path, aside: Path) -> None:
    """Stop a run whose figures are no numbers: no document may print them."""
    path = folder / "metrics.json"
    undefined = list(soundness.find_undefined(files.read_json(path))) if path.exists() else []
    if undefined:
        more = f" und {len(undefined) - 3} weitere" if len(undefined) > 3 else ""
        raise RunError(
            f"Die Messung gab Werte, die keine Zahlen sind ({'; '.join(undefined[:3])}{more}). Der Bericht "
            f"wird nicht geschrieben; das ausgeführte Notebook liegt in {shown(aside)}. Meist ist ein Netz "
            "beschädigt: inpainting report --retrain trainiert neu."
        )


def _merge_timings(path: Path, timings: Mapping[str, float]) -> None:
    known = files.read_json(path) if path.exists() else {}
    files.write_json(path, known | timings, digits=4)


# ---------------------------------------------------------------- rendering


def render_all(
    notebook: nbformat.NotebookNode, folder: Path, log: Log
) -> tuple[dict[str, float], dict[str, str]]:
    """Render an executed notebook to every document; one that fails does not stop the others.

    Returns
    -------
    Seconds by document, and the German reason by document that could not be written.
    """
    from inpainting.typeset import page, pdf, slides
    from inpainting.typeset.document import build_document

    seconds: dict[str, float] = {}
    faults: dict[str, str] = {}

    def attempt(name: str, make: Callable[[], object]):
        started = time.perf_counter()
        try:
            made = make()
        except errors.UserError as error:
            faults[name] = str(error)
        except OSError as error:
            faults[name] = errors.explain(error)
        except MemoryError:
            faults[name] = errors.NO_MEMORY
        except Exception as error:  # pandoc, Jinja and Typst raise many kinds
            faults[name] = f"{type(error).__name__}: {error}"
        else:
            seconds[f"{name}_s"] = time.perf_counter() - started
            return made

    document = attempt("document", lambda: build_document(notebook))
    if document is None:
        return seconds, faults
    for name, render in (
        (check.HTML, lambda: page.render_page(document, (check.PDF, check.SLIDES, check.NOTEBOOK))),
        (check.PDF, lambda: pdf.render_pdf(document)),
        (
            check.SLIDES,
            lambda: slides.render_slides(document, check.HTML, beside=(check.PDF, check.NOTEBOOK)),
        ),
    ):
        if attempt(name, lambda: files.write_file(folder / name, render()) or name):  # noqa: B023
            log(f"{name} geschrieben")
    return seconds, faults


def _raise_faults(faults: Mapping[str, str], folder: Path) -> None:
    if faults:
        reasons = "\n".join(f"  {name}: {reason}" for name, reason in faults.items())
        raise RunError(
            f"Nicht geschrieben:\n{reasons}\nDas ausgeführte Notebook und alles andere liegt in "
            f"{shown(folder)}. Ist der Grund behoben, geht es dort weiter: inpainting render {shown(folder)}"
        )


def render_again(folder: Path, with_code: bool = False, log: Log = print, is_reference: bool = False) -> Path:
    """Render the executed notebook of a run once more.

    A run that was cut off lies in ``<name>.fehler``; if its notebook has run to its end, the
    rendered folder takes its place among the runs.

    Parameters
    ----------
    folder : the run's folder.
    with_code : also write a PDF with the code where it ran instead of in the appendix.
    is_reference : whether it may be the reference run.

    Returns
    -------
    The folder in which the documents are now.

    Raises
    ------
    RunError
        If the folder holds no executed notebook, is the reference run, or a document fails.
    """
    from inpainting.typeset import pdf
    from inpainting.typeset.document import build_document

    folder = folders.resolve(folder)
    if not is_reference:
        _refuse_reference(folder)
    target = folder.with_name(folder.name.removesuffix(folders.FAILED))
    with folders.locked(target) if target.parent.is_dir() else contextlib.nullcontext():
        folders.recover(target, log)
        folders.clear_parts(folder)
        notebook = execution.read_notebook(
            folder / folders.NOTEBOOK, "Erlaubt ist der Ordner eines Laufs unter results."
        )
        execution.restore_title(notebook, log)
        _tell_changes(notebook, folder, log)
        _, faults = render_all(notebook, folder, log)
        if with_code:
            with_source = pdf.render_pdf(build_document(notebook), code_in_place=True)
            files.write_file(folder / PDF_WITH_CODE, with_source)
            log(f"{PDF_WITH_CODE} geschrieben")
        _raise_faults(faults, folder)
        if folder != target and execution.is_whole(notebook) and (folder / soundness.RECORD).exists():
            _refuse_undefined(folder, folder)
            soundness.seal(folder)
            folders.replace(target, folder)
            log(f"Der Lauf ist damit fertig: {shown(target)}")
            return target
        soundness.reseal(folder, (check.HTML, check.PDF, check.SLIDES))
    return folder


def _tell_changes(notebook: nbformat.NotebookNode, folder: Path, log: Log) -> None:
    """Say what a reader of the documents would not see: cells that did not run, files that changed."""
    if open_cells := execution.count_open(notebook):
        log(f"Achtung: {open_cells} Codezellen des Notebooks sind nicht ausgeführt.")
    for change in soundness.find_changes(folder) if (folder / soundness.RECORD).exists() else ():
        if change.startswith(folders.NOTEBOOK):
            log(f"Achtung: {change}; es ist nicht mehr, was der Lauf geschrieben hat.")


def _render_failed(folder: Path) -> None:
    """Render what there is of a notebook with an error cell, the error visible."""
    from inpainting.typeset import page
    from inpainting.typeset.document import build_document

    with contextlib.suppress(Exception):  # the notebook itself is kept whatever happens here
        notebook = notebooks.read(folder / folders.NOTEBOOK)
        files.write_file(folder / check.HTML, page.render_page(build_document(notebook), (check.NOTEBOOK,)))
