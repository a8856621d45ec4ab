"""The live section: the run's networks, and all that a reader's browser needs to run them.

:mod:`inpainting.live.packing` makes programs of them, which the scripts in
``assets/templates/live/engine`` execute in a worker; the scripts beside it are what the reader
sees.  Packing them again, with TensorFlow, takes seconds: the store keeps what was packed.
"""

import base64
import contextlib
import functools
import json
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from inpainting import config, errors, files, machine
from inpainting.training.entries import find_model, locate

TEMPLATE = config.ASSETS / "templates" / "live"
LIVE = config.ASSETS / "live"

WORKER = (
    "random.js",
    "engine/network.js",
    "engine/matrices.js",
    "engine/operations.js",
    "engine/classical.js",
    "engine/worker.js",
)
"""The worker's scripts, in their order."""

PAGE = ("random.js",) + tuple(
    f"page/{name}.js"
    for name in (
        "basics",
        "masks",
        "drawing",
        "pictures",
        "answers",
        "studio",
        "filler",
        "fill_view",
        "samples_view",
        "steps_view",
        "sizes_view",
        "game",
        "teaser",
        "start",
    )
)
"""The page's scripts, in their order."""

PACKED = ".live"
"""Folder in the store with packed networks."""

PACKED_BY = ("live", "networks", "masks.py", "classical", "data", "noise.py")
"""The parts of the package that decide what packing makes."""

FIRST = "live-gewichte-kompakt-context"
"""The weights that fill the first picture."""

VIEWS = {"bremsen": "groesse", "ziehungen": "vorschlaege", "auftakt": "fuellen", "kurzbilder": "fuellen"}
"""Figures of a page, by name, and the view of the section in which a reader sees the like."""

PHOTO = {
    "label": "Foto mit Kratzern",
    "credit": "Foto: Eileen Collins, NASA, gemeinfrei; Ausschnitt. Die Kratzer zeichnet diese Seite.",
}
"""The photograph that comes with the page."""


# ---------------------------------------------------------------- the section


def prepare_section(about: dict) -> dict:
    """Everything that the section's script needs, ready for JSON.

    Parameters
    ----------
    about : what :func:`inpainting.display.show_live` wrote.

    Raises
    ------
    errors.UserError
        If a network's file is missing or another one, or cannot be translated.
    """
    return json.loads(_prepare(json.dumps(about, sort_keys=True)))


@functools.lru_cache(maxsize=1)  # the slides follow the page
def _prepare(about: str) -> str:
    content = json.loads(about)
    paths = {name: find_network(**origin) for name, origin in content["networks"].items()}
    packed = _pack(content, paths)
    photo = PHOTO | {"data": base64.b64encode((LIVE / "foto.jpg").read_bytes()).decode()}
    kernel = base64.b64encode((LIVE / "kernel.wasm").read_bytes()).decode()
    parts = {name: list(found) for name, found in packed["programs"].items()}
    added = {"networks": parts, "programs": packed["programs"], "photo": photo, "kernel": kernel}
    return json.dumps(content | added | {"start": packed["start"]})


def _pack(content: dict, paths: dict[str, Path]) -> dict:
    """What :func:`inpainting.live.packing.pack` makes, from the store or made now and put there."""
    pictures, gains = content["pictures"], content.get("gains", {}).get("kompakt")
    about = {
        "pictures": pictures,
        "networks": content["networks"],
        "gains": gains,
        "program": machine.sources_sha256(*PACKED_BY),
        "processor": machine.processor(),
        "versions": machine.versions(),
    }
    path = config.MODELS / PACKED / f"{files.key(about)}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        packed = files.read_json(path)
        if packed["record_sha256"] == files.record_sha256(packed):
            return packed
    from inpainting.live import packing  # imports TensorFlow

    packed = packing.pack(pictures, paths, gains)
    packed["record_sha256"] = files.record_sha256(packed)
    with contextlib.suppress(OSError):  # it is packed again next time
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_file(path, json.dumps(packed))  # in this order, which is the page's
    return packed


def find_network(entry: str, sha256: str, store: Path | None = None) -> Path:
    """The model file of a run in the store.

    Parameters
    ----------
    entry : name of its folder.
    sha256 : of the file.
    store : parent of the entries; by default the project's.

    Raises
    ------
    errors.UserError
        If there is no such file, or its content is another one.
    """
    name = Path(entry).name
    if path := find_model(name, sha256, store):
        return path
    found = "enthält ein anderes Netz" if locate(name, store).is_dir() else "fehlt im Modellspeicher"
    raise errors.UserError(
        f"Abschnitt „Selbst ausprobieren“: Der Ordner „{entry}“ {found}; der Lauf rechnete mit "
        f"der Datei, deren SHA-256 mit {sha256[:12]} beginnt. Abhilfe: den Ordner zurückkopieren "
        "oder den Lauf mit „inpainting report“ neu rechnen."
    )


def scripts() -> tuple[str, str]:
    """The section's JavaScript: what starts the worker, and what does the rest, in a scope of its own."""
    return _read("start_worker.js"), '"use strict";\n{\n' + "\n".join(map(_read, PAGE)) + "\n}\n"


def stylesheet() -> str:
    """The section's CSS; colours and fonts are the page's."""
    return _read("live.css")


@dataclass(frozen=True)
class Embedded:
    """What stands in the page beside the script.

    Attributes
    ----------
    content : JSON that can stand inside a ``script`` element.
    worker : the worker's script.
    first, rest : (id, base64) of the weights: of what the first fill needs, and of the others.
    views : see :data:`VIEWS`.
    """

    content: Markup
    worker: Markup
    first: list[tuple[str, str]]
    rest: list[tuple[str, str]]
    views: dict[str, str]


def embed(about: dict | None) -> Embedded | None:
    """The section's data, to be written into the page by ``live.html.j2``; None without a section.

    Parameters
    ----------
    about : see :func:`prepare_section`.
    """
    if about is None:
        return None
    content = prepare_section(about)
    weights = [
        (f"live-gewichte-{name}-{part}", about.pop("weights"))
        for name, parts in content["programs"].items()
        for part, about in parts.items()
    ]
    first = [(id, text) for id, text in weights if id == FIRST]
    rest = [(id, text) for id, text in weights if id != FIRST]
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    worker = '"use strict";\n' + "\n".join(map(_read, WORKER))
    return Embedded(Markup(packed.replace("<", "\\u003c")), Markup(worker), first, rest, VIEWS)


def _read(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")
