"""A file or a folder is written whole or not at all, by one process at a time."""

import contextlib
import dataclasses
import hashlib
import json
import math
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from inpainting import errors

Log = Callable[[str], None]
"""Called with one German line after another: what a function tells of its progress."""

FIGURE_DIGITS = 10
"""Significant digits of a run's figures: what lies beyond is noise of the order of summation."""


def write_file(target: Path, content: str | bytes | Callable) -> None:
    """Write a file under a temporary name and rename it once it is on the disk, whole.

    Parameters
    ----------
    content : text, bytes, or a function that writes into the binary file that it is given.
    """
    part = target.with_name(f".{target.name}.teil-{secrets.token_hex(4)}")
    try:
        with part.open("wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
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
    """Read a JSON file in UTF-8."""
    return json.loads(path.read_text(encoding="utf-8"))


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
