"""Weights as small as the fills allow: int8 with a scale a channel, float16, or float32."""

import base64
from collections.abc import Callable

import numpy as np

LARGEST_DIFFERENCE = 0.5 / 255
"""Half a grey level: what smaller weights may change, at most, on the checked images."""

THRESHOLDS = (2**15, 2**16, 2**17, 2**18, np.inf)
"""Weights a layer has, at least, to be stored as int8; tried in this order.

Rounding moves the fill the more the fewer weights share the error, and most weights are in few
layers: the largest ones as int8 save nearly as much as all, and change a fifth.
"""

PRIOR = {"blocks", "pixels", "stencil"}
"""Layers whose filters nobody learned, see :mod:`inpainting.networks.prior_unet`."""


def choose_formats(model, is_close: Callable[[], bool]) -> list[str]:
    """The smallest formats of a model's weights with which it still does what it did.

    Parameters
    ----------
    model : Keras model; as before afterwards.
    is_close : tells, with rounded weights in the model, whether its fills are near enough.

    Returns
    -------
    "int8", "float16" or "float32" for each of ``model.weights``.  The prior's filters stay float32,
    as does everything if even float16 is too coarse.
    """
    weights = model.get_weights()
    is_learned = [not PRIOR & set(variable.path.split("/")) for variable in model.weights]
    try:
        for threshold in THRESHOLDS:
            formats = [
                "float32" if not own else "int8" if w.size >= threshold and w.ndim > 1 else "float16"
                for w, own in zip(weights, is_learned, strict=True)
            ]
            model.set_weights([round_to(w, f) for w, f in zip(weights, formats, strict=True)])
            if is_close():
                return formats
    finally:
        model.set_weights(weights)
    return ["float32"] * len(weights)


def round_to(array: np.ndarray, format: str) -> np.ndarray:
    """float32 values as they are after a format; too large ones for float16 become infinite."""
    if format == "int8":
        scale = _scale(array)
        return np.round(array / scale) * scale
    if format == "float16":
        with np.errstate(over="ignore"):
            return array.astype(np.float16).astype(np.float32)
    return array


def encode(arrays: list[np.ndarray], formats: list[str]) -> str:
    """Arrays behind one another, in base64; int8 values follow their float32 scales."""
    parts = []
    for array, format in zip(arrays, formats, strict=True):
        if format == "int8":
            scale = _scale(array)
            parts += [scale.astype("<f4").tobytes(), np.round(array / scale).astype("i1").tobytes()]
        else:
            parts.append(array.astype({"float16": "<f2", "float32": "<f4"}[format]).tobytes())
    return base64.b64encode(b"".join(parts)).decode()


def _scale(array: np.ndarray) -> np.ndarray:
    """One step of int8 for each place of the last axis."""
    scale = np.abs(array).max(axis=tuple(range(array.ndim - 1))) / np.float32(127)
    return np.where(scale > 0, scale, np.float32(1)).astype(np.float32)
