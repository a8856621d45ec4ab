"""The folder of a run: made beside its place, exchanged as a whole; what was computed is never lost."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock

from inpainting import errors
from inpainting.files import Log, read_json

NOTEBOOK = "bericht.ipynb"
FAILED = ".fehler"
"""Ending of the folder with what a run had computed when it was cut off."""


class RunError(errors.UserError):
    """The notebook stopped with an error, or a folder cannot be written."""


@contextlib.contextmanager
def workplace(target: Path, log: Log = print) -> Iterator[Path]:
    """A new folder beside ``target``, for this process alone.

    The caller fills the folder and puts it in its place with :func:`replace`.  If the caller fails before,
    the folder becomes ``<name>.fehler`` where its notebook has run at least one cell, and is removed
    otherwise.  The lock ends with its process, so after a kill the next run finds the folder and treats
    it alike.

    Parameters
    ----------
    target : the run's folder.
    log : told, in German, where computed things were kept.

    Raises
    ------
    RunError
        If another process has the run, or ``target`` cannot be written.
    """
    with locked(target):
        recover(target, log)
        part = new_folder(target)
        try:
            yield part
        except RunError:  # its message names the place
            keep(target, part, lambda line: None)
            raise
        finally:
            keep(target, part, log)


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Have a run for this process alone.

    Raises
    ------
    RunError
        If another process has it, or the folder beside it cannot be written.
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
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows keeps a file that is open
            os.unlink(lock.lock_file)
        lock.release()


def resolve(target: Path) -> Path:
    """The real place of a run's folder, where links lead to it.

    Raises
    ------
    RunError
        If the links lead in a circle.
    """
    try:
        resolved = target.resolve()
        resolved.exists()
        if resolved.is_symlink():  # from Python 3.13 on, a circle resolves to a link
            raise OSError(errno.ELOOP, "")
    except (OSError, RuntimeError):
        raise _unwritable(target, OSError(errno.ELOOP, "")) from None
    return resolved


def new_folder(target: Path) -> Path:
    """A new hidden folder beside ``target``, which also proves that it can be written.

    Raises
    ------
    RunError
        If it cannot, or if the disk has no space for a run.
    """
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
        _try_moving(target)
        if shutil.disk_usage(part).free < errors.SPACE_NEEDED * 1_000_000:
            raise OSError(errno.ENOSPC, "No space left on device", str(target.parent))
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise _unwritable(target, error) from None
    return part


def _try_moving(target: Path) -> None:
    """Move an earlier run away and back: a mounted folder stays, as does one with a file open on Windows."""
    if target.exists():
        old = _backup(target)
        shutil.rmtree(old, ignore_errors=True)
        os.replace(target, old)  # cut off here, recover() moves it back
        os.replace(old, target)


def _backup(target: Path) -> Path:
    return target.with_name(f".{target.name}.alt")


def recover(target: Path, log: Log) -> None:
    """Undo a replacement that was cut off, and keep what killed runs have computed."""
    old = _backup(target)
    if old.exists() and not target.exists():
        os.replace(old, target)
    for stale in sorted(target.parent.glob(f".{target.name}.teil-{'[0-9a-f]' * 8}")):
        keep(target, stale, log)


def clear_parts(folder: Path) -> None:
    """Remove what a killed process left half-written in a run's folder."""
    for part in folder.glob(f".*.teil-{'[0-9a-f]' * 8}"):
        if part.is_file():
            part.unlink(missing_ok=True)


def keep(target: Path, part: Path, log: Log) -> None:
    """Rename a folder that did not become a run to ``<name>.fehler`` if its notebook ran; else remove it."""
    if not part.exists():
        return
    if count_executed(part / NOTEBOOK):
        aside = target.with_name(f"{target.name}{FAILED}")
        replace(aside, part)
        log(
            f"Was gerechnet war, liegt in {shown(aside)}, samt dem ausgeführten Notebook. Dokumente "
            f"daraus macht: inpainting render {shown(aside)}"
        )
    else:
        shutil.rmtree(part, ignore_errors=True)


def count_executed(notebook: Path) -> int:
    """How many code cells of a notebook have run; 0 if it is none."""
    try:
        cells = read_json(notebook)["cells"]
        return sum(bool(cell.get("execution_count")) for cell in cells)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return 0


def replace(target: Path, part: Path) -> None:
    """Put a folder in the place of another; cut off in between, :func:`recover` puts that back."""
    old = _backup(target)
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(part, target)
    shutil.rmtree(old, ignore_errors=True)


def shown(path: Path) -> str:
    """A path as a message shows it: from here, if it lies below."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):  # elsewhere, or here is nowhere
        return str(path)


def _unwritable(target: Path, error: OSError) -> RunError:
    if error.errno == errno.ENOSPC:
        return RunError(errors.explain(error))
    return RunError(
        f"Der Ergebnisordner „{shown(target)}“ ist nicht beschreibbar ({errors.reason(error)}). "
        "Bitte die Schreibrechte prüfen oder mit --results einen anderen Ordner angeben."
    )
