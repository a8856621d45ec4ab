"""The runs of a sweep on one page, in the report's style."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from scipy import stats

from inpainting import config, display, errors, figures
from inpainting.files import write_file
from inpainting.german import numbers
from inpainting.german.numbers import Table
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate
from inpainting.runs import listing
from inpainting.runs.listing import FIGURE, SUITE, Run
from inpainting.typeset import page
from inpainting.typeset.document import build_document

PICTURE = "inpainting_result_cifar10.png"
HEADLINE = f"Loch-PSNR in dB, gepoolt, Suite {SUITE}"


def write_comparison(
    found: Sequence[Run], swept: Sequence[str], failed: Mapping[str, str], target: Path
) -> None:
    """Write the page of a sweep.

    Parameters
    ----------
    found : finished runs, at least one, in the order of the grid; they lie beside ``target``.
    swept : names of the parameters that vary.
    failed : name of a run that failed → its error.
    target : the HTML file, written whole or not at all.
    """
    order = sorted((run for run in found if run.best(True)), key=lambda run: run.best(True)[1].value)
    shown = [order[-1], *order[:-1][:1]] if order else []
    over = _over_points(found, swept)
    cells = [
        new_markdown_cell("## Auf einen Blick", metadata={"tags": ["zusammenfassung"]}),
        _cell(_prose(_summary(found, order, failed)), tags=["zusammenfassung"]),
        new_markdown_cell("## Kennzahlen"),
        _cell(_table(_figures_table(over), "kennzahlen", _caption(found, swept))),
        _cell(_plot(over, swept)),
        new_markdown_cell("## Rekonstruktionen im besten und im schlechtesten Lauf"),
        *(_cell(_picture(run)) for run in shown if (run.folder / PICTURE).is_file()),
        new_markdown_cell("## Die Läufe"),
        _cell(_table(_runs_table(found), "laeufe", f"Alle Läufe mit ihren Berichten; {HEADLINE}.")),
    ]
    if failed:
        rows = [[f"[{name}]({name}.protokoll.txt)", _last_line(e)] for name, e in failed.items()]
        table = Table(["Protokoll", "Fehler"], rows, "ll")
        cells.append(_cell(_table(table, "gescheitert", "Gescheiterte Läufe mit ihrem Protokoll.")))
    is_sample = any(run.parameters["dataset"] == config.SAMPLE for run in found)
    about = {
        "title": f"Vergleich von {len(found)} Läufen",
        "authors": found[0].parameters["authors"],
        "date": config.today(),
        "notice": config.SAMPLE_NOTICE if is_sample else "",
    }
    document = build_document(new_notebook(cells=cells, metadata={"inpainting": about}))
    write_file(target, page.render_page(document))


def over_seeds(values: Sequence[float]) -> Estimate:
    """Mean and 95 % interval (Student's t) over the seeds; a single one has no interval."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Estimate(mean, np.nan, np.nan)
    half = stats.t.ppf((1 + evaluation.CONFIDENCE) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def _over_points(found: Sequence[Run], swept: Sequence[str]) -> dict[str, dict[str, Estimate]]:
    """Point of the grid, without its seed → method → headline figure over the seeds."""
    groups: dict[str, list[Run]] = {}
    for run in found:
        groups.setdefault(_point(run, swept), []).append(run)
    return {
        point: {
            method: over_seeds([run.figures[SUITE][method][FIGURE].value for run in group])
            for method in group[0].figures[SUITE]
        }
        for point, group in groups.items()
    }


def _point(run: Run, swept: Sequence[str]) -> str:
    names = [name for name in swept if name != "seed"]
    if len(names) == 1:
        return str(run.parameters[names[0]])
    return ", ".join(f"{name} = {run.parameters[name]}" for name in names) or "alle"


# ---------------------------------------------------------------- words and tables


def _summary(found: Sequence[Run], order: Sequence[Run], failed: Mapping) -> str:
    text = f"{len(found)} von {len(found) + len(failed)} Läufen sind fertig."
    if not order:
        return text
    best, worst = (
        f"{numbers.quantity(run.best(True)[1].value, 2, 'dB')} im Lauf `{run.name}` "
        f"({numbers.LABELS[run.best(True)[0]]})"
        for run in (order[-1], order[0])
    )
    return f"{text} Gemessen wird der {HEADLINE}. Das beste Netz erreicht {best}" + (
        f", das schlechteste {worst}." if len(order) > 1 else "."
    )


def _figures_table(over: Mapping[str, Mapping[str, Estimate]]) -> Table:
    methods = list(dict.fromkeys(method for estimates in over.values() for method in estimates))
    rows, highlight = [], []
    for method in methods:
        estimates = [values.get(method) for values in over.values()]
        rows.append([numbers.LABELS[method], *(_with_interval(e) if e else "–" for e in estimates)])
    for column, values in enumerate(over.values(), 1):
        highlight.append((methods.index(max(values, key=lambda m: values[m].value)), column))
    return Table(["Verfahren", *over], rows, highlight=highlight)


def _with_interval(estimate: Estimate) -> str:
    if not estimate.low < estimate.high:  # one seed, or a method that knows no seed
        return numbers.number(estimate.value, 2)
    return numbers.interval(estimate)


def _caption(found: Sequence[Run], swept: Sequence[str]) -> str:
    n_seeds = len({run.parameters["seed"] for run in found})
    seeds = (
        f"Mittel und 95-%-Intervall (Student) über {n_seeds} Startwerte" if n_seeds > 1 else "ein Startwert"
    )
    return f"{HEADLINE}, nach {_axis(swept)}; {seeds}; das beste Verfahren fett."


def _axis(swept: Sequence[str]) -> str:
    return numbers.listing([f"`{name}`" for name in swept if name != "seed"] or ["Startwert"])


def _runs_table(found: Sequence[Run]) -> Table:
    table = listing.runs_table(list(found))
    rows = [[f"[{row[0]}]({row[0]}/bericht.html)", *row[1:]] for row in table.rows]
    return Table(table.header, rows, table.align)


def _last_line(error: str) -> str:
    return f"`{errors.short(error.strip().splitlines()[-1]).replace('`', '')}`"


# ---------------------------------------------------------------- outputs


def _plot(over: Mapping[str, Mapping[str, Estimate]], swept: Sequence[str]):
    methods = [m for m in numbers.LABELS if all(m in estimates for estimates in over.values())]
    series = {m: [tuple(vars(values[m]).values()) for values in over.values()] for m in methods}
    x_label = _axis(swept).replace("`", "")
    drawn = figures.plot_sweep(list(over), series, numbers.LABELS, (x_label, "Loch-PSNR, Mittel (dB)"))
    lines = (
        f"{numbers.LABELS[m]} {', '.join(numbers.number(value, 2) for value, _, _ in points)}"
        for m, points in series.items()
    )
    return _figure(
        display.figure_bundle(drawn),
        "verlauf",
        f"{HEADLINE}, nach {_axis(swept)}.",
        f"Liniendiagramm in dB, nach {x_label} ({'; '.join(over)}): {'; '.join(lines)}.",
    )


def _picture(run: Run):
    method, estimate = run.best(True)
    value = numbers.quantity(estimate.value, 2, "dB")
    picture = {"image/png": base64.b64encode((run.folder / PICTURE).read_bytes()).decode()}
    return _figure(
        picture,
        f"bilder-{run.name}",
        f"Lauf `{run.name}`, bestes Netz mit {value}.",
        f"Reihen von Testbildern aus dem Lauf {run.name}: wahres Bild, maskiert, gefüllt.",
    )


def _cell(*outputs, tags=()):
    return new_code_cell("", outputs=list(outputs), metadata={"tags": list(tags)})


def _prose(markdown: str):
    return new_output("display_data", display.prose_bundle(markdown), metadata=display.about("prose"))


def _table(table: Table, name: str, caption: str):
    about = display.about("table", name=name, caption=caption)
    return new_output("display_data", display.table_bundle(table), metadata=about)


def _figure(data: Mapping, name: str, caption: str, alt: str):
    about = display.about("figure", name=name, caption=caption, alt=alt)
    return new_output("display_data", dict(data), metadata=about)
