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
        "Ab 12 Schritten ändert sich keines der Maße mehr um über 5\u00a0%; darum nehmen unsere Vorschläge 12."
        in text
    )


def test_too_few_steps_are_called_too_few():
    text = steps.describe_steps(
        curves(frechet={1: 2.0, 4: 1.5, 12: 1.2, 24: 1.0}), "gruendlich", "quadrat8", 12
    )
    assert "keines der Maße" not in text
    assert "das Maß „Fréchet-Distanz“ (1,20 gegen 1,00 mit 24 Schritten)" in text


def test_what_another_number_has_better_is_told_and_whether_it_is_sure():
    better = curves(
        frechet={1: 2.0, 8: 1.393, 12: 1.417, 24: 1.452}, energy_ratio={1: 0.9, 12: 0.7151, 24: 0.7132}
    )
    text = steps.describe_steps(better, "gruendlich", "mitte16", 12)
    assert "„Fréchet-Distanz“ ist mit 8 Schritten am kleinsten (1,39 gegen 1,42 mit 12)" in text
    assert "„Energie-Score ÷ Abstand“ ist mit 24 Schritten am kleinsten (0,713 gegen 0,715 mit 12)" in text
    assert "Schärfe“ ist mit" not in text
    ends = {"frechet": {8: (1.3, 1.45), 12: (1.35, 1.5)}}
    text = steps.describe_steps(better, "gruendlich", "mitte16", 12, ends)
    assert "(1,39 gegen 1,42 mit 12; die Intervalle überlappen)" in text
    text = steps.describe_steps(
        better, "gruendlich", "mitte16", 12, {"frechet": {8: (1.38, 1.4), 12: (1.41, 1.5)}}
    )
    assert "(1,39 gegen 1,42 mit 12, gesichert)" in text
    best = curves(frechet={1: 2.0, 12: 1.0, 24: 1.0})
    assert "In jedem Maß" not in steps.describe_steps(best, "gruendlich", "mitte16", 12)
    sharp = curves(sharpness={12: 0.97, 24: 1.02})
    assert "„Schärfe“ ist mit 24 Schritten am nächsten an 1 (1,02 gegen 0,97 mit 12)" in steps.describe_steps(
        sharp, "gruendlich", "mitte16", 12
    )


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
