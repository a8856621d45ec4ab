"""Repairing a reader's own picture: a file and a mask in, one file or several out.

How a picture is read, cut into windows and written stands in :mod:`inpainting.photos`; here stand
the networks that fill it, and the order of things: whatever can be refused is refused before
anything is computed.
"""

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inpainting import config, errors, files
from inpainting.files import Log
from inpainting.german import numbers
from inpainting.masks import pad
from inpainting.photos import FillError, formats, holes, pictures, windows
from inpainting.photos.windows import Answer, fill_picture

N_SAMPLES = config.Parameter("samples", 4, "Zahl der Vorschläge", minimum=1, maximum=100)
SEED = config.Parameter("seed", 7, "Startwert der Vorschläge", maximum=2**31 - 1)
STEPS = config.Parameter("steps", 12, "Schritte je Vorschlag", minimum=1, maximum=1000)

MULTIPLE = 32
"""Foreign networks that take any size get windows whose edges are multiples of this."""

QUIET_S, EVERY_S = 3.0, 5.0
"""Seconds without a word on how far the filling is, at the beginning and later."""


def fill_file(
    picture: Path,
    mask: Path,
    output: Path,
    network: str = "kompakt",
    inverted: bool = False,
    force: bool = False,
    store: Path = config.MODELS,
    samples: object = None,
    seed: object = None,
    steps: object = None,
    log: Log = print,
) -> str:
    """Repair a picture file and write the result, whole or not at all.

    The result has the picture's mode, upright size, profile and metadata as far as they stay
    true; what was filled is opaque.

    Parameters
    ----------
    picture : file of one of :data:`inpainting.photos.pictures.FORMATS`, at least 16×16 pixels.
    mask : picture of the same size; white = hole.
    output : its suffix is the format; in all but JPEG known pixels stay bit-identical.
    network : "kompakt" or "gruendlich" from the store, or the path of a ``.keras`` file.
    inverted : black = hole.
    force : allows an output to be one of the two input files.
    samples : number of possible fills, each in a file of its own, ``name-1.png`` and so on; None
        for the mean answer, in one file.
    seed : number or text; sample i has the seed ``seed + i``, counted from 0.
    steps : number or text; of the flow, a sample.
    log : called with German lines on how far it is.

    Returns
    -------
    German report of a few lines.

    Raises
    ------
    FillError, config.ConfigError, inpainting.networks.ModelError
        On bad input.
    """
    wanted = _parse_samples(samples, seed, steps)
    targets = _targets(output, len(wanted.seeds))
    formats.find_format(output)
    source = pictures.read_picture(picture)
    hole, note = holes.read_mask(mask, source.upright.size, inverted)
    pictures.check_fillable(source.upright, hole)
    writer = formats.Writer(targets[0], source)
    for target in targets:
        _check_target(target, (picture, mask), force)
    _check_space(targets, source)
    if note:
        log(note)
    loaded = load_network(network, store, log)
    started = time.perf_counter()
    progress = Progress(log, max(1, len(wanted.seeds)) * _n_groups(source.upright.mode))
    report = []
    for target, answer in zip(targets, loaded.answers(wanted), strict=True):

        def fill(three, mask, invisible, answer=answer):
            return fill_picture(
                answer, three, mask, invisible, loaded.window, bool(wanted.seeds), progress.start()
            )

        result = pictures.fill_pillow(fill, source.upright, hole)
        files.write_file(target, writer.encode(result))
        report.append(f"Geschrieben: {target}")
        if wanted.seeds:
            log(f"{report.pop()} (Vorschlag mit dem Startwert {wanted.seeds[targets.index(target)]})")
    seconds = numbers.quantity(time.perf_counter() - started, 1, "s")
    what = report[0] if report else f"{len(targets)} {'Vorschlag' if len(targets) == 1 else 'Vorschläge'}"
    size = f"{source.upright.width}×{source.upright.height} Pixel"
    filled = f"{numbers.percent(hole.mean())} gefüllt"
    lines = [f"{what} ({size}, {filled}, Netz {loaded.name}, {seconds})."]
    return "\n".join(lines + _remarks(writer, source))


def _remarks(writer: formats.Writer, source: pictures.Source) -> list[str]:
    """German lines on what the file is not, or does not say any more."""
    lines = []
    if writer.mode != source.upright.mode:
        lines.append(
            f"Gespeichert als {formats.MODE_NAMES[writer.mode]}: {writer.format.name} kennt nichts Näheres."
        )
    if writer.left_out:
        lines.append(f"Nicht übernommen: {numbers.listing(list(dict.fromkeys(writer.left_out)))}.")
    if writer.format is formats.JPEG:
        lines.append(
            "JPEG verändert beim Speichern auch die bekannten Pixel ein wenig; "
            "in .png, .tif, .webp und .bmp bleiben sie gleich."
        )
    return lines


def _n_groups(mode: str) -> int:
    return len(pictures.GROUPS.get(mode, (0,)))


# ---------------------------------------------------------------- what is asked for


@dataclass(frozen=True)
class Wanted:
    """The answers that are wanted: with seeds, a sample each; without, the mean."""

    seeds: tuple[int, ...] = ()
    steps: int | None = None


def _parse_samples(samples, seed, steps) -> Wanted:
    if samples is None:
        for name, value in (("--seed", seed), ("--steps", steps)):
            if value is not None:
                raise FillError(
                    f"{name} gilt nur für Vorschläge, zusammen mit --samples. Der Mittelwert ist immer derselbe."
                )
        return Wanted()
    n, first = N_SAMPLES.parse(samples), SEED.parse(SEED.default if seed is None else seed)
    return Wanted(tuple(range(first, first + n)), None if steps is None else STEPS.parse(steps))


def _targets(output: Path, n_samples: int) -> list[Path]:
    """The files that are written: one, or one a sample."""
    if not n_samples:
        return [output]
    return [output.with_name(f"{output.stem}-{i + 1}{output.suffix}") for i in range(n_samples)]


def _check_target(target: Path, inputs: tuple[Path, Path], force: bool) -> None:
    """Try whether a file can be written, and leave nothing.

    Raises
    ------
    FillError
    """
    try:
        files.try_file(target)
    except files.TargetError as error:
        raise FillError(str(error)) from None
    if not force and target.exists() and any(path.exists() and target.samefile(path) for path in inputs):
        raise FillError(
            f"Die Ausgabe „{target}“ würde eine Eingabe überschreiben. Bitte einen anderen Namen "
            "wählen oder --force angeben."
        )


def _check_space(targets: list[Path], source: pictures.Source) -> None:
    """Refuse a disk that would be full before the files are written; they need less than raw pixels."""
    need = len(targets) * np.asarray(source.upright.crop((0, 0, 1, 1))).nbytes
    need *= source.upright.width * source.upright.height
    free = shutil.disk_usage(targets[0].parent).free
    if free < need:
        needed, left = (numbers.quantity(n / 1e6, 0, "MB") for n in (need, free))
        raise FillError(
            f"Im Ordner „{targets[0].parent}“ ist nicht genug Platz: {needed} werden gebraucht, {left} sind "
            "frei. Bitte Platz schaffen oder die Ausgabe anderswo ablegen."
        )


class Progress:
    """Says in German how far the filling is, but not too often.

    Parameters
    ----------
    n_parts : pictures to be filled one after the other.
    clock : gives seconds.
    """

    def __init__(self, log: Log, n_parts: int = 1, clock: Callable[[], float] = time.monotonic):
        self._log, self._n_parts, self._clock = log, n_parts, clock
        self._part = -1
        self._started = clock()
        self._next = self._started + QUIET_S

    def start(self) -> Callable[[int, int], None]:
        """Begin the next part; returns what is to be called with windows done and all windows."""
        self._part += 1
        return self._say

    def _say(self, done: int, total: int) -> None:
        now = self._clock()
        share = (self._part + done / total) / self._n_parts
        if now < self._next or share >= 1:
            return
        self._next = now + EVERY_S
        left = (now - self._started) * (1 - share) / share
        self._log(f"Gefüllt: {numbers.percent(share, 0)}, noch etwa {numbers.duration(left)} …")


# ---------------------------------------------------------------- networks


@dataclass(frozen=True)
class Loaded:
    """A network to fill with.

    Attributes
    ----------
    name : for the report.
    mean : its mean answer.
    sampler : seed and steps (None for its own number) → an answer that is a sample; None if it has none.
    window : edge of the windows that it takes.
    """

    name: str
    mean: Answer
    sampler: Callable[[int, int | None], Answer] | None = None
    window: int = windows.WINDOW

    def answers(self, wanted: Wanted) -> Iterator[Answer]:
        """The answers that are wanted, one after the other.

        Raises
        ------
        FillError
            If samples are wanted that the network does not have.
        """
        if not wanted.seeds:
            return iter([self.mean])
        if self.sampler is None:
            raise FillError(
                f"Das Netz {self.name} kennt zu jedem Loch nur eine Füllung, keine Vorschläge. Bitte --samples "
                "weglassen oder ein Netz nehmen, das welche macht: kompakt oder gruendlich."
            )
        return (self.sampler(seed, wanted.steps) for seed in wanted.seeds)


def load_network(name: str, store: Path = config.MODELS, log: Log = print) -> Loaded:
    """Load a network of the store, or a file of one's own.

    Parameters
    ----------
    name : "kompakt", "gruendlich", or the path of a ``.keras`` file, ours or foreign.

    Raises
    ------
    inpainting.networks.ModelError
        If there is none, or it cannot fill pictures.
    """
    if not name.lower().endswith(".keras"):
        return _load_shipped(name, store, log)

    from inpainting import networks

    path = Path(name)
    try:
        model = networks.load_model(path)
    except networks.ModelError:  # loading it as a foreign one says why
        return _load_foreign(path, log)
    if networks.has_samples(model):
        return _own(f"{path.name} aus {path.absolute().parent.name}", model)
    return _load_foreign(path, log)


def _load_shipped(name: str, store: Path, log: Log) -> Loaded:
    """The network that comes with the project; without it, the one of that name trained last."""
    from inpainting import networks
    from inpainting.training import recipes
    from inpainting.training.store import load_shipped

    trained = load_shipped(name, log, store) if name in recipes.OWN else None
    if trained is not None:
        return _own(f"{name}.keras aus {trained.folder.name}", trained.model)
    path = _find_latest(name, store) if name in recipes.OWN else None
    if path is None:
        raise networks.ModelError(
            f"Ein Netz „{errors.short(name)}“ liegt nicht im Modellspeicher. Erlaubt sind kompakt, "
            "gruendlich und der Pfad einer .keras-Datei; inpainting train trainiert die beiden."
        )
    return _own(f"{path.name} aus {path.parent.name}", networks.load_model(path))


def _find_latest(name: str, store: Path) -> Path | None:
    """The model of a name that was trained last on the whole of CIFAR-10; entries that are not whole
    do not count.
    """
    found = []
    for path in sorted(store.glob(f"{name}-*/{name}.keras")):
        try:
            record = files.read_json(path.parent / "record.json")
            if record["data"]["name"] == config.CIFAR10:
                found.append((str(record["trained_at"]), path))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return max(found)[1] if found else None


def _own(name: str, model) -> Loaded:
    """A network of the project: its mean, and its samples if it has any."""
    from inpainting import networks

    mean = networks.mean_of(model)  # once: making it takes longer than a batch

    def sampler(seed: int, steps: int | None) -> Answer:
        numbers = itertools.count()

        def answer(images, masks):
            batch = next(numbers)
            start = int(np.random.SeedSequence([seed, batch]).generate_state(1)[0] >> 1) if batch else seed
            return networks.sample(model, images, masks, start, **({"steps": steps} if steps else {}))

        return answer

    return Loaded(
        name,
        lambda images, masks: networks.fill(mean, images, masks),
        sampler if networks.has_samples(model) else None,
    )


def _load_foreign(path: Path, log: Log) -> Loaded:
    """A model of any interface that ``evaluate`` knows, tried on a few images of the sample."""
    from inpainting import data, masks
    from inpainting.networks import ModelError
    from inpainting.scoring import interface

    images = data.load_dataset(config.SAMPLE, log=lambda line: None).validation.images[: interface.N_PROBE]
    try:
        foreign = interface.load_foreign(path)
        foreign = foreign.probe(data.to_float(images), masks.suite_masks("quadrat8", len(images)))
    except interface.SubmissionError as error:
        raise ModelError(f"Das Modell „{path}“ {error}.") from None
    except Exception as error:  # a foreign model can raise anything
        raise ModelError(f"Das Modell „{path}“ {_does_not_compute(error)}.") from None
    for note in foreign.notes:
        log(note)

    def answer(images, masks, seed: int = 0):
        height, width = images.shape[1:3]
        try:
            filled = foreign.fill(*pad(images, masks, MULTIPLE), seed)
        except interface.SubmissionError as error:
            raise ModelError(f"Das Modell „{path}“ {error}.") from None
        except Exception as error:
            raise ModelError(f"Das Modell „{path}“ {_does_not_compute(error)}.") from None
        return filled[:, :height, :width]

    def sampler(seed: int, steps: int | None) -> Answer:
        numbers = itertools.count(seed)
        return lambda images, masks: answer(images, masks, next(numbers))

    window = foreign.size or windows.WINDOW
    return Loaded(path.name, answer, sampler if foreign.is_random else None, window)


def _does_not_compute(error: Exception) -> str:
    return f"rechnet nicht ({type(error).__name__}: {errors.short(' '.join(str(error).split()))})"
