"""What the text says of trainings follows their histories."""

import itertools
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from invented import make_seeds

from inpainting.german import network, training

FLOOR = 0.55
RECIPE = {"epochs": 40, "patience": 5}


def make_history(val_loss, loss=None, stopped="epochs"):
    """What the narrative reads of a ``training.History``."""
    finite = [value for value in val_loss if math.isfinite(value)]
    best = val_loss.index(min(finite)) + 1 if finite else 0
    return SimpleNamespace(
        loss=list(loss or val_loss),
        val_loss=list(val_loss),
        stopped=stopped,
        n_epochs=len(val_loss),
        best_epoch=best,
        best_val_loss=val_loss[best - 1] if best else math.inf,
    )


EPOCHS = np.arange(40)
HISTORIES = {
    "falling": make_history((FLOOR + 0.1 * np.exp(-EPOCHS / 40)).tolist()),
    "flat": make_history((FLOOR + 0.01 + 0.1 * np.exp(-EPOCHS / 2)).tolist()),
    "overfitted": make_history(
        (FLOOR + 0.02 + 1e-4 * (EPOCHS - 10.0) ** 2).tolist(), np.linspace(0.7, 0.6, 40).tolist()
    ),
    "patience": make_history([0.6, 0.57, 0.569, 0.5691, 0.5692, 0.5691, 0.5692, 0.5691], stopped="patience"),
    "nan": make_history([0.6, 0.58, math.nan], [0.6, 0.59, math.nan], stopped="nan"),
    "nan at once": make_history([math.nan], stopped="nan"),
    "one epoch": make_history([0.6]),
    "two epochs": make_history([0.6, 0.59]),
    "at the floor": make_history([FLOOR] * 12),
}
FALLING, FLAT, OVERFITTED = "Validierungsverlust noch", "ist der Validierungsverlust flach", "überangepasst"


def describe(name: str) -> str:
    return training.describe_training(HISTORIES[name], {"Training": FLOOR, "Validierung": FLOOR}, RECIPE)


@pytest.mark.parametrize(
    "name, said, unsaid",
    [
        ("falling", [FALLING, "alle 40 Epochen"], [FLAT, OVERFITTED]),
        ("flat", [FLAT, "eine Überanpassung zeigt sich nicht"], [FALLING, OVERFITTED]),
        (
            "overfitted",
            [OVERFITTED, "in Epoche 11", "steigt der Validierungsverlust wieder"],
            [FALLING, FLAT],
        ),
        (
            "patience",
            ["endete nach Epoche 8 von höchstens 40", "5 Epochen lang nicht mehr sank", FLAT],
            [FALLING],
        ),
        ("nan", ["brach in Epoche 3 ab", "in Epoche 2"], [FALLING, FLAT, OVERFITTED]),
        ("nan at once", ["brach in Epoche 1 ab"], [FALLING, FLAT, OVERFITTED, "Epoche 0"]),
        ("one epoch", ["kein Verlauf ablesen"], [FALLING, FLAT, OVERFITTED, "Überanpassung"]),
        ("two epochs", [FALLING], [FLAT, OVERFITTED]),
        ("at the floor", [FLAT], [FALLING, OVERFITTED]),
    ],
)
def test_interpretation_follows_the_history(name, said, unsaid):
    text = describe(name)
    assert all(words in text for words in said) and not any(words in text for words in unsaid)


@pytest.mark.parametrize("name", HISTORIES)
def test_interpretation_holds_no_raw_numbers(name):
    text = describe(name) + training.alt_losses(HISTORIES[name], FLOOR)
    assert not re.search(r"\bnan\b|\binf\b|\d\.\d", text)


def test_never_both_falling_and_overfitted():
    rng = np.random.default_rng(5)
    seen = set()
    for n, slope, noise in itertools.product(
        (1, 2, 3, 6, 11, 40), (-0.003, -0.001, 0, 0.001), (0, 1e-3, 1e-2)
    ):
        val_loss = FLOOR + 0.2 + slope * np.arange(n) + noise * rng.standard_normal(n)
        loss = FLOOR + 0.2 - 0.001 * np.arange(n)
        verdict = training.judge_training(loss.tolist(), val_loss.tolist(), FLOOR)
        assert not (verdict.still_falling and verdict.overfitted)
        seen.add((verdict.still_falling, verdict.overfitted))
    assert len(seen) == 3  # each verdict is reached
    turning = [0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.61, 0.62, 0.63]  # just past its best
    verdict = training.judge_training(np.linspace(0.9, 0.5, 9).tolist(), turning, FLOOR)
    assert verdict.still_falling and not verdict.overfitted


def test_verdict_in_numbers():
    val_loss = [0.65] * 5 + [0.60] * 5
    verdict = training.judge_training(val_loss, val_loss, 0.5)
    assert verdict.improvement == pytest.approx(0.05) and verdict.excess == pytest.approx(0.2)
    assert verdict.still_falling


def make_trained(name, from_store, seconds=120.0, **more):
    record = {
        "seconds": seconds,
        "data": {"n_train": 45_000},
        "trained_at": "2026-07-03T10:00:00+00:00",
        "hardware": {"n_cores": 2, "processor": "Rechner"},
        "recipe": {"network": name},
    } | more
    return SimpleNamespace(record=record, from_store=from_store)


def test_origins_are_told_once_for_all_that_share_them():
    stored = {name: make_trained(name, True) for name in ("original", "kompakt")}
    text = training.describe_origins(stored)
    assert text == (
        "Aus dem Modellspeicher kommen, am 3. Juli 2026 auf 45\u202f000 Bildern und 2 Kernen (Rechner) trainiert, das Netz von 2025 in "
        "2,0\u00a0min und „kompakt“ in 2,0\u00a0min."
    )
    text = training.describe_origins(stored | {"kompakt": make_trained("kompakt", False)})
    assert text.startswith(
        "In diesem Lauf trainiert ist „kompakt“ in 2,0\u00a0min. Aus dem Modellspeicher kommt,"
    )


def test_stages_are_told_only_where_there_were_any():
    stages = [{"epochs": 66, "seconds": 5926}, {"epochs": 26, "seconds": 4849}]
    text = training.describe_stages(make_trained("gruendlich", True, stages=stages))
    assert "lernte „gründlich“ in zwei Stufen" in text and "66 Epochen ohne und 26 Epochen mit" in text
    assert "179,6\u00a0min" in text
    assert training.describe_stages(make_trained("kompakt", True)) == ""


def test_a_mean_of_stages_is_told_beside_its_recipe():
    stages = [{"epochs": 66, "seconds": 5926}, {"epochs": 26, "seconds": 4849}]
    plain = {"original": make_trained("original", True), "kompakt": make_trained("kompakt", True)}
    assert "Stufen" not in network.describe_recipes(plain)
    staged = plain | {
        "gruendlich": make_trained("gruendlich", True, stages=stages, converted="2026-11-25: moved")
    }
    assert network.describe_recipes(staged).endswith(
        "; „gründlich“ in Stufen (@abs:training-und-interpretation)."
    )


def test_flows_of_another_day_and_carried_weights_are_told():
    flow = {"flow_trained": {"trained_at": "2026-07-09T08:00:00"}, "flow_history": {"seconds": [90.0, 30.0]}}
    text = training.describe_origins({"kompakt": make_trained("kompakt", True, converted="2026: x", **flow)})
    assert (
        "kam erst am 9. Juli 2026 dazu; von der genannten Dauer entfallen auf ihn 2,0\u00a0min bei „kompakt“."
        in text
    )
    assert "Den Mittelwert lernte „kompakt“ mit einer früheren Fassung des Programms" in text
    same_day = flow | {"flow_trained": {"trained_at": "2026-07-03T08:00:00"}}
    text = training.describe_origins({"kompakt": make_trained("kompakt", True, **same_day)})
    assert "dazu" not in text and "früheren" not in text


def test_seeds_are_shown_value_by_value():
    table = training.seeds_table(make_seeds(), "quadrat8")
    assert len(table.rows) == 3 and table.rows[2][1] == "19,40 · 19,43 · 19,45" or "19,42" in table.rows[2][1]
    assert "nur ein Startwert" in training.describe_seeds({}, "quadrat8")
    text = training.describe_seeds(make_seeds(), "quadrat8")
    assert "@tab:startwerte" in text
    assert "was nachweislich heißt, sagt @abs:wie-wir-messen" in text  # defined there, and nowhere else


def test_course_of_our_own_trainings():
    def trained(losses, **record):
        history = SimpleNamespace(loss=[x - 0.01 for x in losses], val_loss=losses)
        return SimpleNamespace(history=history, record=record)

    falling = training.describe_own({"kompakt": trained([0.3, 0.2, 0.1])})
    assert falling == (
        "„kompakt“ hat den kleinsten Validierungsverlust in der letzten Epoche (0,1000; auf Trainingsbildern 0,0900): Er fiel "
        "bis zuletzt."
    )
    slow = training.describe_own({"kompakt": trained([0.3, 0.10001, 0.1])})
    assert slow.endswith("Er fiel bis zuletzt, am Ende kaum noch.")
    early = training.describe_own({"kompakt": trained([0.3, 0.1, 0.2])})
    assert "in Epoche 2 von 3 (0,1000;" in early and "zuletzt" not in early
    staged = {"gruendlich": trained([0.2, 0.1], stages=[{}, {}])}
    assert "„gründlich“ (in der letzten Stufe)" in training.describe_own(staged)
    assert "bei „gründlich“ nur in der letzten Stufe" in training.caption_trainings(staged)
    assert "Stufe" not in training.caption_trainings({"kompakt": trained([0.2, 0.1])})
    assert training.describe_own({"original": trained([0.2])}) == ""
    assert training.describe_own({"kompakt": trained([math.nan])}) == ""
