"""The stored curves of samples against their steps: read in order, and missing without harm."""

import json

from inpainting.measuring import steps


def test_curves_are_read_in_the_order_of_the_steps(tmp_path):
    rows = {
        n: {"frechet": value} for n, value in (("12", 0.3), ("2", 0.9), ("mittelwert", 0.5), ("wahr", 0.2))
    }
    path = tmp_path / "steps.json"
    path.write_text(
        json.dumps({"images": 500, "split": "validation", "networks": {"kompakt": {"linien": rows}}})
    )
    read = steps.load_steps(path)
    assert read.images == 500
    assert list(read.curve("kompakt", "linien", "frechet").items()) == [(2, 0.9), (12, 0.3)]
    assert read.interval("kompakt", "linien", "frechet") == {}


def test_intervals_are_read_where_they_are_stored():
    rows = {"2": {"frechet": 0.9, "intervals": {"frechet": [0.8, 1.0]}}, "12": {"frechet": 0.3}, "wahr": {}}
    stored = steps.StepCurves(500, {"kompakt": {"linien": rows}})
    assert stored.interval("kompakt", "linien", "frechet") == {2: (0.8, 1.0)}


def test_without_a_file_there_are_none(tmp_path):
    assert steps.load_steps(tmp_path / "steps.json") is None
