"""Why a file is no model that Keras can load: from its bytes, its blueprint, and Keras' error.

:func:`look_at` needs no Keras and reads a few hundred bytes; :func:`explain` turns what Keras
raised into a German reason.  Reasons complete the sentence "The model …".
"""

import codecs
import contextlib
import importlib.metadata
import json
import mmap
import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from inpainting import errors

HEAD = 1024
"""Bytes at the start of a file that tell its kind."""

LARGEST_BLUEPRINT = 50_000_000
"""Bytes of ``config.json`` from which on it is refused unread; that of a ResNet-152 has 0.5 MB."""

LONGEST_QUOTE = 80
"""Characters of Keras' own words that a reason quotes."""

SAVE_AS_KERAS = "bitte in Keras 3 laden und mit model.save("
"""Way out for models in other formats; a file name follows."""

AS_SAVED = "bitte die Datei abgeben, wie model.save sie schreibt"

END_OF_ARCHIVE = b"PK\x05\x06"

WAY_OUT = f'{SAVE_AS_KERAS}"modell.keras") speichern'

SIGNATURES = (
    (b"\x89PNG", "ein PNG-Bild"),
    (b"\xff\xd8\xff", "ein JPEG-Bild"),
    (b"GIF8", "ein GIF-Bild"),
    (b"%PDF", "eine PDF-Datei"),
    (b"\x00\x05\x16\x07", "eine Begleitdatei von macOS (AppleDouble)"),
    (b"\x1f\x8b", "ein gzip-Archiv; bitte auspacken"),
    (b"7z\xbc\xaf", "ein 7z-Archiv; bitte auspacken"),
    (b"Rar!", "ein RAR-Archiv; bitte auspacken"),
    (b"BZh", "ein bzip2-Archiv; bitte auspacken"),
    (b"\xfd7zXZ", "ein xz-Archiv; bitte auspacken"),
    (b"\x93NUMPY", "ein NumPy-Feld (.npy)"),
    (b"\x7fELF", "ein Programm"),
    (b"MZ", "ein Programm"),
)

OTHER_MODELS = {
    ".tflite": "ein TensorFlow-Lite-Modell",
    ".onnx": "ein ONNX-Modell",
    ".pt": "ein PyTorch-Modell",
    ".pth": "ein PyTorch-Modell",
    ".safetensors": "eine Gewichtsdatei (safetensors) ohne Bauplan",
    ".ckpt": "ein Checkpoint, also Gewichte ohne Bauplan",
    ".index": "Teil eines TensorFlow-Checkpoints, also Gewichte ohne Bauplan",
    ".pb": "ein TensorFlow-Graph",
    ".pkl": "eine Pickle-Datei, die Programmcode enthalten kann",
    ".joblib": "eine Pickle-Datei, die Programmcode enthalten kann",
}

OUT_OF_MEMORY = r"OOM|[Oo]ut of memory|ResourceExhausted|[Uu]nable to allocate|failed to allocate"

RUNS_CODE = {
    "TFSMLayer": "bindet einen TensorFlow-Graphen von der Platte ein (TFSMLayer)",
    "TorchModuleWrapper": "enthält ein PyTorch-Modul (TorchModuleWrapper)",
    "JaxLayer": "enthält ein JAX-Programm (JaxLayer)",
    "FlaxLayer": "enthält ein JAX-Programm (FlaxLayer)",
}
"""Keras' own layers that carry foreign programs."""


# ---------------------------------------------------------------- from the bytes


def look_at(path: Path) -> str:
    """German reason why a file or folder is no ``.keras`` model; "" if it may be one.

    Opens nothing but regular files: a pipe would wait for ever.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return look_at_folder(path)
        if not stat.S_ISREG(mode):
            return "ist keine gewöhnliche Datei, sondern ein Gerät, eine Pipe oder ein Socket"
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        if path.is_symlink() and not path.exists():
            return "ist ein Verweis, dessen Ziel es nicht gibt"
        return f"ist nicht lesbar: {errors.reason(error)}"
    if head.startswith(b"PK"):
        return _look_at_archive(path)
    return _name_content(path, head)


def look_at_folder(path: Path) -> str:
    """German reason why a folder is no model file; "" if it does not look like a model."""
    if any((path / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt")):
        return f"ist ein SavedModel-Ordner von TensorFlow, keine .keras-Datei; {WAY_OUT}"
    if all((path / name).is_file() for name in ("config.json", "metadata.json")):
        return "ist eine entpackte .keras-Datei; bitte die Datei selbst abgeben, wie model.save sie schreibt"
    return ""


def _name_content(path: Path, head: bytes) -> str:
    """What a file that is no ZIP archive contains."""
    size = path.stat().st_size
    if not head:
        return "ist leer (0 Byte), wohl beim Speichern oder Hochladen abgebrochen; bitte neu abgeben"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return _name_hdf5(path)
    if head.startswith(b"version https://git-lfs"):
        return (
            "ist nur ein Zeiger von Git LFS, das Modell selbst fehlt; bitte mit „git lfs pull“ holen und "
            "neu abgeben"
        )
    if not head.strip(b"\0"):
        return f"besteht am Anfang nur aus Nullen ({_size(size)}), wohl nicht ganz geladen; bitte neu abgeben"
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            return f"ist {name}, kein Keras-Modell"
    if head[:1] == b"\x80" and head[1] in (2, 3, 4, 5):
        return f"ist {OTHER_MODELS['.pkl']}, und wird nicht geöffnet; {WAY_OUT}"
    if head[4:8] == b"TFL3":
        return f"ist {OTHER_MODELS['.tflite']}; {WAY_OUT}"
    if head[257:262] == b"ustar":
        return "ist ein tar-Archiv; bitte auspacken"
    if path.suffix.lower() in OTHER_MODELS:
        return f"ist {OTHER_MODELS[path.suffix.lower()]}; {WAY_OUT}"
    if zipfile.is_zipfile(path):
        return f"ist ein Archiv, vor dem fremde Bytes stehen; {AS_SAVED}"
    return _name_text(head) or f"ist keine .keras-Datei: unbekannter Inhalt ({_size(size)})"


def _name_text(head: bytes) -> str:
    """What a text file is; "" for binary content."""
    is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")()
    try:
        text = decoder.decode(head).strip()  # the head may end inside a character
    except UnicodeDecodeError:
        return ""
    lowered = text[:200].lower()
    if lowered.startswith(("<!doctype html", "<html")) or "<html" in lowered:
        return (
            "ist eine HTML-Seite: Gespeichert wurde die Seite zum Herunterladen oder Anmelden, nicht die "
            "Datei; bitte das Modell selbst laden"
        )
    if "class_name" in text and text.startswith("{"):
        return 'ist JSON, also nur der Bauplan ohne Gewichte; bitte mit model.save("modell.keras") speichern'
    if not [c for c in text if not c.isprintable() and not c.isspace()]:
        start = errors.short(" ".join(text.split())[:40])
        return f"ist eine Textdatei (beginnt mit „{start}“), kein Keras-Modell"
    return ""


def _name_hdf5(path: Path) -> str:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            version = file.attrs.get("keras_version", "")
            whole = "model_config" in file.attrs
    except Exception:  # h5py raises many kinds on damaged files
        return "ist eine HDF5-Datei, die beschädigt oder abgeschnitten ist; bitte neu speichern und abgeben"
    version = version.decode("utf-8", "replace") if isinstance(version, bytes) else str(version)
    of = f" von Keras {errors.short(version)}" if version else ""
    if not whole:
        return (
            f"enthält nur Gewichte (HDF5{of}) und keinen Bauplan; bitte das ganze Modell mit "
            'model.save("modell.keras") speichern, nicht mit save_weights'
        )
    renamed = ", nur die Endung heißt .keras" if path.suffix.lower() == ".keras" else ""
    return f"ist im alten Format HDF5{of} gespeichert{renamed}; {WAY_OUT}"


def _look_at_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            return _look_into(archive)
    except (zipfile.BadZipFile, EOFError):
        if n_bytes := _count_appended(path):
            return f"hat hinter dem Ende des Archivs noch {_size(n_bytes)}, die nicht dazugehören; {AS_SAVED}"
        return (
            f"ist abgeschnitten: Das Inhaltsverzeichnis am Ende des Archivs fehlt ({_size(path.stat().st_size)} "
            "sind da); bitte neu abgeben"
        )
    except (OSError, ValueError, NotImplementedError, RuntimeError, OverflowError):
        return "ist ein beschädigtes ZIP-Archiv; bitte neu abgeben"


def _count_appended(path: Path) -> int:
    """Bytes behind a ZIP archive that is whole; 0 if it is not."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            place = content.rfind(END_OF_ARCHIVE)
            if place < 0 or len(content) < place + 22:
                return 0
            size, start = struct.unpack("<II", content[place + 12 : place + 20])
            end = place + 22 + struct.unpack("<H", content[place + 20 : place + 22])[0]
            return len(content) - end if start + size == place else 0
    return 0


def _look_into(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    base = {Path(name).name for name in names}
    if "config.json" not in names:
        return _name_archive(names, base)
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        return "ist mit einem Passwort verschlüsselt; bitte ohne abgeben"
    if not any(name.startswith("model.weights.") for name in names):
        return (
            'enthält keine Gewichte (model.weights.h5 fehlt); bitte mit model.save("modell.keras") speichern'
        )
    if archive.getinfo("config.json").file_size > LARGEST_BLUEPRINT:
        return "hat einen Bauplan (config.json) von mehr als 50 MB und wird nicht geöffnet"
    try:
        blueprint = _read_blueprint(archive)
    except TypeError:
        return "hat keinen Bauplan: config.json ist JSON, aber kein Objekt mit Schichten; bitte neu speichern"
    except (ValueError, RecursionError, zipfile.BadZipFile, zipfile.error):
        return "hat einen beschädigten Bauplan (config.json ist kein gültiges JSON); bitte neu abgeben"
    return _find_own_code(blueprint)


def _name_archive(names: list[str], base: set[str]) -> str:
    inside = [name for name in names if name.lower().endswith((".keras", ".h5"))]
    inside = [n for n in inside if "__MACOSX" not in n and Path(n).name != "model.weights.h5"]
    if inside:
        some = ", ".join(errors.short(name) for name in inside[:3])
        return f"ist ein ZIP-Archiv mit Modellen darin ({some}); bitte auspacken"
    if "config.json" in base and "metadata.json" in base:
        return (
            "ist ein neu gepacktes Modell: Bauplan und Gewichte liegen in einem Unterordner des Archivs; "
            "bitte die Datei abgeben, wie model.save sie schreibt"
        )
    if {"saved_model.pb", "saved_model.pbtxt"} & base:
        return f"ist ein gepackter SavedModel-Ordner von TensorFlow; {WAY_OUT}"
    if "data.pkl" in base:
        return f"ist ein PyTorch-Modell; {WAY_OUT}"
    if names and all(name.endswith(".npy") for name in names):
        return "ist eine NumPy-Datei (.npz), also Gewichte ohne Bauplan; bitte das ganze Modell speichern"
    if any(name.startswith(("word/", "ppt/", "xl/")) for name in names):
        return "ist eine Office-Datei, kein Keras-Modell"
    return "ist ein ZIP-Archiv ohne Bauplan (config.json fehlt), kein Keras-Modell"


def _size(n_bytes: int) -> str:
    for unit in ("Byte", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes} {unit}"
        n_bytes //= 1000
    return f"{n_bytes} GB"


# ---------------------------------------------------------------- from the blueprint


def _read_blueprint(archive: zipfile.ZipFile) -> dict:
    blueprint = json.loads(archive.read("config.json"))
    if not isinstance(blueprint, dict):
        raise TypeError("the blueprint is no object")
    return blueprint


def _find_own_code(blueprint: dict) -> str:
    """German reason if a model needs classes or functions that Keras does not bring."""
    own, lambdas = [], []
    for entry in _walk(blueprint):
        kind, module = entry.get("class_name"), entry.get("module")
        about = entry.get("config")
        label = about.get("name") if isinstance(about, dict) else about
        if kind in ("Lambda", "__lambda__"):
            lambdas += [label] if kind == "Lambda" else []
        elif kind in RUNS_CODE:
            return f"{RUNS_CODE[kind]}; erlaubt sind nur Schichten, die Keras selbst rechnet"
        elif "registered_name" in entry and kind and not _is_keras(module, entry["registered_name"]):
            own.append(str(label if kind == "function" else kind))
    if lambdas:
        return (
            f"enthält eigenen Programmcode in {_count(lambdas, 'der Lambda-Schicht', 'den Lambda-Schichten')}; "
            "solcher Code wird nicht ausgeführt. Bitte Schichten und Rechnungen von Keras benutzen "
            "(keras.layers, keras.ops)"
        )
    if own:
        return (
            f"braucht {_count(own, 'die eigene Klasse oder Funktion', 'eigene Klassen oder Funktionen')}, die "
            "nicht in der Datei steht; erlaubt sind Schichten und Rechnungen von Keras (keras.layers, keras.ops)"
        )
    return ""


def _walk(value) -> Iterator[dict]:
    """Every object of a blueprint but what only training needs."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield value
            stack += [entry for key, entry in value.items() if key != "compile_config"]
        elif isinstance(value, list):
            stack += value


def _is_keras(module, registered_name) -> bool:
    """Whether Keras finds a class or function among its own, and not among helpers with effects."""
    if module is None:
        return not registered_name
    module = str(module)
    if re.match(r"keras\.(src\.)?(utils|saving|datasets|callbacks)\b", module):
        return False
    return module == "keras" or module.startswith("keras.")


def _count(names: list, one: str, many: str) -> str:
    shown = list(dict.fromkeys(f"„{errors.short(str(name))}“" for name in names))
    more = " und weiteren" if len(shown) > 3 else ""
    return f"{one if len(shown) == 1 else many} {', '.join(shown[:3])}{more}"


# ---------------------------------------------------------------- from Keras' error


def explain(path: Path, error: BaseException) -> str:
    """German reason why Keras failed to load a file that looked like a model."""
    text = str(error)
    if isinstance(error, MemoryError) or re.search(OUT_OF_MEMORY, text):
        return "braucht mehr Arbeitsspeicher, als da ist"
    if isinstance(error, RecursionError):
        return "hat einen zu tief geschachtelten Bauplan"
    problem, version = _reread(path)
    if problem:
        return problem
    here = importlib.metadata.version("keras")
    if version.startswith(("1.", "2.")):
        return (
            f"ist mit Keras {version} gespeichert, und Keras 3 kann diesen Bauplan nicht lesen; bitte das Modell "
            f'mit Keras 3 neu bauen, die Gewichte übernehmen und mit model.save("modell.keras") speichern'
        )
    if _numbers(version) > _numbers(here):
        return (
            f"ist mit Keras {version} gespeichert, hier läuft {here}, und dieses kennt seinen Bauplan nicht; "
            f"bitte Keras aktualisieren oder das Modell mit Keras {here} speichern"
        )
    if match := re.search(
        r"ould not (?:locate (?:class|function)|deserialize) '(?:[\w.]*\.)?([^']{1,80})'", text
    ):
        return (
            f"braucht „{errors.short(match[1])}“, das Keras {here} nicht kennt; erlaubt sind Schichten und "
            "Rechnungen von Keras"
        )
    if re.search(r"safe_mode|arbitrary code|[Ll]ambda", text):
        return "enthält eigenen Programmcode; solcher Code wird nicht ausgeführt"
    if re.search(r"could not be loaded|expected \d+ variables|[Ss]hapes? .*match|mismatch", text):
        place = re.search(r"<\w+ name=([^,>]{1,60})", text)
        of = f", zuerst in der Schicht „{errors.short(place[1])}“" if place else ""
        return f"hat Gewichte, die nicht zum Bauplan passen{of}; bitte das Modell neu speichern"
    if isinstance(error, OSError) or "file signature" in text:
        return "hat beschädigte Gewichte (model.weights.h5 ist nicht lesbar); bitte neu abgeben"
    if inner := re.findall(r"Exception encountered: (.+)", text):
        return f"hat einen Bauplan, den Keras {here} nicht versteht (es meldet: „{_first(inner[-1])}“)"
    if re.search(r"KerasSaveable|to be a dict|registered_name|NoneType|not find layer", text):
        return (
            "hat einen veränderten oder unvollständigen Bauplan (config.json); bitte das Modell neu speichern"
        )
    return f"lässt sich nicht laden (Keras meldet: {type(error).__name__}, „{_first(text)}“)"


def explain_computation(error: BaseException) -> str:
    """German reason why a loaded model failed to compute."""
    text = str(error)
    if isinstance(error, MemoryError) or re.search(OUT_OF_MEMORY, text):
        return "braucht beim Rechnen mehr Arbeitsspeicher, als da ist"
    if "NHWC" in text or "NCHW" in text or "channels_first" in text:
        return (
            "rechnet mit den Kanälen vorn (channels_first), was auf Prozessoren nicht geht; bitte mit "
            "channels_last bauen"
        )
    if re.search(r"[Ss]parse|[Rr]agged", text):
        return "rechnet mit dünn besetzten oder verschieden langen Feldern; erlaubt sind gewöhnliche"
    return f"rechnet nicht (Keras meldet: {type(error).__name__}, „{_first(text)}“)"


def _reread(path: Path) -> tuple[str, str]:
    """Reason from a file's checksums and first bytes, and the version of Keras that wrote it."""
    if problem := look_at(path):
        return problem, ""
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                return f"ist beschädigt: Die Prüfsumme von {errors.short(damaged)} stimmt nicht", ""
            about = json.loads(archive.read("metadata.json"))
            return "", errors.short(str(about["keras_version"]))
    except (zipfile.BadZipFile, zipfile.error, EOFError):
        return "ist beschädigt: Das Archiv lässt sich nicht entpacken; bitte neu abgeben", ""
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError):
        return "", ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def _first(text: str) -> str:
    """The first sentence of an English message, on one line."""
    line = re.split(r"(?<=[.!])\s", " ".join(text.split()))[0]
    printable = "".join(c if c.isprintable() else "�" for c in line)
    return printable if len(printable) <= LONGEST_QUOTE else f"{printable[:LONGEST_QUOTE]}…"
