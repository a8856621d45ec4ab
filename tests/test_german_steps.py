"""Sentences about the number of steps follow the curves."""

import pytest

from inpainting.german import steps
from inpainting.measuring.steps import StepCurves

FLAT = {1: 1.0, 4: 1.0, 12: 1.0, 24: 1.0}


def curves(**changed):
    return {figure: changed.get(figure, FLAT) for figure in steps.PANELS}


@pytest.mark.parametrize(
    "curve, n",
    [
        ({1: 0.5, 2: 0.8, 8: 0.96, 12: 0.99, 24: 1.0}, 8),
        ({1: 0.99, 2: 0.5, 24: 1.0}, 24),
        ({1: 1.0, 2: 1.0, 24: 1.0}, 1),
        ({2: 1.06, 4: 1.04, 24: 1.0}, 4),
    ],
)
def test_a_curve_has_settled_where_all_that_follows_is_the_same(curve, n):
    assert steps.settled(curve) == n


def test_enough_steps_are_called_enough():
    text = steps.describe_steps(
        curves(sharpness={1: 0.6, 4: 0.9, 12: 0.99, 24: 1.0}), "gruendlich", "quadrat8", 12
    )
    assert "Mit 1 Schritt ist die Schärfe 0,60, mit 24 Schritten 1,00." in text
    assert (
        "Ab 12 Schritten ändert sich keines der Maße mehr um über 5 %; unsere Vorschläge nehmen 12." in text
    )


def test_too_few_steps_are_called_too_few():
    text = steps.describe_steps(
        curves(frechet={1: 2.0, 4: 1.5, 12: 1.2, 24: 1.0}), "gruendlich", "quadrat8", 12
    )
    assert "keines der Maße" not in text
    assert "das Maß „Fréchet-Distanz“ (1,20 gegen 1,00 mit 24 Schritten)" in text


def test_alternative_text_names_ends():
    text = steps.alt_steps(curves(frechet={1: 2.0, 24: 1.0}))
    assert "Fréchet-Distanz von 2,00 bei 1 auf 1,00 bei 24 Schritten" in text


def test_curves_are_chosen_where_they_are_stored():
    rows = {n: dict.fromkeys(steps.PANELS, float(n)) for n in ("2", "12")} | {"wahr": {"frechet": 0.3}}
    stored = StepCurves(500, {"kompakt": {"mitte16": rows}})
    curves = steps.choose_curves(stored, "kompakt", "mitte16")
    assert steps.panels(curves)["Schärfe"] == {2: 2.0, 12: 12.0}
    assert steps.marks(stored, "kompakt", "mitte16") == {"Schärfe": 1.0, "Fréchet-Distanz": 0.3}
    assert steps.choose_curves(stored, "gruendlich", "mitte16") is None
    assert steps.choose_curves(None, "kompakt", "mitte16") is None
