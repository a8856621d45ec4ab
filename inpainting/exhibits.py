"""What the report's pictures show: test images chosen by a fixed rule, filled by every method.

Nothing is trained or stored here; a picture is filled once more to be looked at.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inpainting import masks, networks
from inpainting.classical import Fill
from inpainting.data import CLASS_NAMES, Split, to_float
from inpainting.figures import Example, Stage
from inpainting.german.numbers import OURS, SAMPLED, in_one_line, number, suite_label
from inpainting.live import content
from inpainting.measuring import evaluation
from inpainting.measuring.result import MAIN_SUITE, N_HOLE_SIZE_IMAGES
from inpainting.networks import keras, prior_unet

TITLES = {
    "original": "Netz von\n2025",
    "gauss": "Gauß-\nVorhersage",
    "kompakt": "unser Netz,\nMittelwert",
    "gruendlich": "unser Netz,\nMittelwert",
    "kompakt_vorschlag": "unser Netz,\nVorschlag",
    "gruendlich_vorschlag": "unser Netz,\nVorschlag",
}
"""Method → heading of its column."""

NARROW_TITLES = {
    "original": "2025",
    "gauss": "Gauß",
    "kompakt": "Mittelwert",
    "gruendlich": "Mittelwert",
    "kompakt_vorschlag": "Vorschlag",
    "gruendlich_vorschlag": "Vorschlag",
}
"""The same where two pictures share a row: no column is wider than a word."""


def first_of_classes(labels: np.ndarray, n: int, skip: int = 0) -> list[int]:
    """Indices of the first image of each class, in the images' order: a rule that knows no result.

    Parameters
    ----------
    labels : integer array (N,).
    n : how many, at most as many as there are classes.
    skip : so many of them are left out at the beginning.
    """
    _, firsts = np.unique(labels, return_index=True)
    return sorted(firsts.tolist())[skip : skip + n]


def shown_methods(result, network: str, samples: bool = True) -> tuple[str, ...]:
    """The methods of a comparison in pictures, as far as they were measured; without ``samples`` no draws."""
    wanted = ("original", "gauss", network, *((network + SAMPLED,) if samples else ()))
    return tuple(method for method in wanted if method in result.methods)


@dataclass(frozen=True)
class Filled:
    """Pictures of a comparison and what each method's fill is worth.

    Attributes
    ----------
    examples : one picture each, for :func:`inpainting.figures.plot_fills`.
    psnr : method → hole PSNR of each picture, in dB.
    """

    examples: list[Example]
    psnr: dict[str, list[float]]


def fill_pictures(
    split: Split,
    chosen: Sequence[tuple[int, str]],
    fills: Mapping[str, Fill],
    part: str = "test",
    titles: Mapping[str, str] = TITLES,
) -> Filled:
    """Fill some images with some methods, composited, with the hole PSNR below each.

    Parameters
    ----------
    split : the images.
    chosen : (index of an image, suite whose mask of that index makes the hole).
    fills : method → function, any of :func:`inpainting.measuring.methods.make_fills`.
    part : name of the split.
    titles : method → heading of its column.
    """
    examples, psnr = [], {method: [] for method in fills}
    for index, suite in chosen:
        image = to_float(split.images[index : index + 1])
        hole = masks.suite_masks(suite, index + 1, part)[index:]
        shown = {}
        for method, fill in fills.items():
            prediction = fill(image, hole)
            psnr[method].append(float(evaluation.score(prediction, image, hole).hole_psnr[0]))
            note = f"{number(psnr[method][-1], 1)} dB"
            shown[titles.get(method, method)] = masks.composite(prediction, image, hole)[0], note
        name = f"{CLASS_NAMES[split.labels[index]]},\n{suite_label(suite)}"
        examples.append(Example(name, image[0], masks.mask_images(image, hole)[0], hole[0], shown))
    return Filled(examples, psnr)


def strip_of_masks(images: np.ndarray, suites: Sequence[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A mask of each suite, and an image under it, for :func:`inpainting.figures.plot_masks`.

    Parameters
    ----------
    images : uint8 array (N, 32, 32, 3); the first ones are shown.
    suites : names of suites.
    """
    holes = {suite: masks.suite_masks(suite, i + 1, "validation")[i] for i, suite in enumerate(suites)}
    masked = masks.mask_images(to_float(images[: len(holes)]), np.stack(list(holes.values())))
    return {suite_label(suite): hole for suite, hole in holes.items()}, masked


def follow(image: np.ndarray, hole: np.ndarray, fills: Mapping[str, Fill]) -> list[Stage]:
    """One picture on its way through our network, with its real intermediate images.

    Parameters
    ----------
    image : float32 array (32, 32, 3).
    hole : uint8 array (32, 32, 1), 1 = hole.
    fills : German name of an answer → function that fills holes: the mean first, then samples.

    Returns
    -------
    Stages, masked image first, true image last; each note says how far its hole is from the truth.
    """
    images, holes = image[None], hole[None]
    known = masks.mask_images(images, holes)
    coarse = _coarse(known, holes)
    prior = masks.composite(
        prior_unet.prior_alone().predict([images, holes.astype(np.float32)], verbose=0), images, holes
    )

    def stage(name: str, filled: np.ndarray, by: str = "→") -> Stage:
        psnr = evaluation.score(filled, images, holes).hole_psnr[0]
        return Stage(name, filled[0], f"{number(float(psnr), 1)} dB", by)

    stages = [
        Stage("maskiert", known[0]),
        stage("Pull-Push", masks.composite(coarse, images, holes)),
        stage("Gauß-\nVorfüllung", prior),
    ]
    for i, (name, fill) in enumerate(fills.items()):
        filled = masks.composite(fill(images, holes), images, holes)
        if i == 0:
            correction = np.clip(0.5 + 4 * (filled - prior), 0, 1)
            stages.append(Stage("Korrektur\n×4", correction[0], "", "→"))
        stages.append(stage(name, filled, "→" if i == 0 else ""))
    return [*stages, Stage("wahres\nBild", image)]


def _coarse(known: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """What pull-push alone makes of masked images."""
    weight = 1 - holes.astype(np.float32)
    return keras.ops.convert_to_numpy(
        prior_unet._pull_push(keras.ops.convert_to_tensor(known), keras.ops.convert_to_tensor(weight))
    )


# ---------------------------------------------------------------- the report's pictures


def _chosen_fills(field, methods: Sequence[str]) -> dict[str, Fill]:
    return {method: field.fills[method] for method in methods}


def show_hero(split: Split, field) -> Filled:
    """For the title: the first images of the two classes that no other comparison shows, with large holes."""
    firsts = first_of_classes(split.labels, len(CLASS_NAMES))
    fills = {"Netz von\n2025": field.fills["original"], "unser Netz,\nMittelwert": field.fills[field.best]}
    chosen = [(firsts[2], "mitte16"), (firsts[-1], "freiform")]
    return fill_pictures(split, chosen, fills | _drawn_fills(field, 3))


def show_first(split: Split, field, titles: Mapping[str, str] = TITLES) -> Filled:
    """The first images of two classes: one with the hole of 2025, one with a large one."""
    chosen = zip(first_of_classes(split.labels, 2), ("quadrat8", "mitte16"), strict=True)
    fills = _chosen_fills(field, shown_methods(field.result, field.best))
    return fill_pictures(split, list(chosen), fills, titles=titles)


def show_strip(split: Split, field) -> Filled:
    """The first images of three further classes, for the summary."""
    chosen = zip(first_of_classes(split.labels, 3, skip=4), ("quadrat8", "mitte16", "haelfte"), strict=True)
    return fill_pictures(split, list(chosen), _chosen_fills(field, shown_methods(field.result, field.best)))


def show_failures(split: Split, field, n: int) -> Filled:
    """The images that our best network fills worst."""
    worst = field.result.examples[field.best]["misserfolge"][:n]
    return fill_pictures(
        split,
        [(i, "quadrat8") for i in worst],
        _chosen_fills(field, ("original", "gauss", field.best)),
        titles=NARROW_TITLES,
    )


def show_gallery(split: Split, field) -> Filled:
    """The best image of our best network, and those at 95, 75, 50, 25 and 5 % of its ranks.

    The worst ones are left to :func:`show_failures`.
    """
    picked = field.result.examples[field.best]
    chosen = [(i, "quadrat8") for i in (picked["beste"][0], *picked["quantile"][:5])]
    fills = _chosen_fills(field, shown_methods(field.result, field.best))
    return fill_pictures(split, chosen, fills, titles=NARROW_TITLES)


def show_draws(split: Split, field, n_draws: int = 3) -> Filled:
    """The mean answer and several samples for large holes."""
    images = zip(first_of_classes(split.labels, 3, skip=6), ("mitte16", "freiform", "haelfte"), strict=False)
    fills = {"Mittelwert": field.fills[field.best]} | _drawn_fills(field, n_draws)
    return fill_pictures(split, list(images), fills)


def _drawn_fills(field, n: int) -> dict[str, Fill]:
    """``n`` samples of our best network, seeds 1 to n; none where it only has its mean."""
    if field.best + SAMPLED not in field.result.methods:
        return {}
    model = field.networks[field.best].model
    return {f"Vorschlag {seed}": functools.partial(_draw, model, seed) for seed in range(1, n + 1)}


def _draw(model, seed: int, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    return networks.sample(model, images, holes, seed=seed)


@dataclass(frozen=True)
class Way:
    """One picture's way through our network: its stages, and the hole."""

    stages: list[Stage]
    hole: np.ndarray


def follow_example(split: Split, field) -> Way:
    """The first image of the fourth class that appears, with the large hole in the middle."""
    (index,) = first_of_classes(split.labels, 1, skip=3)
    hole = masks.suite_masks("mitte16", index + 1, "test")[index]
    fills = {"Mittelwert": field.fills[field.best]} | _drawn_fills(field, 2)
    return Way(follow(to_float(split.images[index]), hole, fills), hole)


def show_as_in_2025(split: Split, field, suite: str) -> tuple[dict[str, np.ndarray], str]:
    """The first ten test images as the report of 2025 showed them, and the names of their classes."""
    images = to_float(split.images[:10])
    holes = masks.suite_masks(suite, len(images), "test")
    whole = networks.fill(field.networks["original"].model, images, holes)
    rows = {"wahres Bild": images, "maskiert": masks.mask_images(images, holes), "ausgegeben": whole}
    return rows, ", ".join(CLASS_NAMES[label] for label in split.labels[:10])


def describe(filled: Filled) -> str:
    """Alternative text of a comparison: every picture, and what each method's fill is worth."""
    parts = []
    for example in filled.examples:
        fills = ", ".join(f"{in_one_line(name)} {note}" for name, (_, note) in example.fills.items())
        parts.append(f"{in_one_line(example.name)}: {fills}")
    return f"Bilder in Reihen, Verfahren in Spalten, jedes Loch umrandet. PSNR im Loch: {'; '.join(parts)}."


@dataclass(frozen=True)
class Tried:
    """What the page's readers can try: the pictures, the networks, and the figure for paper."""

    pictures: list
    networks: dict
    rows: dict[str, np.ndarray]
    more: dict


def choose_live(split: Split, field, verdict=None) -> Tried:
    """The pictures of the live section, and the networks that fill them.

    Parameters
    ----------
    split : test images, and ``field``, what the run measured on them.
    verdict : ``measuring.judged.Judged`` on the run's networks, for the game; None without.
    """
    holes = masks.suite_masks("quadrat8", len(split.images), "test")
    picked = field.result.examples[field.best]
    order = {
        "bestes": picked["beste"][0],
        "mittleres": picked["mittlere"][0],
        "schlech\u00adtestes": picked["schlechteste"][-1],
    }
    chosen = [*order.items()]
    chosen += [("", i) for i in first_of_classes(split.labels, len(CLASS_NAMES))]
    pictures = [
        content.Picture(rule, CLASS_NAMES[split.labels[i]], split.images[i], holes[i]) for rule, i in chosen
    ]
    images, gaps = (np.stack(stack) for stack in zip(*((p.image, p.mask) for p in pictures), strict=True))
    floats = to_float(images)
    rows = {"wahres Bild": images, "maskiert": masks.mask_images(images, gaps)}
    for name, method in (("Netz von 2025", "original"), ("unser Netz", "kompakt")):
        if method in field.fills:
            rows[name] = masks.composite(field.fills[method](floats, gaps), floats, gaps)
    live = {name: field.networks[name] for name in ("original", *OURS) if name in field.networks}
    return Tried(pictures, live, rows, _more_for_the_page(split, field, holes, verdict))


def _more_for_the_page(split: Split, field, holes: np.ndarray, verdict) -> dict:
    """What the live section shows beside the networks: gains, hole sizes, its game's pictures and judge, whose ranks."""
    pairs = content.choose_pairs(split.images, split.labels, holes)
    result, more = field.result, {"pairs": pairs, "ranked_by": field.best}
    methods = [m for m in ("biharmonisch", "original", "kompakt") if m in result.hole_sizes]
    edges = sorted(int(edge) for edge in result.hole_sizes[methods[0]])
    curves = {m: [result.hole_sizes[m][str(edge)].value for edge in edges] for m in methods}
    n = min(N_HOLE_SIZE_IMAGES, result.question.n_images)
    more["hole_sizes"] = content.curve_of_hole_sizes(edges, curves, n)
    more["gains"] = {
        method: content.histogram_of_gains(result.gains[method], result.question.n_images)
        for method in OURS
        if method in result.gains
    }
    if verdict:
        more["verdict"] = {m: of[MAIN_SUITE].value for m, of in verdict.shares.items() if MAIN_SUITE in of}
    return more
