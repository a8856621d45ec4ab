"""The live section: the run's networks, and all that a reader's browser needs to run them.

:mod:`inpainting.live.convert` makes programs of them, which the scripts in
``assets/templates/live/engine`` execute in a worker; the scripts beside it are what the reader
sees.
"""

import base64
import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from inpainting import classical, config, networks
from inpainting.data import to_float
from inpainting.live.content import choose_start
from inpainting.live.convert import convert
from inpainting.live.weights import LARGEST_DIFFERENCE, choose_formats, encode
from inpainting.networks import flow, load_model
from inpainting.training.store import find_model, locate
from inpainting.typeset.blocks import Figure, ReportError

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

FIRST = "live-gewichte-kompakt-context"
"""The weights that fill the first picture."""

PHOTO = {
    "label": "Foto mit Kratzern",
    "credit": "Foto: Eileen Collins, NASA, gemeinfrei; Ausschnitt. Die Kratzer zeichnet diese Seite.",
}
"""The photograph that comes with the page."""


# ---------------------------------------------------------------- networks


def pack_network(model, images: np.ndarray, masks: np.ndarray) -> dict[str, dict]:
    """A network as the engine loads it: its parts.

    Parameters
    ----------
    model : with inputs ``image`` and ``mask``, or one masked image; or of
        :func:`inpainting.networks.flow.assemble`, which has two parts.
    images : uint8 array, (N, 32, 32, 3), to check the rounded weights on.
    masks : uint8 array, (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    ``context``: what runs once an image, its output ``mean`` the fill; and, of a network that
    samples, ``flow``, which runs once a step.  See :func:`pack_part`.
    """
    answers = [lambda: networks.fill(model, images, masks)]
    if flow.has_samples(model):  # of every third, which takes as long
        answers.append(lambda: flow.sample(model, images[::3], masks[::3], seed=0))
    exact = [answer() for answer in answers]

    def is_close() -> bool:
        pairs = zip(answers, exact, strict=True)
        return all(np.abs(answer() - before).max() < LARGEST_DIFFERENCE for answer, before in pairs)

    formats = choose_formats(model, is_close)
    if not flow.has_samples(model):
        return {"context": pack_part(model, formats)}
    places = {id(variable): format for variable, format in zip(model.weights, formats, strict=True)}
    parts = {}
    for name in ("context", "flow"):
        part = model.get_layer(name)
        parts[name] = pack_part(part, [places[id(variable)] for variable in part.weights])
    return parts


def pack_part(model, formats: list[str]) -> dict:
    """A program, its weights in base64, and what they mean.

    Returns
    -------
    ``program``, ``outputs``, ``stages`` (see :class:`inpainting.live.convert.Program`), ``inputs``
    (names), ``arrays`` (shape and format of each weight array) and ``weights``.
    """
    program = convert(model)
    outputs = program.outputs if "mean" in program.outputs else {"mean": program.outputs["0"]}
    chosen = [formats[i] for i in program.variables]
    return {
        "program": program.instructions,
        "outputs": outputs,
        "stages": program.stages,
        "inputs": [about["name"] for about in program.instructions if about["op"] == "input"],
        "arrays": [
            {"shape": list(array.shape), "format": format}
            for array, format in zip(program.weights, chosen, strict=True)
        ],
        "weights": encode(program.weights, chosen),
    }


# ---------------------------------------------------------------- the section


def prepare_section(about: dict) -> dict:
    """Everything that the section's script needs, ready for JSON.

    Parameters
    ----------
    about : what :func:`inpainting.display.show_live` wrote.

    Raises
    ------
    ReportError
        If a network's file is missing or another one, or cannot be translated.
    """
    return json.loads(_prepare(json.dumps(about, sort_keys=True)))


@functools.lru_cache(maxsize=1)  # the slides follow the page
def _prepare(about: str) -> str:
    from inpainting.masks import SUITES, suite_masks

    content = json.loads(about)
    pixels = [base64.b64decode(picture["image"]) for picture in content["pictures"]]
    images = np.frombuffer(b"".join(pixels), np.uint8)
    images = images.reshape(-1, config.IMAGE_SIZE, config.IMAGE_SIZE, 3)
    models = {name: load_model(find_network(**origin)) for name, origin in content["networks"].items()}
    start = find_start(content["pictures"], images, models["kompakt"], content.get("gains"))
    masks = np.concatenate([suite_masks(suite, len(images)) for suite in SUITES])
    images = np.tile(images, (len(SUITES), 1, 1, 1))
    programs = {name: pack_network(model, images, masks) for name, model in models.items()}
    photo = PHOTO | {"data": base64.b64encode((LIVE / "foto.jpg").read_bytes()).decode()}
    kernel = base64.b64encode((LIVE / "kernel.wasm").read_bytes()).decode()
    parts = {name: list(found) for name, found in programs.items()}
    added = {"networks": parts, "programs": programs, "photo": photo, "kernel": kernel, "start": start}
    return json.dumps(content | added)


def find_start(pictures: list[dict], images: np.ndarray, model, gains: dict | None) -> int:
    """Number of the picture to start with, see :func:`inpainting.live.content.choose_start`.

    Of those that were chosen by no rule and have a hole to fill; the first if there are none.
    """
    size = config.IMAGE_SIZE
    bits = [np.frombuffer(base64.b64decode(picture["mask"]), np.uint8) for picture in pictures]
    masks = np.unpackbits(bits, axis=1).reshape(-1, size, size, 1)
    is_fit = (masks.mean((1, 2, 3)) > 0) & (masks.mean((1, 2, 3)) < 1)
    chosen = [i for i, picture in enumerate(pictures) if is_fit[i] and not picture["rule"]]
    if not chosen:
        return 0
    images, masks = to_float(images[chosen]), masks[chosen]

    def psnr(filled: np.ndarray) -> np.ndarray:
        squares = np.square(filled - images).mean(axis=3, keepdims=True)
        return -10 * np.log10(np.maximum(_mean_in(masks, squares), 1e-6))

    ours = networks.fill(networks.mean_of(model), images, masks)
    gained = psnr(ours) - psnr(classical.fill_biharmonic(images, masks))
    brightness = images.mean(axis=3, keepdims=True)
    middle = _mean_in(masks, brightness)[:, None, None, None]
    contents = _mean_in(masks, np.square(brightness - middle))
    return chosen[choose_start(contents, gained, gains)]


def _mean_in(masks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean in each hole: (N,)."""
    return (masks * values).sum((1, 2, 3)) / np.maximum(masks.sum((1, 2, 3)), 1)


def find_network(entry: str, sha256: str, store: Path | None = None) -> Path:
    """The model file of a run in the store.

    Parameters
    ----------
    entry : name of its folder.
    sha256 : of the file.
    store : parent of the entries; by default the project's.

    Raises
    ------
    ReportError
        If there is no such file, or its content is another one.
    """
    name = Path(entry).name
    if path := find_model(name, sha256, store):
        return path
    found = "enthält ein anderes Netz" if locate(name, store).is_dir() else "fehlt im Modellspeicher"
    raise ReportError(
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
    """

    content: Markup
    worker: Markup
    first: list[tuple[str, str]]
    rest: list[tuple[str, str]]


def embed(figure: Figure | None) -> Embedded | None:
    """The section's data, to be written into the page by ``live.html.j2``."""
    if figure is None:
        return None
    content = prepare_section(figure.live)
    weights = [
        (f"live-gewichte-{name}-{part}", about.pop("weights"))
        for name, parts in content["programs"].items()
        for part, about in parts.items()
    ]
    first = [(id, text) for id, text in weights if id == FIRST]
    rest = [(id, text) for id, text in weights if id != FIRST]
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    worker = '"use strict";\n' + "\n".join(map(_read, WORKER))
    return Embedded(Markup(packed.replace("<", "\\u003c")), Markup(worker), first, rest)


def _read(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")
