"""Networks become what the page loads: programs, weights as small as the fills allow, a first picture."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from inpainting import classical, config, masks, networks
from inpainting.data import to_float
from inpainting.live.content import VEHICLES, choose_start
from inpainting.live.convert import convert
from inpainting.live.weights import LARGEST_DIFFERENCE, choose_formats, encode
from inpainting.networks import flow, load_model


def pack(pictures: Sequence[Mapping], paths: Mapping[str, Path], gains: Mapping | None) -> dict:
    """Everything of the live section that a network has to be asked for, ready for JSON.

    Parameters
    ----------
    pictures : as :meth:`inpainting.live.content.Picture.to_json` makes them.
    paths : name of a network → its file; "kompakt" among them.
    gains : see :func:`find_start`.

    Returns
    -------
    ``programs``, see :func:`pack_network`, by the network's name; and ``start``, see :func:`find_start`.
    """
    pixels = [base64.b64decode(picture["image"]) for picture in pictures]
    images = np.frombuffer(b"".join(pixels), np.uint8)
    images = images.reshape(-1, config.IMAGE_SIZE, config.IMAGE_SIZE, 3)
    models = {name: load_model(path) for name, path in paths.items()}
    start = find_start(pictures, images, models["kompakt"], gains)
    holes = np.concatenate([masks.suite_masks(suite, len(images)) for suite in masks.SUITES])
    images = np.tile(images, (len(masks.SUITES), 1, 1, 1))
    return {
        "programs": {name: pack_network(model, images, holes) for name, model in models.items()},
        "start": start,
    }


def pack_network(model, images: np.ndarray, holes: np.ndarray) -> dict[str, dict]:
    """A network as the engine loads it: its parts.

    Parameters
    ----------
    model : with inputs ``image`` and ``mask``, or one masked image; or of
        :func:`inpainting.networks.flow.assemble`, which has two parts.
    images : uint8 array, (N, 32, 32, 3), to check the rounded weights on.
    holes : uint8 array, (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    ``context``: what runs once an image, its output ``mean`` the fill; and, of a network that
    samples, ``flow``, which runs once a step.  See :func:`pack_part`.
    """
    answers = [lambda: networks.fill(model, images, holes)]
    if flow.has_samples(model):  # of every third, which takes as long
        answers.append(lambda: flow.sample(model, images[::3], holes[::3], seed=0))
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


def find_start(pictures: Sequence[Mapping], images: np.ndarray, model, gains: Mapping | None) -> int:
    """Number of the picture to start with, see :func:`inpainting.live.content.choose_start`.

    Of those that were chosen by no rule and have a hole to fill; of these the vehicles, which are told
    at a glance, if there are any.  The first if there is none to fill.
    """
    size = config.IMAGE_SIZE
    bits = [np.frombuffer(base64.b64decode(picture["mask"]), np.uint8) for picture in pictures]
    holes = np.unpackbits(bits, axis=1).reshape(-1, size, size, 1)
    is_fit = (holes.mean((1, 2, 3)) > 0) & (holes.mean((1, 2, 3)) < 1)
    chosen = [i for i, picture in enumerate(pictures) if is_fit[i] and not picture["rule"]]
    if not chosen:
        return 0
    chosen = [i for i in chosen if pictures[i]["label"] in VEHICLES] or chosen
    images, holes = to_float(images[chosen]), holes[chosen]

    def psnr(filled: np.ndarray) -> np.ndarray:
        squares = np.square(filled - images).mean(axis=3, keepdims=True)
        return -10 * np.log10(np.maximum(_mean_in(holes, squares), 1e-6))

    ours = networks.fill(networks.mean_of(model), images, holes)
    gained = psnr(ours) - psnr(classical.fill_biharmonic(images, holes))
    brightness = images.mean(axis=3, keepdims=True)
    middle = _mean_in(holes, brightness)[:, None, None, None]
    contents = _mean_in(holes, np.square(brightness - middle))
    return chosen[choose_start(contents, gained, gains)]


def _mean_in(holes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean in each hole: (N,)."""
    return (holes * values).sum((1, 2, 3)) / np.maximum(holes.sum((1, 2, 3)), 1)
