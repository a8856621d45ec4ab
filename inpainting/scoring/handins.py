"""The hand-ins of a class: every file of a folder, whatever its name or place.

A file is a model, or it was meant as one and has a reason why it is none, or it is something
else (a note, a picture, a notebook), which is listed and passed over.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inpainting import errors
from inpainting.scoring import diagnosis

IGNORED_FILES = (".ds_store", "thumbs.db", "desktop.ini", ".gitignore", ".gitattributes")
IGNORED_FOLDERS = ("__macosx", ".git", ".ipynb_checkpoints", "__pycache__", ".venv", "$recycle.bin")
"""What systems and tools leave in folders; nobody hands it in.  Lower case."""

MODEL_SUFFIXES = (".keras", ".h5", ".hdf5", ".zip", *diagnosis.OTHER_MODELS)
"""Files with such names are meant as models, whatever they contain."""

MEANT = re.compile(
    "ist (im alten Format|eine HDF5|ein neu gepackt|ein gepackter|ein PyTorch|ein TensorFlow|"
    "ein ZIP-Archiv mit Modellen)|enthält|braucht|hat "
)
"""Problems that only files have which were meant as models, whatever their names."""

LONGEST_NAME = 100


class SubmissionError(errors.UserError):
    """A model that cannot be scored, or a call for models that are not there."""


@dataclass(frozen=True)
class HandIn:
    """A file or folder that was found.

    Attributes
    ----------
    name : its path as far as the paths differ, unique, fit to be shown.
    path : where it lies.
    problem : German reason why it is no model; "" if it may be one.
    is_meant : False if it never was meant as a model, as a note is.
    """

    name: str
    path: Path
    problem: str = ""
    is_meant: bool = True


def find_handins(paths: Sequence[Path]) -> list[HandIn]:
    """The files that are named, or lie in folders that are named, in the order of their names.

    Folders are searched in depth, links are followed (once), and what systems leave behind is
    ignored: ``__MACOSX``, ``._*``, ``.DS_Store`` and their like.

    Raises
    ------
    SubmissionError
        If a path does not exist, or nothing that was meant as a model lies in a folder.
    """
    found: dict[Path, tuple[str, bool]] = {}
    for path in map(Path, paths):
        if not os.path.lexists(path):
            raise SubmissionError(_refuse(path, "gibt es nicht"))
        if not path.is_dir() or diagnosis.look_at_folder(path):
            found[_absolute(path)] = (diagnosis.look_at(path), True)
            continue
        inside = {_absolute(file): about for file, about in _search(path)}
        if not any(is_meant for _, is_meant in inside.values()):
            raise SubmissionError(_refuse(path, "enthält keine .keras-Datei"))
        found = inside | found
    common = Path(os.path.commonpath([path.parent for path in found]))
    names: dict[str, int] = {}
    handins = []
    for path in sorted(found):
        name = _shown(path.relative_to(common).as_posix())
        names[name] = count = names.get(name, 0) + 1
        handins.append(HandIn(f"{name} ({count})" if count > 1 else name, path, *found[path]))
    return handins


def _refuse(path: Path, problem: str) -> str:
    return f"„{_shown(str(path))}“ {problem}. Erlaubt sind .keras-Dateien und Ordner, in denen welche liegen."


def _absolute(path: Path) -> Path:
    """Without following links: two names of one file are two hand-ins."""
    return Path(os.path.abspath(path))


def _search(top: Path) -> Iterator[tuple[Path, tuple[str, bool]]]:
    """Every file below a folder, with its problem and whether it was meant as a model."""
    visited: set[str] = set()
    unreadable: list[OSError] = []
    for folder, folders, files in os.walk(top, followlinks=True, onerror=unreadable.append):
        place = Path(folder)
        if os.path.realpath(folder) in visited:  # a link that leads back
            folders.clear()
            continue
        visited.add(os.path.realpath(folder))
        folders[:] = sorted(name for name in folders if name.lower() not in IGNORED_FOLDERS)
        for name in list(folders):
            problem = diagnosis.look_at_folder(place / name)
            if not problem and name.lower().endswith(".keras") and not _holds_files(place / name):
                problem = "ist ein leerer Ordner, keine Datei; bitte das Modell selbst abgeben"
            if problem:
                folders.remove(name)
                yield place / name, (problem, True)
        for name in sorted(files):
            path = place / name
            if name.lower() in IGNORED_FILES or name.startswith("~$") or _is_apple_double(path):
                continue
            problem = diagnosis.look_at(path)
            yield path, (problem, not problem or _is_meant(name, problem))
    for error in unreadable:
        path = Path(os.fsdecode(error.filename))
        yield path, (f"ist ein Ordner, der nicht lesbar ist: {errors.reason(error)}", True)


def _holds_files(folder: Path) -> bool:
    return any(files for _, _, files in os.walk(folder))


def _is_meant(name: str, problem: str) -> bool:
    """Whether a file that is no model was meant as one: by its name, or as a model of others."""
    lowered = name.lower()
    return ".keras" in lowered or lowered.endswith(MODEL_SUFFIXES) or bool(MEANT.match(problem))


def _is_apple_double(path: Path) -> bool:
    """Whether a file is what macOS writes beside a file on foreign disks; a true model is not."""
    return path.name.startswith("._") and bool(diagnosis.look_at(path))


def _shown(name: str) -> str:
    """A path fit for a table: printable, and shortened in the middle, for its end tells most."""
    printable = "".join(c if c.isprintable() else "�" for c in name)
    if len(printable) <= LONGEST_NAME:
        return printable
    half = LONGEST_NAME // 2
    return f"{printable[:half]}…{printable[-half:]}"
