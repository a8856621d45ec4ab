"""The notebook, executed by papermill in a process of its own, and saved after every cell."""

import ast
import contextlib
import errno
import logging
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import papermill_io

from inpainting import __version__, config, errors, files, machine
from inpainting.files import Log
from inpainting.runs import notebooks
from inpainting.runs.folders import NOTEBOOK, RunError, shown

INJECTED_ID = "eingesetzte-parameter"
"""Id of the cell with a run's parameters; papermill gives it a random one."""

SCHEME = "inpainting-datei:"
"""Paths that begin with it go through :class:`_WholeFiles`."""


class NotebookFailed(RunError):
    """A cell raised an error."""


class _WholeFiles:
    """How papermill reads and writes notebooks here: a save that is cut off keeps the one before."""

    def read(self, path: str) -> str:
        return Path(path.removeprefix(SCHEME)).read_text(encoding="utf-8")

    def write(self, content: str, path: str) -> None:
        files.write_file(Path(path.removeprefix(SCHEME)), content.encode(errors="replace"))

    def pretty_path(self, path: str) -> str:
        return path


papermill_io.register(SCHEME, _WholeFiles())

ENGINE = "inpainting"
"""Name of :class:`_Engine` for papermill."""


class _Saving(NotebookExecutionManager):
    """Saves after every code cell; papermill does before it as well, and for text, when nothing is new."""

    def cell_start(self, cell, cell_index=None, **about):
        pass

    def cell_complete(self, cell, cell_index=None, **about):
        if cell.cell_type == "code":
            self.save()


class _Engine(NBClientEngine):
    """Papermill's own engine, with :class:`_Saving`."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, output_path=None, progress_bar=False, **options):
        manager = _Saving(nb, output_path, progress_bar=progress_bar)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **options)
        finally:
            manager.notebook_complete()
        return manager.nb


papermill_engines.register(ENGINE, _Engine)


def execute(settings: config.Config, given: Mapping[str, object], folder: Path, log: Log):
    """Execute the report's notebook into a folder.

    Parameters
    ----------
    given : the stated parameters; the cell that papermill adds shows these only.
    folder : holds the notebook from the start; it is saved after every code cell.

    Returns
    -------
    The executed notebook, and the seconds that each code cell took, by its id.

    Raises
    ------
    NotebookFailed
        If a cell raised an error or the notebook's process died; the message is German.
    """
    notebook = read_source()
    n_cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    stated = {name: settings.values[name] for name in given if given[name] is not None}
    if path := settings.path_to_data():  # the notebook runs in another folder
        stated["data_path"] = str(path.expanduser().absolute())
    log(f"Notebook wird ausgeführt ({n_cells} Codezellen, Voreinstellung {settings.preset})")
    target = folder / NOTEBOOK
    notebook.metadata["inpainting"] = _title(settings)  # from the start: whatever is saved has its title
    nbformat.write(notebook, target)
    place = SCHEME + str(target).replace("{", "{{").replace("}", "}}")  # papermill formats paths
    surroundings = folder / ".umgebung"
    surroundings.mkdir()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, surroundings, ignore_errors=True)
        own = machine.kernel_environment(surroundings) | {"INPAINTING_OUTPUT": str(folder)}
        stack.enter_context(machine.environment(**own))
        progress = stack.enter_context(_Progress(n_cells, log))
        try:
            papermill.execute_notebook(
                place,
                place,
                parameters=stated,
                engine_name=ENGINE,
                kernel_name="python3",
                cwd=config.NOTEBOOK.parent,
                progress_bar=False,
                stdout_file=progress,
                coalesce_streams=True,
                extra_arguments=["--Application.log_level=50"],  # English warnings between our lines
                on_cell_executed=progress.advance,
            )
        except PapermillExecutionError as error:
            raise NotebookFailed(_describe(error)) from None
        except DeadKernelError:
            raise NotebookFailed(
                "Der Python-Prozess des Notebooks wurde beendet, meist aus Mangel an Arbeitsspeicher."
            ) from None
        finally:
            executed = tidy(target)
    return executed, progress.seconds


def read_source() -> nbformat.NotebookNode:
    """The report's notebook.

    Raises
    ------
    RunError
        If it is missing or damaged.
    """
    return read_notebook(config.NOTEBOOK, "Erlaubt ist das Notebook des Projekts: git restore notebooks")


def read_notebook(path: Path, allowed: str) -> nbformat.NotebookNode:
    """Read a notebook that has cells.

    Raises
    ------
    RunError
        If it is no such file; ``allowed`` ends the message.
    """
    try:
        notebook = notebooks.read(path)
        nbformat.validate(notebook)
        reason = "" if notebook.cells else "es hat keine Zellen"
    except OSError as error:
        reason = errors.reason(error)
    except Exception:  # nbformat raises many kinds on foreign content, AttributeError among them
        reason = "kein gültiges Notebook"
    if reason:
        raise RunError(f"„{shown(path)}“ ist nicht lesbar: {reason}. {allowed}")
    return notebook


def tidy(target: Path) -> nbformat.NotebookNode:
    """Remove host paths and times from an executed notebook, in its file too; return it."""
    notebook = notebooks.read(target)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if _is_injected(cell):
            cell.id = INJECTED_ID
            cell.source = re.sub("^data_path = .*$", 'data_path = ""', cell.source, flags=re.M)
    _WholeFiles().write(nbformat.writes(notebook), str(target))
    return notebook


def restore_title(notebook: nbformat.NotebookNode, log: Log) -> None:
    """Give a notebook that was executed by hand the title that its parameters name."""
    if notebook.metadata.get("inpainting"):
        return
    stated = {}
    for cell in notebook.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", ())):
            stated |= _assigned(cell.source)
    settings = config.load_config({name: stated[name] for name in config.PARAMETERS if name in stated})
    notebook.metadata["inpainting"] = _title(settings)
    log("Die Angaben zum Titel fehlten im Notebook; sie stammen nun aus seinen Parametern.")


def _assigned(source: str) -> dict[str, object]:
    """The names that a cell sets to a literal."""
    found = {}
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    found[target.id] = ast.literal_eval(node.value)
    return found


def count_open(notebook: nbformat.NotebookNode) -> int:
    """How many code cells with content have not run."""
    return sum(
        cell.cell_type == "code" and bool(cell.source.strip()) and not cell.execution_count
        for cell in notebook.cells
    )


def is_whole(notebook: nbformat.NotebookNode) -> bool:
    """Whether every code cell has run, without an error."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return not count_open(notebook) and not any(output.output_type == "error" for output in outputs)


def _title(settings: config.Config) -> dict[str, str | list]:
    """What the documents say of the run itself, see :mod:`inpainting.typeset`."""
    state = machine.git_state()
    commit = f", Stand {state['commit'][:7]}" + ("" if state["clean"] else " mit Änderungen") if state else ""
    changed = settings.changed()
    return {
        "title": settings.title,
        "subtitle": config.SUBTITLE if "title" not in changed else "",
        "version": f"Version {__version__}{commit}",
        "authors": settings.authors,
        "date": settings.date or config.today(),
        "course": settings.course,
        "logo": settings.logo,
        "url": settings.url,
        "declaration": settings.declaration,
        "notice": config.SAMPLE_NOTICE if settings.dataset == config.SAMPLE else "",
        "parameters": [
            [name, _shown(name, value), config.PARAMETERS[name].help, "ja" if name in changed else ""]
            for name, value in settings.values.items()
        ],
    }


def _shown(name: str, value) -> str:
    """A parameter's value as the appendix prints it; paths of this machine are not shown."""
    if name == "data_path":
        return "–"
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value) or "–"


def _describe(error: PapermillExecutionError) -> str:
    if "".join(error.traceback).startswith(errors.USER_ERROR_MARK):
        return str(error.evalue)
    where = f"Zelle [{error.exec_count}] des Notebooks brach ab: "
    if error.ename == "MemoryError":
        return where + errors.NO_MEMORY
    if number := re.match(r"\[Errno (\d+)\]", str(error.evalue)):
        system_error = OSError(int(number[1]), "")
        if system_error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM):
            return where + errors.explain(system_error)
    return f"{where}{error.ename}: {error.evalue}"


def _is_injected(cell) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", ())


class _Progress:
    """A bar of the cells done, and above it the notebook's console output as it comes.

    ``seconds`` holds the time of each cell, by its id; the first includes the kernel's start.  The object
    stands in for papermill's ``stdout_file``, hence ``write`` and ``flush``.
    """

    def __init__(self, n_cells: int, log: Log):
        from tqdm import tqdm

        self._log = log
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()
        self._bar = tqdm(
            total=n_cells,
            desc="Notebook",
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
            bar_format="{l_bar}{bar}| Zelle {n_fmt} von {total_fmt}, {elapsed}{postfix}",
        )

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
                self._log("  " + line)

    def flush(self):
        """Every line was flushed when it was logged."""
