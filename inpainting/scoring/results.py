"""What became of each hand-in, as text for the terminal, as CSV and as JSON."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inpainting.german import numbers
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate

COLUMNS = {"hole_psnr_pooled": 2, "hole_psnr_mean": 2, "ssim": 4, "hole_mae": 2}
"""Figures of the tables, and their digits."""

TITLES = ("Loch-PSNR gepoolt (dB)", "Loch-PSNR Mittel (dB)", "SSIM", "MAE (Graustufen)")

LONGEST_TABLE = 50
"""Rows of a suite's table in the terminal; files and page hold all."""

MOST_SKIPPED = 5
"""Names of passed-over files that the terminal shows."""


@dataclass(frozen=True)
class Result:
    """What became of one hand-in.

    Attributes
    ----------
    name : the file's, as far as it tells the hand-ins apart; or a baseline's.
    error : German reason why there are no figures; "" if there are.
    kind : parts of the input, see :class:`inpainting.scoring.inputs.Slot`; "" for a baseline.
    figures : suite → figure → Estimate, as :func:`inpainting.measuring.evaluation.summarise` gives.
    output : suite → "outside", "nan" (shares of the hole's values), "minimum", "maximum" (in
        [0, 1] units, before clipping).
    seconds : wall time, loading included.
    reading : German, the ranges that were used.
    notes : German sentences on what was recognised.
    is_meant : False for a file that never was meant as a model.
    examples : suite → the first filled images, uint8 (n, 32, 32, 3).
    """

    name: str
    error: str = ""
    kind: str = ""
    figures: dict[str, dict[str, Estimate]] = field(default_factory=dict)
    output: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0
    reading: str = ""
    notes: list[str] = field(default_factory=list)
    is_meant: bool = True
    examples: dict[str, np.ndarray] = field(default_factory=dict, compare=False)

    @property
    def status(self) -> str:
        """German: whether there are figures, and if not, whether that is a failure."""
        if not self.error:
            return "bewertet"
        return "gescheitert" if self.is_meant else "übergangen"


def sort_results(results: Sequence[Result]) -> list[Result]:
    """Best first, then what failed, last what was passed over."""
    order = ("bewertet", "gescheitert", "übergangen")
    return sorted(results, key=lambda result: (order.index(result.status), -_rank_value(result)))


def _rank_value(result: Result) -> float:
    suite = ranking_suite(result.figures)
    return result.figures[suite]["hole_psnr_pooled"].value if suite else 0.0


def ranking_suite(suites) -> str:
    """The suite whose pooled hole PSNR ranks the models; "" if there is none."""
    return "quadrat8" if "quadrat8" in suites else next(iter(suites), "")


def rank(results: Sequence[Result]) -> dict[str, int]:
    """1, 2, … for the models that were scored, equal ones sharing a rank; others have none."""
    ranked = [result for result in results if result.kind and not result.error]
    places: dict[str, int] = {}
    last = None
    for i, result in enumerate(ranked, 1):
        shown = numbers.number(_rank_value(result), COLUMNS["hole_psnr_pooled"])
        places[result.name] = places[ranked[i - 2].name] if shown == last else i
        last = shown
    return places


# ---------------------------------------------------------------- text


def render_results(results: Sequence[Result]) -> str:
    """The ranking, a table with intervals for each suite, and what is to be said, as text."""
    scored = [result for result in results if not result.error]
    shown = scored[:LONGEST_TABLE]
    suites = list(scored[0].figures) if scored else []
    parts = []
    if scored:
        ranks = rank(scored)
        header = ["Rang", "Modell", "Eingabe", *suites, "Zeit"]
        pooled = [[numbers.number(r.figures[s]["hole_psnr_pooled"].value, 2) for s in suites] for r in shown]
        rows = [
            [str(ranks.get(r.name, "–")), r.name, r.kind or "–", *values, numbers.duration(r.seconds)]
            for r, values in zip(shown, pooled, strict=True)
        ]
        table = numbers.Table(header, rows, align="rll" + "r" * (len(suites) + 1))
        more = "" if shown == scored else f", die besten {len(shown)} von {len(scored)}"
        parts.append(f"{TITLES[0]}, Rang nach {ranking_suite(suites)}{more}\n\n{table.to_terminal()}")
    for suite in suites:
        rows = [
            [r.name, *(numbers.interval(r.figures[suite][key], n) for key, n in COLUMNS.items())]
            for r in shown
        ]
        table = numbers.Table(["Modell", *TITLES], rows)
        parts.append(f"{suite}, mit 95-%-Intervallen\n\n{table.to_terminal()}")
    lines = [f"{result.name}: {note}" for result in scored for note in remarks(result)]
    lines += [f"Gescheitert: {r.name}: {r.error}" for r in results if r.status == "gescheitert"]
    if skipped := [result.name for result in results if result.status == "übergangen"]:
        more = f" und {len(skipped) - MOST_SKIPPED} weitere" if len(skipped) > MOST_SKIPPED else ""
        lines.append(f"Übergangen, weil keine Modelle: {', '.join(skipped[:MOST_SKIPPED])}{more}")
    return "\n\n".join(parts + (["\n".join(lines)] if lines else []))


def remarks(result: Result) -> list[str]:
    """German sentences on what was recognised in a model, and what is odd in its output."""
    found = list(result.notes)
    for suite, about in result.output.items():
        if about["outside"]:
            low, high = (numbers.number(about[key], 3) for key in ("minimum", "maximum"))
            found.append(
                f"{suite}: {numbers.percent(about['outside'], 2)} der Werte im "
                f"Loch liegen außerhalb des Wertebereichs (auf 0..1 bezogen {low} bis {high}); sie "
                "wurden beschnitten."
            )
        if about["nan"]:
            found.append(
                f"{suite}: {numbers.percent(about['nan'], 2)} der Werte im Loch "
                "sind keine endlichen Zahlen (NaN zählt als 0)."
            )
    return found


# ---------------------------------------------------------------- files


def to_json(results: Sequence[Result], options: Mapping) -> str:
    """All figures and the options that they depend on, as JSON; what is not finite becomes null."""
    ranks = rank(results)
    models = []
    for result in results:
        about = {key: value for key, value in vars(result).items() if key != "examples"}
        about["figures"] = {
            suite: {key: vars(estimate) for key, estimate in figures.items()}
            for suite, figures in result.figures.items()
        }
        models.append({"rank": ranks.get(result.name), "status": result.status, **about})
    return json.dumps(_finite({"options": options, "models": models}), indent=1, ensure_ascii=False) + "\n"


def _finite(value):
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_csv(results: Sequence[Result]) -> str:
    """One row per model and suite, a failed model in one row; names that a spreadsheet would
    take for formulas get an apostrophe.
    """
    header = ["model", "error", "input", "suite"]
    header += [f"{key}{end}" for key in evaluation.FIGURES for end in ("", "_low", "_high")]
    ranges = ["outside", "nan", "minimum", "maximum"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, *ranges, "seconds", "rank", "status", "range", "notes"])
    ranks = rank(results)
    for result in results:
        name = f"'{result.name}" if result.name[0] in "=+-@" else result.name
        for suite in result.figures or [""]:
            row = [name, result.error, result.kind, suite]
            for key in evaluation.FIGURES:
                row += vars(result.figures[suite][key]).values() if suite else [""] * 3
            row += [result.output.get(suite, {}).get(key, "") for key in ranges]
            row += [round(result.seconds, 1), ranks.get(result.name, ""), result.status, result.reading]
            writer.writerow([*row, " ".join(result.notes)])
    return text.getvalue()
