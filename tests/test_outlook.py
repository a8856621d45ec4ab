"""Forecasts: what the store holds costs nothing, and the machine's own speed corrects the rest."""

from dataclasses import replace

import pytest

from inpainting import benchmark, config, outlook, training

EXPECTED = {
    "seconds": {"a": 400.0, "b": 100.0, outlook.BENCHMARK: 500.0},
    "epochs": {"a": 40, "b": 10},
    "rest_s": 50.0,
}
RECIPES = {"a": training.Recipe(epochs=20), "b": training.FinalRecipe(epochs=10)}


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set: ``clock["now"]``."""
    time = {"now": 1000.0}
    monkeypatch.setattr(outlook.time, "perf_counter", lambda: time["now"])
    return time


@pytest.fixture
def whole(sample):
    """The sample under another name, as if it were the whole dataset."""
    return replace(sample, name=config.CIFAR10)


@pytest.fixture
def forecasts(whole, tmp_path):
    config.write_json(tmp_path / "e.json", EXPECTED)
    return lambda: outlook.make_forecasts(RECIPES, whole, tmp_path, tmp_path / "e.json")


def test_first_forecast_is_the_expectation_scaled_by_the_epochs(forecasts, clock):
    assert forecasts()["a"](0.5) == pytest.approx(100 + 100 + 500 + 50)


def test_own_speed_corrects_the_expectation(forecasts, clock):
    told = forecasts()
    told["a"](0.25)
    clock["now"] += 3 * 50.0  # three times as slow as expected: 0.25 of 200 s
    assert told["a"](0.5) == pytest.approx(3 * (100 + 100 + 500 + 50))
    clock["now"] += 3 * 100.0
    told["a"](1.0)
    assert told["b"](0.5) == pytest.approx(3 * (50 + 500 + 50))  # resumed: counts no speed of its own
    assert told[outlook.BENCHMARK](1.0) == pytest.approx(3 * 50)


def test_stored_networks_cost_nothing_unless_all_are_trained_anew(forecasts, clock, whole, tmp_path, monkeypatch):
    (tmp_path / f"kompakt-{RECIPES['b'].key(whole.sha256)}").mkdir()
    assert forecasts()["a"](0.5) == pytest.approx(100 + 500 + 50)
    monkeypatch.setenv("INPAINTING_RETRAIN", "1")
    assert forecasts()["a"](0.5) == pytest.approx(100 + 100 + 500 + 50)


def test_sample_needs_none(sample, tmp_path):
    assert outlook.make_forecasts(RECIPES, sample, tmp_path, tmp_path / "missing.json") == {}


def test_committed_expectation_covers_every_work_of_a_report(whole):
    recipes = benchmark.list_recipes(config.load_config({}), whole)
    assert list(outlook.make_forecasts(recipes, whole)) == [*recipes, outlook.BENCHMARK]


def test_training_tells_its_progress_in_every_line(sample, tmp_path):
    lines, shares = [], []

    def forecast(share):
        shares.append(share)
        return 61.0

    recipe = training.Recipe(epochs=2, batch_size=300)
    training.load_or_train(recipe, sample, lines.append, tmp_path, forecast=forecast)
    assert shares == [0.5, 1.0]
    assert [line.partition(outlook.MARK)[2] for line in lines] == ["1:01 min"] * 2
