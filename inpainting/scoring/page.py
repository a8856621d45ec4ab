"""The ranking as one HTML page: offline, sortable, each hand-in's fills beside the truth."""

import base64
import io
from collections.abc import Mapping, Sequence

import jinja2
import numpy as np
from PIL import Image

from inpainting import config
from inpainting.german import numbers
from inpainting.scoring import results
from inpainting.scoring.child import N_EXAMPLES
from inpainting.scoring.results import Result

TEMPLATE = config.ASSETS / "templates" / "rangliste"

MOST_EXAMPLES = 100
"""Hand-ins whose examples are shown, the best; a thousand would make a page of 80 MB."""

GREY = 128
"""Grey level of the holes in the masked images."""


def render_page(
    scored: Sequence[Result], images: np.ndarray, suites: Mapping[str, np.ndarray], options: Mapping
) -> str:
    """Set the page.

    Parameters
    ----------
    scored : in the order of the ranking.
    images : uint8 array, (N, 32, 32, 3): the truth, of which the first are shown.
    suites : name → masks, uint8 array (N, 32, 32, 1), 1 = hole.
    options : as they stand in the JSON.
    """
    ranks = results.rank(scored)
    ranking = results.ranking_suite(suites)
    whole = [result for result in scored if not result.error]
    with_examples = {id(result) for result in whole[:MOST_EXAMPLES]}
    sections = []
    for suite, holes in suites.items():
        n = min(N_EXAMPLES, len(images))
        masked = np.where(holes[:n], np.uint8(GREY), images[:n])
        rows = [
            {
                "rank": ranks.get(result.name),
                "result": result,
                "cells": [_cell(result.figures[suite][key], n) for key, n in results.COLUMNS.items()],
                "fills": _png(result.examples[suite])
                if id(result) in with_examples and suite in result.examples
                else "",
            }
            for result in sorted(whole, key=lambda r: -r.figures[suite]["hole_psnr_pooled"].value)
        ]
        sections.append(
            {
                "name": suite,
                "about": numbers.suite_label(suite),
                "is_ranking": suite == ranking,
                "rows": rows,
                "truth": _png(images[:n]),
                "masked": _png(masked),
                "n": n,
            }
        )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("rangliste.html.j2").render(
        sections=sections,
        whole=whole,
        ranks=ranks,
        ranking=ranking,
        titles=results.TITLES,
        failed=[result for result in scored if result.status == "gescheitert"],
        skipped=[result for result in scored if result.status == "übergangen"],
        remarks=results.remarks,
        number=numbers.number,
        duration=numbers.duration,
        date=config.today(),
        options=options,
        most_examples=MOST_EXAMPLES,
        css=(TEMPLATE / "rangliste.css").read_text(encoding="utf-8"),
        js=(TEMPLATE / "rangliste.js").read_text(encoding="utf-8"),
    )


def _cell(estimate, digits: int) -> dict:
    """A figure for a table: its text, its interval, and the number that it is sorted by."""
    low, high = (numbers.number(end, digits) for end in (estimate.low, estimate.high))
    return {
        "text": numbers.number(estimate.value, digits),
        "interval": f"[{low}; {high}]",
        "value": estimate.value if np.isfinite(estimate.value) else "",
    }


def _png(images: np.ndarray) -> str:
    """Images side by side, as the data address of a PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(list(images), axis=1)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
