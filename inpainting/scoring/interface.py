"""What a foreign Keras model takes and gives, seen from its tensors and tried on a few images.

:func:`load_foreign` loads a model in Keras' safe mode and finds the part that each of its inputs
plays; :meth:`Foreign.probe` tries in which range its numbers are meant; :meth:`Foreign.fill` fills
holes.  Whatever does not fit is refused with a German reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np

from inpainting import errors
from inpainting.german import numbers
from inpainting.masks import composite
from inpainting.measuring.evaluation import HOLE_PSNR_CAP, psnr
from inpainting.networks import flow, keras, mean_of
from inpainting.scoring import diagnosis
from inpainting.scoring.handins import SubmissionError
from inpainting.scoring.inputs import SIZE, Interface, Slot, find_slots, show_shape

RANGES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}

BATCH = 250
"""Images predicted at once; bounds the memory."""

N_PROBE = 16
"""Images on which ranges are tried."""

CLEARLY_BETTER = 0.5
"""Share of the squared error under which another reading than the usual one is taken: 3 dB.

A model that fits its reading gains 7 dB or more; one that paints a constant gains up to 1 dB by
being misread (0.25 read as 0.625 is nearer to the mean of images).
"""

CONSTANT = 1e-6
"""Holes whose values differ by less say nothing of the range in which they are meant."""

NOISE_SEED = 2025

OWN_INPUTS = ["image", "mask", "state", "time"]
"""Inputs of the project's own networks with both answers, see :mod:`inpainting.networks.flow`."""

FILL_NAME = re.compile(
    "image|bild|fill|füll|fuell|recon|rekon|inpaint|composite|result|ergebnis|final|pred|mean|mittel|^out",
    re.IGNORECASE,
)

ALLOWED_OUTPUT = f"erlaubt ist ein Bild ({SIZE}, {SIZE}, 3)"


@dataclass(frozen=True)
class Reading:
    """In which ranges a model's numbers are meant.

    Attributes
    ----------
    image, output : names of :data:`RANGES`.
    hole : value in the image's holes, in its range.
    polarity : "loch=1" or "loch=0".
    mask : what the mask's 1 is written as: 1 or 255.
    """

    image: str = "0..1"
    output: str = "0..1"
    hole: float = 0.0
    polarity: str = "loch=1"
    mask: float = 1.0

    def describe(self, has_mask: bool) -> str:
        """German, as ``Eingabe 0..255, Ausgabe 0..1, Loch 0, Maske loch=1``."""
        text = f"Eingabe {self.image}, Ausgabe {self.output}, Loch {numbers.number(self.hole, 2)}"
        text = text.removesuffix(",00")
        return f"{text}, Maske {self.polarity}{' (255)' if self.mask != 1 else ''}" if has_mask else text


# ---------------------------------------------------------------- the model


@dataclass(frozen=True)
class Foreign:
    """A loaded model and what is known of it.

    Attributes
    ----------
    model : the Keras model.
    slots : its inputs, in its order.
    reading : of its numbers.
    stated : what the user said of it.
    notes : German sentences on what was recognised.
    """

    model: object
    slots: tuple[Slot, ...]
    reading: Reading = Reading()
    stated: Interface = Interface()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def kind(self) -> str:
        """The parts of the inputs, as ``bild, maske``."""
        return ", ".join(slot.part for slot in self.slots)

    @property
    def has_mask(self) -> bool:
        return any("maske" in slot.part for slot in self.slots)

    @property
    def is_random(self) -> bool:
        """Whether it takes noise: each fill is one draw of many."""
        return any(slot.part == "rauschen" for slot in self.slots)

    @property
    def size(self) -> int | None:
        """Edge of the images that it takes, in pixels; None for any size."""
        edges = [slot.shape[1:] if slot.layout == "first" else slot.shape[:2] for slot in self.slots]
        is_any = all(s.layout in ("last", "first") for s in self.slots) and {None} == set().union(*edges)
        return None if is_any else SIZE

    def fill(self, images: np.ndarray, masks: np.ndarray, seed: int = NOISE_SEED) -> np.ndarray:
        """Fill holes.

        Parameters
        ----------
        images : float32 array, (N, H, W, 3), in [0, 1]; holes may hold anything.
        masks : uint8 array, (N, H, W, 1), 1 = hole.
        seed : of the noise, where the model takes some.

        Returns
        -------
        float32 array, (N, H, W, 3), in [0, 1]; known pixels bit-identical.

        Raises
        ------
        SubmissionError
            If the output is no picture of that size, or not finite in a hole.
        """
        output = self.predict(images, masks, np.random.default_rng(seed))
        if not np.isfinite(output[np.broadcast_to(masks.astype(bool), output.shape)]).all():
            raise SubmissionError("liefert Werte, die keine endlichen Zahlen sind (NaN)")
        return composite(output, images, masks)

    def predict(self, images: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What the model gives, in [0, 1] if it keeps to its range, neither clipped nor composited.

        Parameters and result are those of :meth:`fill`; the noise is drawn from ``rng`` in the
        order of the images.
        """
        output, _ = self._run(self._arrange(self.reading, images, masks, rng), masks.shape)
        return _decode(output, self.reading.output)

    def probe(self, images: np.ndarray, masks: np.ndarray) -> "Foreign":
        """Try on a few images which ranges, hole value and polarity of the mask a model means.

        What is stated is kept.  The usual reading (0..1, holes of 0, mask 1 = hole) is kept too
        unless another one halves the squared error in the holes.

        Parameters
        ----------
        images : float32 array, (N, H, W, 3), in [0, 1]; :data:`N_PROBE` of them are used.
        masks : uint8 array, (N, H, W, 1), 1 = hole.

        Returns
        -------
        The model with its reading, and notes on what is remarkable.

        Raises
        ------
        SubmissionError
            If the output is no picture of that size, or nowhere finite.
        """
        images, masks = images[:N_PROBE], masks[:N_PROBE]
        candidates = self._readings(self.stated)
        others = [r for r in self._readings(Interface(self.stated.input)) if r not in candidates]
        arranged = [
            self._arrange(r, images, masks, np.random.default_rng(NOISE_SEED)) for r in candidates + others
        ]
        stacked = [np.concatenate(parts) for parts in zip(*arranged, strict=True)]
        shape = (len(arranged) * len(masks), *masks.shape[1:])
        outputs, notes = self._run(stacked, shape)
        hole = np.broadcast_to(masks.astype(bool), images.shape)
        if not np.isfinite(outputs[: len(masks)][hole]).any():
            inside = outputs[: len(masks)][hole]
            kinds = [("NaN", np.isnan(inside)), ("unendlich", np.isinf(inside))]
            said = " und ".join(name for name, where in kinds if where.any())
            raise SubmissionError(f"liefert an den Probebildern keine einzige endliche Zahl (nur {said})")
        is_plain = False  # whether the usual reading is possible
        tried: list[tuple[float, Reading]] = []
        answers = dict(zip(candidates + others, np.split(outputs, len(arranged)), strict=True))
        for reading, output in answers.items():
            for name in self._output_ranges(output, reading):
                inside = _decode(output, name)[hole].astype(np.float64)
                found = replace(reading, output=name)
                if not tried:
                    finite = inside[np.isfinite(inside)]
                    is_plain = 0 <= finite.min() <= finite.max() <= 1
                elif is_plain and np.ptp(inside) < CONSTANT and not _same_range(found, tried[0][1]):
                    continue
                fill = np.nan_to_num(inside, nan=0.0).clip(0, 1)
                tried.append((float(np.mean((fill - images[hole]) ** 2)), found))
        allowed = [pair for pair in tried if replace(pair[1], output=pair[1].image) in candidates]
        best = allowed[0]
        for pair in (min(allowed, key=lambda pair: pair[0]), min(tried, key=lambda pair: pair[0])):
            if pair[0] > CLEARLY_BETTER * best[0]:
                continue
            higher, lower = (_decibels(error) for error, _ in (pair, best))
            said, instead = (reading.describe(self.has_mask) for _, reading in (pair, best))
            if pair in allowed:
                notes.append(
                    f"Erprobt an {len(images)} Bildern: {said} ({higher} statt {lower} mit {instead})."
                )
                best = pair
            else:
                notes.append(f"Die Angaben passen wohl nicht: Mit {said} wären es {higher} statt {lower}.")
        if self.is_random:
            notes.append(f"Nimmt Rauschen: bewertet ist ein einziger Zug mit dem Startwert {NOISE_SEED}.")
        key = replace(best[1], output=best[1].image)
        notes += self._remark(_decode(answers[key], best[1].output), hole, best[1])
        return replace(self, reading=best[1], notes=(*self.notes, *notes))

    def _readings(self, stated: Interface) -> list[Reading]:
        """What may be meant, the usual first; all with the output in the range of the input."""
        is_whole = any(_is_whole(slot) for slot in self.slots if slot.part != "maske")
        ranges = ["0..255"] if is_whole else list(RANGES) if stated.range == "auto" else [stated.range]
        polarities = [stated.mask_polarity] if stated.mask_polarity != "auto" else ["loch=1", "loch=0"]
        found = []
        for image, polarity in product(ranges, polarities if self.has_mask else polarities[:1]):
            black = RANGES[image][0]
            holes = [black] if stated.hole_value is None else [stated.hole_value]
            if stated.hole_value is None and black:  # grey, as 0 is in -1..1
                holes.append(0.0)
            marks = (1.0, 255.0) if image == "0..255" and self.has_mask else (1.0,)
            found += [Reading(image, image, hole, polarity, mark) for hole in holes for mark in marks]
        return found

    def _output_ranges(self, output: np.ndarray, reading: Reading) -> list[str]:
        """Ranges that the numbers of an output allow, that of the input first."""
        if np.issubdtype(output.dtype, np.integer):
            return ["0..255"]
        finite = output[np.isfinite(output)].astype(np.float64)
        low, high = np.quantile(finite, (0.02, 0.98)) if finite.size else (0, 0)
        allowed = {"0..1": high <= 3, "-1..1": low < -0.05 and high <= 3, "0..255": high > 1.5}
        names = [name for name, is_allowed in allowed.items() if is_allowed or name == reading.output]
        return sorted(names, key=lambda name: name != reading.output)

    def _remark(self, output: np.ndarray, hole: np.ndarray, reading: Reading) -> list[str]:
        """Notes on a model that does nothing with what it sees."""
        inside = output[hole]
        low, high = RANGES[reading.image]
        if len(output) < 2 or not np.isfinite(inside).all():
            return []
        if np.ptp(output) < 1e-4:
            return ["Die Ausgabe ist überall derselbe Wert, was auch eingegeben wird."]
        if abs(inside - (reading.hole - low) / (high - low)).max() < 1e-3:
            return ["Das Loch kommt so heraus, wie es hineinging: Das Modell füllt nichts."]
        if np.ptp(output, axis=0).max() < 1e-4:
            return ["Die Ausgabe ist für alle Bilder dieselbe."]
        return []

    # ------------------------------------------------------------ in and out

    def _arrange(self, reading: Reading, images, masks, rng: np.random.Generator) -> list[np.ndarray]:
        """The arrays of one call, in the order of the slots."""
        low, high = RANGES[reading.image]
        picture = np.where(masks, np.float32(reading.hole), np.float32(low) + (high - low) * images)
        mask = (masks if reading.polarity == "loch=1" else 1 - masks) * np.float32(reading.mask)
        parts = {"bild": picture, "maske": mask, "bild+maske": np.concatenate([picture, mask], axis=-1)}
        arrays = []
        for slot in self.slots:
            if slot.part == "rauschen":
                shape = _fill_in(slot.shape, masks.shape[1:3])
                arrays.append(rng.standard_normal((len(masks), *shape)).astype(np.float32))
                continue
            array = parts[slot.part].astype(np.float32)
            if slot.part == "maske" and 3 in slot.shape and slot.layout != "plain":
                array = np.repeat(array, 3, axis=-1)
            if slot.layout == "first":
                array = np.moveaxis(array, -1, 1)
            elif slot.layout in ("flat", "plain"):
                array = array.reshape(len(array), *_fill_in(slot.shape, masks.shape[1:3]))
            if _is_whole(slot):
                array = np.rint(array)
            arrays.append(array.astype(slot.dtype if _is_whole(slot) else np.float32))
        return arrays

    def _run(self, arrays: list[np.ndarray], shape: tuple) -> tuple[np.ndarray, list[str]]:
        """Predict, and take from the outputs the one that is a picture; with notes on it."""
        n = len(arrays[0])
        fixed = {tensor.shape[0] for tensor in self.model.inputs} - {None}
        if len(fixed) > 1 or 0 in fixed:
            raise SubmissionError("hat Eingaben mit fest vorgegebenen, verschiedenen Bildzahlen je Aufruf")
        batch = next(iter(fixed), min(BATCH, n))
        short = -n % batch if fixed else 0
        padded = [np.concatenate([array, array[:1].repeat(short, 0)]) if short else array for array in arrays]
        try:
            inputs = keras.tree.pack_sequence_as(self.model.input, padded)
        except AttributeError:  # Keras, of a Sequential that was built by a call
            inputs = padded if len(padded) > 1 else padded[0]
        output = self.model.predict(inputs, batch_size=batch, verbose=0)
        return _choose_output(self.model, output, n, n + short, shape)


def _same_range(a: Reading, b: Reading) -> bool:
    return (a.image, a.output) == (b.image, b.output)


def _fill_in(shape: tuple, edges: tuple) -> tuple[int, ...]:
    """Put an image's edges where a shape leaves them open."""
    open_edges = iter(edges)
    return tuple(next(open_edges, SIZE) if edge is None else edge for edge in shape)


def _is_whole(slot: Slot) -> bool:
    return "int" in slot.dtype or slot.dtype == "bool"


def _decode(output: np.ndarray, name: str) -> np.ndarray:
    low, high = RANGES[name]
    return (output.astype(np.float32) - np.float32(low)) / np.float32(high - low)


def _decibels(error: float) -> str:
    return numbers.quantity(float(psnr(np.float64(error), HOLE_PSNR_CAP)), 1, "dB")


def _choose_output(model, output, n: int, n_predicted: int, shape: tuple) -> tuple[np.ndarray, list[str]]:
    """The output that is a picture, as (n, H, W, 3), and notes on which it is.

    Raises
    ------
    SubmissionError
        If none is, or several are and their names do not tell.
    """
    names = list(getattr(model, "output_names", None) or [])
    named = list(_name_leaves(output, names if isinstance(output, list | tuple) else []))
    pictures, problems = [], []
    for name, value in named:
        picture, about = _as_picture(value, n, n_predicted, shape)
        if picture is None:
            problems.append((name, about))
        else:
            pictures.append((name, picture, about))
    if not pictures:
        shown = "; ".join(
            about if len(named) == 1 else f"„{errors.short(name)}“ {about}" for name, about in problems[:4]
        )
        raise SubmissionError(f"hat die Ausgabe {shown or 'nichts'}; {ALLOWED_OUTPUT}")
    if len(pictures) > 1:
        telling = [picture for picture in pictures if FILL_NAME.search(picture[0])]
        if len(telling) != 1:
            names = ", ".join(f"„{errors.short(name)}“" for name, _, _ in pictures[:6])
            raise SubmissionError(
                f"hat {len(pictures)} Ausgaben, die ein Bild sein können ({names}), und welche die Füllung ist, "
                "sagt kein Name; bitte nur diese ausgeben, etwa mit keras.Model(model.inputs, "
                "model.outputs[0]), oder sie „bild“ nennen"
            )
        pictures = telling
    name, picture, about = pictures[0]
    notes = [about] if about else []
    if len(named) > 1:
        notes.insert(0, f"Von {len(named)} Ausgaben ist „{errors.short(name)}“ bewertet.")
    return picture, notes


def _name_leaves(output, names: Sequence[str] = (), name: str = "") -> Iterator[tuple[str, object]]:
    """Every array of a nested output, with the name that leads to it."""
    if isinstance(output, dict):
        entries = [(str(key), value) for key, value in output.items()]
    elif isinstance(output, list | tuple):
        numbers = [f"Nummer {i + 1}" for i in range(len(output))]
        entries = list(zip([*names, *numbers[len(names) :]], output, strict=False))
    else:
        yield name, output
        return
    for key, value in entries:
        yield from _name_leaves(value, (), f"{name} {key}".strip())


def _as_picture(value, n: int, n_predicted: int, shape: tuple) -> tuple[np.ndarray | None, str]:
    """An output as (n, H, W, 3) with a note, or None with what it is instead."""
    array = value if isinstance(value, np.ndarray) else np.asarray(value)
    if array.dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        array = array.astype(np.float32)
    if array.dtype.kind not in "fiu":
        return None, f"vom Typ {array.dtype.name}"
    height, width = shape[1:3]
    if array.ndim == 0 or len(array) != n_predicted:
        return None, f"{show_shape(array.shape)} für {n_predicted} Bilder"
    array, inner = array[:n], array.shape[1:]
    if inner == (height, width, 3):
        return array, ""
    if inner == (3, height, width):
        return np.moveaxis(array, 1, -1), "Die Ausgabe hat die Kanäle vorn."
    if inner in ((3 * height * width,), (height * width, 3)):
        return array.reshape(n, height, width, 3), f"Die Ausgabe {show_shape(inner)} ist als Bild gelesen."
    if inner in ((height, width, 1), (height, width), (1, height, width)):
        return None, f"{show_shape(inner)}, ein Graubild"
    if len(inner) == 3 and inner[2] == 3:
        return None, f"{show_shape(inner)}, ein Bild von {inner[0]}×{inner[1]} Pixeln"
    return None, show_shape(inner)


# ---------------------------------------------------------------- loading


def load_foreign(path: Path, stated: Interface = Interface()) -> Foreign:
    """Load a foreign ``.keras`` file in Keras' safe mode, which runs no code from the file.

    Raises
    ------
    SubmissionError
        With a German reason, which completes the sentence "The model …": what the file is
        instead, what Keras misses, or which inputs do not fit.
    """
    if problem := diagnosis.look_at(Path(path)):
        raise SubmissionError(problem)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds on damaged or foreign files
        raise SubmissionError(diagnosis.explain(Path(path), error)) from error
    try:
        tensors = list(getattr(model, "inputs", None) or ())
    except (AttributeError, ValueError):  # Keras, of a model that was never built
        tensors = []
    if [tensor.name for tensor in tensors] == OWN_INPUTS and flow.has_samples(model):
        mean = mean_of(model)
        note = "Ein Netz dieses Projekts: bewertet ist sein Mittelwert, nicht seine Vorschläge."
        return Foreign(mean, find_slots(mean.inputs), stated=stated, notes=(note,))
    return Foreign(model, find_slots(tensors, stated.input), stated=stated)
