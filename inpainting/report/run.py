"""Run the notebook with papermill and render it, into one folder, whole or not at all."""

import contextlib
import errno
import json
import logging
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import filelock
import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from inpainting import config, outlook
from inpainting.report import check, titlepage

PDF_WITH_CODE = "bericht_mit_code.pdf"

INJECTED_ID = "eingesetzte-parameter"
"""Id of the cell with a run's parameters; papermill gives it a random one."""

Log = Callable[[str], None]


class RunError(config.UserError):
    """The notebook stopped with an error, or a folder cannot be written."""


def run_report(
    given: Mapping[str, object],
    name: str | None = None,
    log: Log = print,
    results: Path = config.RESULTS,
    retrain: bool = False,
) -> Path:
    """Execute the notebook with the given parameters and render every document.

    Parameters
    ----------
    given : parameter → value; the rest comes from the preset.
    name : name of the run's folder; by default what differs from the preset.
    log : called with German lines about the progress.
    results : parent of the run's folder.
    retrain : train every network anew, even if the store holds it.

    Returns
    -------
    The run's folder.  An earlier run of the same name is replaced only once the new one is
    whole.

    Raises
    ------
    config.UserError
        On bad parameters, missing data, a folder that cannot be written, or an error in the
        notebook; the failed notebook then lies beside the runs as ``<name>.fehler``.
    """
    settings = config.load_config(given)
    if settings.logo:
        titlepage.read_logo(settings.logo)  # an unreadable one is told now, not after the run
    target = results / config.check_run_name(name or settings.run_name())
    with _workplace(target) as part:
        try:
            started = time.perf_counter()
            _prepare_data(settings, log)
            with _environment(**{"INPAINTING_RETRAIN": "1"} if retrain else {}):
                notebook, cells = _execute(settings, given, part, log)
            timings = {"notebook_s": time.perf_counter() - started, "cells_s": cells}
            timings |= render_all(notebook, part, log)
            _merge_timings(part / "timings.json", timings)
            _replace(target, part)
        except NotebookFailed as failure:
            aside = target.with_name(f"{target.name}.fehler")
            _render_failed(part)
            _replace(aside, part)
            raise RunError(
                f"{failure}\nNotebook und HTML mit der Fehlerstelle liegen in {_shown(aside)}; "
                "frühere Ergebnisse sind unverändert."
            ) from None
    log(f"Fertig: {_shown(target)}")
    return target


def render_all(notebook: nbformat.NotebookNode, folder: Path, log: Log) -> dict[str, float]:
    """Render an executed notebook to every document; seconds by document."""
    from inpainting.report import html, pdf, slides

    seconds = {}
    for file_name, render in (
        (check.HTML, html.render_html),
        (check.PDF, pdf.render_pdf),
        (check.SLIDES, slides.render_slides),
    ):
        started = time.perf_counter()
        render(notebook, folder / file_name)
        seconds[f"{file_name}_s"] = time.perf_counter() - started
        log(f"{file_name} geschrieben")
    return seconds


def render_again(folder: Path, with_code: bool = False, log: Log = print) -> None:
    """Render the executed notebook of a finished run once more.

    Parameters
    ----------
    folder : the run's folder.
    with_code : also write a PDF with the code where it ran instead of in the appendix.

    Raises
    ------
    RunError
        If the folder holds no executed notebook.
    """
    from inpainting.report import pdf

    try:
        notebook = nbformat.read(folder / check.NOTEBOOK, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        reason = config.reason(error) if isinstance(error, OSError) else "kein gültiges Notebook"
        raise RunError(
            f"„{_shown(folder / check.NOTEBOOK)}“ ist nicht lesbar: {reason}. Erlaubt ist der "
            "Ordner eines fertigen Laufs unter results."
        ) from None
    render_all(notebook, folder, log)
    if with_code:
        pdf.render_pdf(notebook, folder / PDF_WITH_CODE, code_in_place=True)
        log(f"{PDF_WITH_CODE} geschrieben")


def _render_failed(folder: Path) -> None:
    """Render what there is of a notebook with an error cell, the error visible."""
    from inpainting.report import html

    with contextlib.suppress(config.UserError):
        notebook = nbformat.read(folder / check.NOTEBOOK, as_version=4)
        html.render_html(notebook, folder / check.HTML)


# ---------------------------------------------------------------- executing


class NotebookFailed(Exception):
    """A cell raised an error; the text is German."""


def _prepare_data(settings: config.Config, log: Log) -> None:
    """Find or fetch the data before the notebook starts, where a progress bar can be seen."""
    from inpainting import data

    data.load_dataset(settings.dataset, settings.path_to_data(), log)


def _execute(settings, given: Mapping[str, object], folder: Path, log: Log):
    """The executed notebook, and the seconds that each code cell took, by its id."""
    source = nbformat.read(config.NOTEBOOK, as_version=4)
    n_cells = sum(cell.cell_type == "code" for cell in source.cells)
    stated = {name: settings.values[name] for name in given if given[name] is not None}
    if path := settings.path_to_data():  # the notebook runs in another folder
        stated["data_path"] = str(path.expanduser().absolute())
    log(f"Notebook wird ausgeführt ({n_cells} Codezellen, Voreinstellung {settings.preset})")
    target = folder / check.NOTEBOOK
    try:
        with _environment(INPAINTING_OUTPUT=str(folder)), _Progress(n_cells, log) as progress:
            notebook = papermill.execute_notebook(
                config.NOTEBOOK, target, parameters=stated, kernel_name="python3",
                cwd=config.NOTEBOOK.parent, progress_bar=False, stdout_file=progress,
                coalesce_streams=True,
                extra_arguments=["--Application.log_level=40"],  # English warnings between our lines
                on_cell_executed=progress.advance,
            )  # fmt: skip
    except PapermillExecutionError as error:
        _finish(nbformat.read(target, as_version=4), target, settings)
        raise NotebookFailed(_describe(error)) from None
    except DeadKernelError:
        _finish(nbformat.read(target, as_version=4), target, settings)
        raise NotebookFailed(
            "Der Python-Prozess des Notebooks wurde beendet, meist aus Mangel an Arbeitsspeicher."
        ) from None
    return _finish(notebook, target, settings), progress.seconds


def _describe(error: PapermillExecutionError) -> str:
    if "".join(error.traceback).startswith(config.USER_ERROR_MARK):
        return str(error.evalue)
    return f"Zelle [{error.exec_count}] des Notebooks brach ab: {error.ename}: {error.evalue}"


def _is_injected(cell) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", ())


def _finish(notebook, target: Path, settings: config.Config):
    """Remove host paths, times and forecasts from the executed notebook; add what the title needs."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if _is_injected(cell):
            cell.id = INJECTED_ID
            cell.source = re.sub("^data_path = .*$", 'data_path = ""', cell.source, flags=re.M)
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                output.text = re.sub(f"{outlook.MARK}.*", "", output.text)
    notebook.metadata["inpainting"] = {
        "title": settings.title,
        "authors": settings.authors,
        "date": settings.date or config.today(),
        "course": settings.course,
        "logo": settings.logo,
        "declaration": settings.declaration,
        "notice": config.SAMPLE_NOTICE if settings.dataset == config.SAMPLE else "",
    }
    nbformat.write(notebook, target)
    return notebook


class _Progress:
    """A bar of the cells done, and above it the notebook's console output as it comes.

    ``seconds`` says what each cell took, by its id; the first includes the kernel's start.
    It stands in for papermill's ``stdout_file``, hence ``write`` and ``flush``.
    """

    def __init__(self, n_cells: int, log: Log):
        from tqdm import tqdm

        self._log = log
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()
        self._bar = tqdm(
            total=n_cells, desc="Notebook", file=sys.stderr, disable=not sys.stderr.isatty(),
            bar_format="{l_bar}{bar}| Zelle {n_fmt} von {total_fmt}, {elapsed}{postfix}",
        )  # fmt: skip

    def __enter__(self):
        logging.getLogger("papermill").setLevel(logging.ERROR)
        return self

    def __exit__(self, *error):
        self._bar.close()

    def advance(self, cell, **about):
        now = time.perf_counter()
        name = INJECTED_ID if _is_injected(cell) else cell.id
        self.seconds[name], self._last = round(now - self._last, 2), now
        self._bar.update()

    def write(self, text: str):
        with self._bar.external_write_mode(file=sys.stdout):
            for line in text.splitlines():
                told, mark, forecast = line.partition(outlook.MARK)
                if mark and not self._bar.disable:  # then it stands in the bar alone
                    line = told
                    self._bar.set_postfix_str(f"noch etwa {forecast}", refresh=False)
                self._log("  " + line)

    def flush(self):
        sys.stdout.flush()


@contextlib.contextmanager
def _environment(**values: str):
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


# ---------------------------------------------------------------- folders


@contextlib.contextmanager
def _workplace(target: Path):
    """A new folder for this process alone; it is gone afterwards unless it was renamed.

    The lock vanishes with its process, so after a kill the next run clears up.
    """
    lock = filelock.FileLock(target.with_name(f".{target.name}.sperre"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise RunError(
            f"Den Lauf „{target.name}“ rechnet gerade ein anderer Prozess. Bitte sein Ende abwarten "
            "oder mit --name einen anderen Namen geben."
        ) from None
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        part = _new_folder(target)
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is open
            os.unlink(lock.lock_file)
        lock.release()


def _new_folder(target: Path) -> Path:
    """A new hidden folder beside ``target``, which also proves that it can be written."""
    _restore(target)
    for stale in target.parent.glob(f".{target.name}.teil-{'[0-9a-f]' * 8}"):
        shutil.rmtree(stale, ignore_errors=True)
    part = target.with_name(f".{target.name}.teil-{secrets.token_hex(4)}")
    try:
        part.mkdir(parents=True)
        probe = part / "probe"
        probe.touch()
        probe.unlink()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied")
        if target.exists() and not target.is_dir():
            raise FileExistsError(errno.EEXIST, "File exists")
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise _unwritable(target, error) from None
    return part


def _unwritable(target: Path, error: OSError) -> RunError:
    return RunError(
        f"Der Ergebnisordner „{_shown(target)}“ ist nicht beschreibbar ({config.reason(error)}). "
        "Bitte die Schreibrechte prüfen oder mit --results einen anderen Ordner angeben."
    )


def _replace(target: Path, part: Path) -> None:
    old = target.with_name(f".{target.name}.alt")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(part, target)
    shutil.rmtree(old, ignore_errors=True)


def _restore(target: Path) -> None:
    """Undo a replacement that was cut off between its two renames."""
    old = target.with_name(f".{target.name}.alt")
    if old.exists() and not target.exists():
        os.replace(old, target)


def _shown(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _merge_timings(path: Path, timings: Mapping[str, float]) -> None:
    known = json.loads(path.read_text()) if path.exists() else {}
    config.write_json(path, known | timings, digits=4)
