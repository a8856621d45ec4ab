"""Weights as small as the fills allow: whole numbers of 8 to 12 bits with scales, float16, or float32.

The filters at each place of a kernel have scales of their own for each channel: outer places hold
smaller numbers than the middle, and that is worth a bit.
"""

import base64
from collections.abc import Callable

import numpy as np

from inpainting.networks import FIXED_LAYERS

LARGEST_DIFFERENCE = 0.5 / 255
"""Half a grey level: what smaller weights may change, at most, on the checked images."""

BITS = (8, 10, 12)
"""What a weight of a large layer may take up, tried in this order; one of a small layer takes the last."""

LARGE = 2**16
"""Weights a layer has, at least, to be large.

Rounding moves the fill the more the fewer weights share the error, and most weights are in few layers.
"""


def choose_formats(model, is_close: Callable[[], bool]) -> list[str]:
    """The smallest formats of a model's weights with which it still does what it did.

    Parameters
    ----------
    model : Keras model; as before afterwards.
    is_close : tells, with rounded weights in the model, whether its fills are near enough.

    Returns
    -------
    "int8", "int10", "int12", "float16" or "float32" for each of ``model.weights``.  The prior's filters stay
    float32, as does everything if even float16 is too coarse; what has no channels is float16.
    """
    weights = model.get_weights()
    is_learned = [not set(FIXED_LAYERS) & set(variable.path.split("/")) for variable in model.weights]
    try:
        for large, small in (*((f"int{bits}", f"int{BITS[-1]}") for bits in BITS), ("float16", "float16")):
            formats = [
                "float32" if not own else "float16" if w.ndim < 2 else large if w.size >= LARGE else small
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
    if bits := _bits(format):
        scale = _scale(array, bits)
        return np.round(array / scale) * scale
    if format == "float16":
        with np.errstate(over="ignore"):
            return array.astype(np.float16).astype(np.float32)
    return array


def encode(arrays: list[np.ndarray], formats: list[str]) -> str:
    """Arrays behind one another, in base64.

    Whole numbers follow their float32 scales: half of their range is added to them, and their bits
    are one stream, the lowest first, up to a whole byte.
    """
    parts = []
    for array, format in zip(arrays, formats, strict=True):
        if bits := _bits(format):
            scale = _scale(array, bits)
            numbers = np.round(array / scale).astype(np.int32) + (1 << bits - 1)
            places = numbers.reshape(-1, 1) >> np.arange(bits) & 1
            packed = np.packbits(places.astype(np.uint8), bitorder="little")
            parts += [scale.astype("<f4").tobytes(), packed.tobytes()]
        else:
            parts.append(array.astype({"float16": "<f2", "float32": "<f4"}[format]).tobytes())
    return base64.b64encode(b"".join(parts)).decode()


def _bits(format: str) -> int:
    """Of a whole number; 0 for floating point."""
    return int(format.removeprefix("int")) if format.startswith("int") else 0


def _scale(array: np.ndarray, bits: int) -> np.ndarray:
    """One step for each place of all axes but the last but one, which is kept with length 1."""
    scale = np.abs(array).max(axis=-2, keepdims=True) / np.float32(2 ** (bits - 1) - 1)
    return np.where(scale > 0, scale, np.float32(1)).astype(np.float32)
