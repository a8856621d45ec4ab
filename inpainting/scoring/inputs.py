"""The part that each input of a foreign model plays: image, mask, both, or noise.

Needs no Keras: whatever has a name, a shape and a dtype is an input.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inpainting import config, errors
from inpainting.scoring.handins import SubmissionError

SIZE = config.IMAGE_SIZE

INPUTS = {"bild": ["bild"], "bild+maske": ["bild+maske"], "unser": ["bild", "maske"]}
"""What a user may state → the parts that a model's inputs then play, in their order."""

MASK_NAME = re.compile("mask|loch|hole|valid|known|bekannt", re.IGNORECASE)
NOISE_NAME = re.compile("noise|rausch|latent|epsilon|zufall|random|^z(_|$)|^eps", re.IGNORECASE)
STEP_NAME = re.compile("^(t|time|zeit|step|timestep|schritt|sigma)(_|$|[0-9])", re.IGNORECASE)
ALLOWED_INPUTS = (
    f"erlaubt sind ein Bild ({SIZE}, {SIZE}, 3), Bild und Maske in einem ({SIZE}, {SIZE}, 4) oder als zwei "
    f"Eingaben ({SIZE}, {SIZE}, 3) und ({SIZE}, {SIZE}, 1), dazu Rauschen"
)


@dataclass(frozen=True)
class Interface:
    """What a user states of a model's interface.

    Attributes
    ----------
    input : one of :data:`INPUTS`, or "auto": seen from the model's input shapes.
    hole_value : what stands in the image's holes, in the model's own range; None is tried.
    range : one of :data:`RANGES`, of the image and of the output, or "auto": tried.
    mask_polarity : "loch=1", "loch=0" or "auto": tried.
    """

    input: str = "auto"
    hole_value: float | None = None
    range: str = "auto"
    mask_polarity: str = "auto"


@dataclass(frozen=True)
class Slot:
    """One input of a model.

    Attributes
    ----------
    part : "bild", "maske", "bild+maske" or "rauschen".
    shape : without the batch; None for any size.
    layout : "last", "first" (channels before rows), "flat", or "plain" (a mask without channels).
    dtype : as Keras names it.
    """

    part: str
    shape: tuple[int | None, ...]
    layout: str
    dtype: str


def find_slots(tensors: Sequence, stated: str = "auto") -> tuple[Slot, ...]:
    """The part that each input of a model plays, from its shape, and where that leaves a choice
    from its name and order.

    Parameters
    ----------
    tensors : with ``name``, ``shape`` (batch first) and ``dtype``.
    stated : "auto" or one of :data:`INPUTS`.

    Raises
    ------
    SubmissionError
        If they are no image, image and mask, with or without noise.
    """
    if not tensors:
        raise SubmissionError(
            "hat keine Eingaben, wurde also nie gebaut; bitte mit keras.Input beginnen und neu speichern"
        )
    names = [str(tensor.name) for tensor in tensors]
    shapes = [tuple(tensor.shape)[1:] for tensor in tensors]
    dtypes = [str(tensor.dtype) for tensor in tensors]
    geometry = [_see_geometry(shape) for shape in shapes]
    parts = INPUTS.get(stated) or _assign_parts(names, shapes, dtypes, geometry)
    if len(parts) != len(shapes):
        raise SubmissionError(f"hat {len(shapes)} Eingaben, angegeben ist --input {stated}")
    slots = []
    for part, shape, dtype, (_, layout), name in zip(parts, shapes, dtypes, geometry, names, strict=True):
        if dtype in ("string", "complex64", "complex128") or (dtype == "bool" and part != "maske"):
            raise SubmissionError(
                f"hat eine Eingabe „{errors.short(name)}“ vom Typ {dtype}; erlaubt sind Zahlen"
            )
        slots.append(Slot(part, shape, layout or "last", dtype))
    return tuple(slots)


def _see_geometry(shape: tuple) -> tuple[int, str]:
    """Number of channels (0: none is seen) and layout of a shape without its batch."""

    def fits(edges) -> bool:
        return set(edges) <= {None, SIZE}

    if len(shape) == 3 and fits(shape[:2]) and shape[2] in (1, 3, 4):
        return shape[2], "last"
    if len(shape) == 3 and fits(shape[1:]) and shape[0] in (1, 3, 4):
        return shape[0], "first"
    if len(shape) == 2 and fits(shape):
        return 1, "plain"
    if len(shape) == 1 and shape[0] in (SIZE**2, 3 * SIZE**2, 4 * SIZE**2):
        return shape[0] // SIZE**2, "flat"
    return 0, ""


def _assign_parts(names, shapes, dtypes, geometry) -> list[str]:
    """See :func:`find_slots`; with nothing stated."""
    parts = [""] * len(names)
    for i, name in enumerate(names):
        if STEP_NAME.match(name) and not geometry[i][0]:
            raise SubmissionError(
                f"verlangt einen Zeitschritt („{errors.short(name)}“), füllt also nicht in einem Zug; "
                f"{ALLOWED_INPUTS}. Bitte die Schritte in das Modell nehmen"
            )
        if len(names) > 1 and NOISE_NAME.search(name) and None not in shapes[i][2:]:
            parts[i] = "rauschen"
        elif MASK_NAME.search(name) and geometry[i][0] in (1, 3) and len(names) > 1:
            parts[i] = "maske"
    open_ones = [i for i, part in enumerate(parts) if not part]
    by_channels = {n: [i for i in open_ones if geometry[i][0] == n] for n in (0, 1, 3, 4)}
    others = by_channels[0] + by_channels[4][1:]
    for i in by_channels[4][:1]:
        parts[i] = "bild+maske"
    if by_channels[3] and "bild+maske" not in parts:
        parts[by_channels[3].pop(0)] = "bild"
    if by_channels[1] and "maske" not in parts and "bild+maske" not in parts:
        parts[by_channels[1].pop(0)] = "maske"
    has_mask = "maske" in parts or "bild+maske" in parts
    if by_channels[3] and not has_mask:
        raise SubmissionError(
            f"hat mehrere Eingaben mit drei Kanälen ({_name_inputs(names, shapes)}), und welche das Bild ist, "
            "ist nicht zu erkennen; bitte „bild“, „maske“ oder „rauschen“ in ihre Namen nehmen"
        )
    for i in by_channels[1] + by_channels[3] + others:  # what is left beside image and mask
        is_plain = all(edge for edge in shapes[i]) and len(shapes[i]) == 1
        if not (has_mask and (i not in others or is_plain)) or "int" in dtypes[i]:
            raise SubmissionError(f"hat Eingaben der Form {_name_inputs(names, shapes)}; {ALLOWED_INPUTS}")
        parts[i] = "rauschen"
    if not {"bild", "bild+maske"} & set(parts) or parts.count("maske") > 1:
        grey = len(names) == 1 and geometry[0][0] == 1
        raise SubmissionError(
            f"nimmt nur Graubilder ({SIZE}, {SIZE}, 1); {ALLOWED_INPUTS}"
            if grey
            else f"hat Eingaben der Form {_name_inputs(names, shapes)}; {ALLOWED_INPUTS}"
        )
    return parts


def _name_inputs(names: Sequence[str], shapes: Sequence[tuple]) -> str:
    """German list of names and shapes; sizes that may be any are a question mark."""
    return ", ".join(f"„{errors.short(n)}“ {show_shape(s)}" for n, s in zip(names[:6], shapes, strict=False))


def show_shape(shape: tuple) -> str:
    """German text of a shape, with a question mark where the size is free."""
    inner = ", ".join("?" if edge is None else str(edge) for edge in shape)
    return f"({inner}{',' if len(shape) == 1 else ''})"
