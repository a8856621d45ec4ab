"""Times: every method has one, and a machine measures it once."""

import subprocess

import pytest
from benchmark_case import build_networks

from inpainting import classical
from inpainting.measuring import timing
from inpainting.measuring.methods import Lineup


class _Lineup(Lineup):
    """Networks that come from no store."""

    @property
    def contestants(self):
        return self.networks


@pytest.fixture(scope="module")
def lineup(sample):
    networks = build_networks()
    del networks["kompakt"]
    return _Lineup(networks, None, classical.fit_gaussian(sample.train.images))


@pytest.mark.slow
def test_time_of_every_method_is_measured_once(sample, lineup, tmp_path, monkeypatch):
    def measure():
        return timing.time_methods(sample, lineup, ("mitte16",), n_images=8, repeats=2, store=tmp_path)

    times = measure()
    assert list(times) == ["mitte16"]
    assert set(times["mitte16"]) == {*classical.METHODS, "gauss", "prior", *lineup.networks}
    assert 0 < times["mitte16"]["mittelwert"] < times["mitte16"]["biharmonisch"]
    monkeypatch.setattr(subprocess, "run", None)
    assert measure() == times
