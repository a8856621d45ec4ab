"""The survey: a method is measured once, found again, and reduced as theory has it."""

import numpy as np
import pytest
from benchmark_case import build_judge, build_networks

from inpainting import classical, config, masks
from inpainting.data import to_float
from inpainting.measuring import benchmark, draws, evaluation, methods, survey
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.methods import make_fills
from inpainting.networks import fill


@pytest.fixture(scope="module")
def networks():
    return build_networks()


@pytest.fixture(scope="module")
def make(sample, networks):
    """Makes a survey of the sample's test images that keeps its scores in a folder."""
    gaussian = classical.fit_gaussian(sample.train.images)
    judge, fills = build_judge(), make_fills(gaussian, networks)

    def make(kept, log=str, classifier="0c", fitted_on=gaussian.digest):
        question = benchmark.Question("test", 250, ("quadrat8",), (), classifier, fitted_on)
        return survey.Survey(question, sample, sample.test, fills, networks, judge, kept, log)

    return make


def test_scores_are_measured_once_and_found_again(make, sample, networks, tmp_path):
    lines = []
    first = make(tmp_path, lines.append).measure("quadrat8", "grau")
    images = to_float(sample.test.images)
    holes = masks.suite_masks("quadrat8", len(images), "test")
    expected = evaluation.score(fill(networks["grau"].model, images, holes), images, holes)
    np.testing.assert_allclose(first["scores"], np.stack([*vars(expected).values()]))
    again = make(tmp_path, lines.append).measure("quadrat8", "grau")
    assert len(lines) == 1 and lines[0].startswith("quadrat8 · grau · 250 Bilder: ")
    for name, array in first.items():
        np.testing.assert_array_equal(again[name], array)
    mean = expected.hole_psnr.mean()
    found = survey.find_scores("quadrat8", "grau", mean, tmp_path)
    np.testing.assert_allclose(found.hole_psnr, expected.hole_psnr)
    assert survey.find_scores("quadrat8", "grau", mean + 1, tmp_path) is None
    assert survey.find_scores("linien", "grau", mean, tmp_path) is None


def test_kept_scores_follow_all_that_determines_them(make, networks, tmp_path, monkeypatch):
    about = {"suite": "quadrat8", "split": "test", "n": 9, "whole": True}
    plain = make(tmp_path)._path(about, "grau")
    others = {
        make(tmp_path)._path(about | change, "grau")
        for change in ({"suite": "linien"}, {"split": "validation"}, {"n": 8}, {"whole": False})
    }
    others |= {make(tmp_path)._path(about, "telea"), make(tmp_path, classifier="0d")._path(about, "grau")}
    assert make(tmp_path, fitted_on="0x")._path(about, "grau") == plain  # no concern of a network's
    others |= {make(tmp_path, fitted_on=x)._path(about, "gauss") for x in ("0x", "0y")}
    monkeypatch.setattr(survey, "VERSION", 0)
    others.add(make(tmp_path)._path(about, "grau"))
    assert len(others | {plain}) == 10


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing"])
def test_damaged_scores_are_measured_anew(make, tmp_path, content):
    lines = []
    first = make(tmp_path, lines.append).measure("quadrat8", "mittelwert")
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    again = make(tmp_path, lines.append).measure("quadrat8", "mittelwert")
    np.testing.assert_array_equal(again["scores"], first["scores"])
    assert len(lines) == 2


def test_lead_over_the_gaussian_is_of_the_validation_images(make, sample, tmp_path):
    images = to_float(sample.validation.images)
    holes = masks.suite_masks("quadrat8", len(images), "validation")
    grey, gauss = (
        evaluation.score(filled, images, holes)
        for filled in (
            np.full_like(images, 0.45),
            classical.fit_gaussian(sample.train.images).fill(images, holes),
        )
    )
    expected = evaluation.paired_difference(grey, gauss, "hole_psnr_pooled")
    found = make(tmp_path)._validation_lead("grau")
    assert vars(found) == pytest.approx(vars(expected))


# ---------------------------------------------------------------- reducing


def test_examples_are_chosen_by_rule():
    values = np.array([5.0, 1, 9, 3, 7, 8, 2, 6, 4, 10, 0])
    chosen = survey.choose_examples(values)
    assert values[chosen["beste"]].tolist() == [10, 9, 8]
    assert values[chosen["mittlere"]].tolist() == [6, 5, 4]
    assert values[chosen["schlechteste"]].tolist() == [2, 1, 0]
    assert values[chosen["misserfolge"]].tolist() == list(range(8))
    assert survey.choose_examples(np.ones(1))["mittlere"] == [0]


def test_quantiles_go_from_easy_to_the_worst():
    chosen = survey.choose_examples(np.arange(101.0))["quantile"]
    assert chosen == [95, 75, 50, 25, 5, 0]


def test_share_has_the_bootstraps_interval(rng):
    correct = rng.random(500) < 0.8
    estimate = survey.estimate_share(correct)
    resampled = rng.choice(correct, (20_000, 500)).mean(1)
    assert estimate.value == correct.mean()
    assert (estimate.low, estimate.high) == pytest.approx(np.quantile(resampled, (0.025, 0.975)), abs=0.0021)
    assert survey.estimate_share(np.ones(9, bool)) == Estimate(1, 1, 1)


def test_difference_of_shares_is_paired(rng):
    a = rng.random(500) < 0.8
    b = a ^ (rng.random(500) < 0.1)
    estimate = survey.difference_of_shares(a, b)
    rows = rng.integers(500, size=(20_000, 500))
    resampled = a[rows].mean(1) - b[rows].mean(1)
    assert estimate.value == pytest.approx(a.mean() - b.mean())
    expected = np.quantile(resampled, (0.025, 0.975))
    assert (estimate.low, estimate.high) == pytest.approx(expected, abs=0.004)
    assert survey.difference_of_shares(a, a) == Estimate(0, 0, 0)
    assert survey.difference_of_shares(a, a[:100]) == Estimate(0, 0, 0)  # the images that both have


def test_protocol_names_the_numbers_that_are_measured():
    text = (config.ROOT / "docs" / "benchmark.md").read_text("utf-8")
    assert f"Aus {draws.N_SAMPLES} Vorschlägen" in text
    assert f"jedes der ersten {survey.N_DRAW_IMAGES} Bilder" in text
    assert survey.N_SAMPLE_IMAGES == 2000 and "über dessen erste 2 000" in " ".join(text.split())
    assert f"Startwert {methods.SAMPLE_SEED}" in text
