"""A file or a folder is written whole or not at all, by one process at a time."""

import contextlib
import dataclasses
import errno
import hashlib
import json
import math
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from inpainting import errors

Log = Callable[[str], None]
"""Called with one German line after another: what a function tells of its progress."""

FIGURE_DIGITS = 10
"""Significant digits of a run's figures: what lies beyond is noise of the order of summation."""


class TargetError(errors.UserError, OSError):
    """A place where no file is written; an error of the system too, for those who can do without it."""


def write_file(target: Path, content: str | bytes | Callable) -> None:
    """Write a file under a temporary name and rename it once it is on the disk, whole.

    A link stays, and what it leads to is written; a file that was there gives its rights to the new one.

    Parameters
    ----------
    content : text, bytes, or a function that writes into the binary file that it is given.

    Raises
    ------
    TargetError
        If there is something that is no file, or one that may not be changed.
    """
    real, mode = find_place(target)
    with _part(real) as part:
        with part.open("xb") as file:
            if mode is not None:
                os.chmod(part, mode)
            if callable(content):
                content(file)
            else:
                file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, real)


def try_file(target: Path) -> Path:
    """Try whether :func:`write_file` could write a file, and leave nothing; returns where it would lie.

    Raises
    ------
    TargetError
        The message is German and says why not.
    """
    real, _ = find_place(target)
    try:
        with _part(real) as part, part.open("xb") as file:
            file.write(b"\0")
    except OSError as error:
        raise _refuse(target, errors.reason(error)) from None
    return real


def find_place(target: Path) -> tuple[Path, int | None]:
    """Where a file is written, behind a link if there is one, and the rights of what is there.

    Raises
    ------
    TargetError
        If that is a folder, a device, a pipe, write-protected, or a link that leads nowhere.
    """
    try:
        real = target
        if target.is_symlink():
            if not target.exists():
                raise _refuse(target, "die Verknüpfung führt ins Leere oder im Kreis")
            real = target.resolve()
        if not real.parent.is_dir():
            raise _refuse(target, f"den Ordner „{real.parent}“ gibt es nicht")
        mode = real.stat().st_mode
    except FileNotFoundError:
        return real, None
    except OSError as error:
        raise error if isinstance(error, TargetError) else _refuse(target, errors.reason(error)) from None
    if stat.S_ISDIR(mode):
        raise _refuse(target, "das ist ein Ordner")
    if not stat.S_ISREG(mode):
        raise _refuse(target, "das ist keine gewöhnliche Datei, sondern ein Gerät, eine Pipe oder ein Socket")
    if not mode & 0o222 or not os.access(real, os.W_OK):
        raise _refuse(target, "die Datei ist schreibgeschützt")
    return real, stat.S_IMODE(mode)


def _refuse(target: Path, reason: str) -> TargetError:
    return TargetError(
        f"Die Ausgabe „{target}“ lässt sich nicht schreiben: {reason}. Erlaubt ist ein Dateiname in einem "
        "Ordner, den es gibt und der beschreibbar ist; bitte einen anderen wählen oder die Rechte ändern."
    )


@contextlib.contextmanager
def _part(real: Path) -> Iterator[Path]:
    """A temporary name beside a file, hardly longer than a long one's; what is left of it is removed."""
    part = real.with_name(f".{real.name[:40]}.teil-{secrets.token_hex(4)}")
    try:
        yield part
    finally:
        with contextlib.suppress(OSError):  # the error that led here says more
            part.unlink(missing_ok=True)


def write_json(path: Path, value, digits: int | None = None) -> None:
    """Write a value as readable JSON; the same value, the same bytes.

    Dataclasses become objects, NaN becomes null.

    Parameters
    ----------
    digits : significant digits that floats are rounded to; None keeps them all.
    """
    write_file(path, to_json(value, digits))


def to_json(value, digits: int | None = None) -> str:
    """The text that :func:`write_json` writes."""
    text = json.dumps(plain(value, digits), indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False)
    return text + "\n"


def read_json(path: Path):
    """Read a JSON file in UTF-8.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or is no JSON; brackets in brackets without end are none, and a pipe would
        wait for ever.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "das ist keine gewöhnliche Datei", str(path))
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_sha256(record: Mapping) -> str:
    """SHA-256 over a record's content, apart from its own field of this name."""
    content = {name: value for name, value in record.items() if name != "record_sha256"}
    return hashlib.sha256(json.dumps(plain(content), sort_keys=True).encode()).hexdigest()


def plain(value, digits: int | None = None):
    """Nested containers, as a JSON file gives them back; see :func:`write_json`."""
    if dataclasses.is_dataclass(value):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry, digits) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry, digits) for entry in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return round_figure(value, digits) if digits else value
    return value


def round_figure(value: float, digits: int = FIGURE_DIGITS) -> float:
    """Round to significant digits; NaN stays NaN."""
    return float(f"{value:.{digits}g}")


def key(fields: Mapping) -> str:
    """Twelve hex digits that change with the fields and with nothing else.

    Fields that are None count as not there: one more of them changes no key.
    """
    present = {name: value for name, value in fields.items() if value is not None}
    return hashlib.sha256(json.dumps(present, sort_keys=True).encode()).hexdigest()[:12]


@contextlib.contextmanager
def workplace(entry: Path, log: Log = print) -> Iterator[Path]:
    """A folder beside an entry of a store, for one process at a time; others wait, and say so.

    The folder outlives a failure, so that the next call can go on from it; after success it is removed.

    Raises
    ------
    errors.UserError
        If the store is not writable.
    """
    from filelock import FileLock, Timeout

    work = entry.parent / ".work" / entry.name
    lock = FileLock(work.with_suffix(".lock"))
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=1)
        except Timeout:
            log(f"Ein anderer Prozess rechnet gerade {entry.name}; dieser wartet, bis er fertig ist.")
            lock.acquire()
        work.mkdir(exist_ok=True)
    except OSError as error:
        raise errors.UserError(
            f"Der Modellordner „{entry.parent}“ ist nicht beschreibbar ({errors.reason(error)}). Bitte "
            "die Schreibrechte prüfen oder das Projekt in einen anderen Ordner kopieren."
        ) from error
    try:
        yield work
        shutil.rmtree(work)
    finally:
        lock.release()


def put_entry(entry: Path, work: Path, fill: Callable[[Path], None]) -> None:
    """Put a folder into a store, whole or not at all, in place of one of the same name.

    Parameters
    ----------
    work : the entry's :func:`workplace`.
    fill : writes the files into the folder that it is given.
    """
    new = work / "entry"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    fill(new)
    if entry.exists():
        os.replace(entry, work / f"old-{time.time_ns()}")
    os.replace(new, entry)


def set_aside(entry: Path, reason: object, log: Log) -> None:
    """Rename a damaged folder of a store, and say so."""
    aside = entry.with_name(f"{entry.name}.defekt-{int(time.time())}")
    os.replace(entry, aside)
    log(f"{entry.name} ist beschädigt ({reason}) und liegt nun in {aside.name}.")
