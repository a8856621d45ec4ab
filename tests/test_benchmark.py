"""The benchmark as a whole: what it holds, its place in the store, and its way there."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from inpainting import (
    benchmark, classical, classifier, config, data, evaluation, masks, models, outlook, training,
)  # fmt: skip
from inpainting.benchmark import Benchmark, Network
from inpainting.evaluation import Estimate
from inpainting.models import keras

SUITES = ("quadrat8", "pixel50")
N = 30


def build_grey():
    """A network in the final one's form that fills every hole with one grey."""
    image = keras.layers.Input((None, None, 3), name="image")
    mask = keras.layers.Input((None, None, 1), name="mask")
    return keras.Model([image, mask], keras.ops.where(mask > 0.5, 0.45, image))


@pytest.fixture(scope="module", autouse=True)
def two_hole_sizes():
    """Two edges of holes are enough."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(benchmark, "HOLE_SIZES", (4, 16))
        yield


@pytest.fixture(scope="module")
def networks():
    return {
        "original": Network(models.build_original(seed=1), "0a", "original"),
        "grau": Network(build_grey(), "0b", "final"),
    }


@pytest.fixture(scope="module")
def judge():
    return Network(classifier.build_classifier((8, 16), seed=1), "0c", "classifier")


@pytest.fixture(scope="module")
def run(sample, networks, judge):
    """Runs the benchmark on the sample's first validation images."""

    def run(store, log=str, **options):
        options = {"networks": networks, "judge": judge, "suites": SUITES, "limit": N} | options
        return benchmark.run_benchmark(sample, store=store, log=log, **options)

    return run


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def measured(run, store):
    return run(store)


def entry_of(store):
    (entry,) = [path for path in store.iterdir() if not path.name.startswith(".")]
    return entry


# ---------------------------------------------------------------- content


def test_every_method_stands_in_every_part(measured):
    methods = (*classical.METHODS, "gauss", "original", "grau")
    assert measured.methods == methods and measured.own_networks == ("grau",)
    for suite in SUITES:
        assert tuple(measured.figures[suite]) == methods
        assert tuple(measured.semantics[suite]) == ("wahr", "maskiert", *methods)
        assert tuple(measured.differences[suite]["grau"]) == methods[:-1]
        assert tuple(measured.as_shown[suite]) == ("original",)
    assert tuple(measured.classes) == tuple(measured.positions) == methods
    assert tuple(measured.hole_sizes["gauss"]) == ("4", "16")
    assert set(measured.classes["gauss"]) <= set(data.CLASS_NAMES)


def test_figures_are_those_of_the_evaluation(measured, sample, networks):
    images = models.to_float(sample.validation.images[:N])
    holes = masks.suite_masks("quadrat8", N, "validation")
    grey = np.full_like(images, 0.45)
    whole = models.predict_original(networks["original"].model, images, holes)
    scores = {
        "grau": evaluation.score(grey, images, holes),
        "original": evaluation.score(whole, images, holes),
    }
    for method, of_method in scores.items():
        assert measured.figures["quadrat8"][method] == evaluation.summarise(of_method)
    assert measured.differences["quadrat8"]["grau"]["original"]["ssim"] == (
        evaluation.paired_difference(scores["grau"], scores["original"], "ssim")
    )
    shown = evaluation.summarise(evaluation.score(whole, images, holes, composited=False))
    assert measured.as_shown["quadrat8"]["original"] == {k: shown[k] for k in ("image_psnr", "ssim")}
    error = evaluation.error_map(grey, images, holes, 8)
    np.testing.assert_array_equal(measured.positions["grau"], error)
    classes = evaluation.by_class(scores["grau"], sample.validation.labels[:N], "hole_psnr_pooled")
    assert list(measured.classes["grau"].values()) == list(classes.values())


def test_hole_sizes_are_the_extra_suites(measured, sample):
    images = models.to_float(sample.validation.images[:N])
    holes = masks.suite_masks("quadrat16", N, "validation")
    scores = evaluation.score(classical.fill_telea(images, holes), images, holes)
    expected = evaluation.summarise(scores)["hole_psnr_pooled"]
    assert measured.hole_sizes["telea"]["16"] == expected


def test_semantics_judge_the_composited_image(measured, sample, networks, judge):
    part = sample.validation
    images, labels = models.to_float(part.images[:N]), part.labels[:N]
    assert measured.semantics["pixel50"]["wahr"] == measured.semantics["quadrat8"]["wahr"]
    holes = masks.suite_masks("pixel50", N, "validation")
    whole = models.predict_original(networks["original"].model, images, holes)
    correct = classifier.accuracy(judge.model, np.where(holes, whole, images), labels)
    assert measured.semantics["pixel50"]["original"].value == correct.mean()
    assert correct.mean() != classifier.accuracy(judge.model, whole, labels).mean()


def test_best_baseline_is_never_the_projects_own(measured):
    suite = "quadrat8"
    figures = {m: dict(f) for m, f in measured.figures[suite].items()}
    figures["grau"]["hole_psnr_pooled"] = Estimate(99, 98, 100)
    figures["telea"]["hole_psnr_pooled"] = Estimate(50, 49, 51)
    changed = replace(measured, figures={suite: figures})
    assert benchmark.best_baseline(changed, suite) == "telea"
    difference = measured.differences[suite]["grau"]["telea"]
    assert benchmark.margin(changed, suite, "grau") == difference["hole_psnr_pooled"]
    assert benchmark.margin(changed, suite, "grau", "ssim") == difference["ssim"]


def test_examples_are_chosen_by_rule():
    values = np.array([5.0, 1, 9, 3, 7, 8, 2, 6, 4, 10, 0])
    chosen = benchmark.choose_examples(values)
    assert values[chosen["beste"]].tolist() == [10, 9, 8]
    assert values[chosen["mittlere"]].tolist() == [6, 5, 4]
    assert values[chosen["schlechteste"]].tolist() == [2, 1, 0]
    assert values[chosen["misserfolge"]].tolist() == list(range(8))
    assert benchmark.choose_examples(np.ones(1))["mittlere"] == [0]


def test_examples_are_repaired_as_they_were_measured(measured, sample, networks):
    worst = measured.examples["grau"]["misserfolge"]
    images, masked, repaired = benchmark.repair_examples(
        sample, {"grau": lambda images, holes: np.full_like(images, 0.45)}, measured, worst
    )
    np.testing.assert_array_equal(images, models.to_float(sample.validation.images[worst]))
    filled, psnr = repaired["grau"]
    hole = (masked != images).any(-1)
    assert (np.diff(psnr) >= 0).all() and (filled[~hole] == images[~hole]).all()
    grey = np.full((N, 32, 32, 3), 0.45, np.float32)
    every = evaluation.score(grey, models.to_float(sample.validation.images[:N]),
                             masks.suite_masks("quadrat8", N)).hole_psnr  # fmt: skip
    np.testing.assert_array_equal(psnr, np.sort(every)[:8])


def test_share_has_the_bootstraps_interval(rng):
    correct = rng.random(500) < 0.8
    estimate = benchmark.estimate_share(correct)
    resampled = rng.choice(correct, (20_000, 500)).mean(1)
    assert estimate.value == correct.mean()
    assert (estimate.low, estimate.high) == pytest.approx(
        np.quantile(resampled, (0.025, 0.975)), abs=0.0021
    )
    assert benchmark.estimate_share(np.ones(9, bool)) == Estimate(1, 1, 1)


# ---------------------------------------------------------------- JSON


def test_json_round_trip(measured):
    text = json.dumps(measured.to_json(), sort_keys=True, allow_nan=False)
    again = Benchmark.from_json(json.loads(text))
    assert again == measured
    assert list(again.figures) == list(SUITES)
    assert list(again.figures["quadrat8"]["grau"]) == list(evaluation.FIGURES)
    assert list(again.semantics["quadrat8"]) == list(measured.semantics["quadrat8"])
    assert list(again.hole_sizes["grau"]) == ["4", "16"]


def test_undefined_figures_survive_the_round_trip(measured):
    undefined = Estimate(np.nan, np.nan, np.nan)
    changed = replace(measured, classes={"grau": {"Frosch": undefined}})
    again = Benchmark.from_json(json.loads(json.dumps(changed.to_json(), allow_nan=False)))
    assert np.isnan([*vars(again.classes["grau"]["Frosch"]).values()]).all()


@pytest.mark.parametrize("path", [("data",), ("positions", "grau"), ("question", "n_images")])
def test_a_changed_value_is_refused(measured, path):
    stored = json.loads(json.dumps(measured.to_json()))
    *parents, last = path
    place = stored
    for name in parents:
        place = place[name]
    place[last] = 7
    with pytest.raises(ValueError, match="Prüfsumme"):
        Benchmark.from_json(stored)


# ---------------------------------------------------------------- store


def test_key_follows_all_that_matters(run, networks, judge, sample):
    question = benchmark.Question("validation", N, SUITES, (("a", "final", "0a"),), "0c")
    changes = ({"split": "test"}, {"n_images": 9}, {"suites": SUITES[:1]}, {"classifier": "0d"},
               {"networks": (("a", "final", "0b"),)}, {"version": 0})  # fmt: skip
    keys = {replace(question, **change).key("d") for change in changes}
    assert len(keys | {question.key("d"), question.key("e")}) == len(changes) + 2


def test_second_call_measures_nothing(measured, run, store, monkeypatch):
    monkeypatch.setattr(benchmark, "make_fills", None)
    lines = []
    again = run(store, lines.append)
    assert again == measured and list(again.classes) == list(measured.classes)
    assert len(lines) == 1 and entry_of(store).name in lines[0]
    assert list((store / ".work").glob("*/*")) == []


def test_interrupted_run_goes_on_to_the_same_bytes(measured, run, store, tmp_path):
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, interrupt)
    assert {path.name for path in tmp_path.iterdir()} == {".work", benchmark.SCORES}
    (damaged,) = tmp_path.glob(f"{benchmark.SCORES}/quadrat8-telea-*.npz")
    damaged.write_bytes(damaged.read_bytes()[:1000])
    assert run(tmp_path, lines.append) == measured
    done = [line.split(" ·")[:2] for line in lines]
    assert sum(line == ["quadrat8", " telea"] for line in done) == 2
    assert len(lines) == 7 * len(SUITES) + 7 * 2 + 1
    file = "benchmark.json"
    assert (entry_of(tmp_path) / file).read_bytes() == (entry_of(store) / file).read_bytes()


def test_a_new_network_means_measuring_it_alone(run, networks, store, measured):
    lines = []
    more = networks | {"heller": networks["grau"]._replace(sha256="0e")}
    both = run(store, lines.append, networks=more)
    assert {line.split(" · ")[1] for line in lines} == {"heller"}
    assert both.figures["quadrat8"]["telea"] == measured.figures["quadrat8"]["telea"]
    assert both.own_networks == ("grau", "heller")
    shutil.rmtree(store / f"benchmark-{both.question.key(both.data)}")


def test_scores_of_one_suite_are_measured_once_and_found_again(sample, networks, tmp_path, monkeypatch):
    def score():
        return benchmark.score_methods(sample, networks, "quadrat8", "validation", tmp_path)

    first = score()
    images = models.to_float(sample.validation.images)
    holes = masks.suite_masks("quadrat8", len(images), "validation")
    filled = models.predict_final(networks["grau"].model, images, holes)
    expected = evaluation.score(filled, images, holes)
    assert list(first) == [*classical.METHODS, "gauss", *networks]
    np.testing.assert_allclose(first["grau"].hole_psnr, expected.hole_psnr)
    monkeypatch.setattr(benchmark._Survey, "_measure", lambda *_: pytest.fail("measured again"))
    again = score()
    found = benchmark.find_scores("quadrat8", "grau", "0b", sample.sha256, len(images), "validation", tmp_path)
    for name in vars(expected):
        for method in first:
            np.testing.assert_array_equal(getattr(again[method], name), getattr(first[method], name))
        np.testing.assert_array_equal(getattr(found, name), getattr(first["grau"], name))
    assert benchmark.find_scores("quadrat8", "grau", "0x", sample.sha256, len(images), "validation", tmp_path) is None


def test_progress_is_told_for_every_measurement(run, tmp_path):
    shares, lines = [], []

    def forecast(share):
        shares.append(share)
        return 90.0

    run(tmp_path, lines.append, forecast=forecast)
    n = 7 * (len(SUITES) + len(benchmark.HOLE_SIZES))
    assert shares == [i / n for i in range(1, n + 1)]
    assert {line.partition(outlook.MARK)[2] for line in lines} == {"1:30 min"}


def test_kept_scores_follow_all_that_determines_them():
    about = benchmark._Measurement("test", N, "quadrat8", "grau", "0b", "0c")
    changes = ({"split": "validation"}, {"n_images": 9}, {"suite": "linien"}, {"method": "telea"},
               {"network": "0d"}, {"classifier": ""}, {"version": 0})  # fmt: skip
    keys = {replace(about, **change).key("d") for change in changes}
    assert len(keys | {about.key("d"), about.key("e")}) == len(changes) + 2


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"question": 1}', b"\xff"])
def test_damaged_entry_is_set_aside(measured, run, tmp_path, monkeypatch, damage):
    entry = tmp_path / f"benchmark-{measured.question.key(measured.data)}"
    entry.mkdir()
    (entry / "benchmark.json").write_bytes(damage)
    monkeypatch.setattr(benchmark, "make_fills", lambda *_: {})
    monkeypatch.setattr(benchmark._Survey, "reduce", lambda self: measured)
    lines = []
    assert run(tmp_path, lines.append) == measured
    assert "beschädigt" in lines[0] and len(list(tmp_path.glob("*.defekt-*"))) == 1
    assert run(tmp_path) == measured


def test_unknown_suite_is_refused(run, tmp_path):
    with pytest.raises(masks.MaskError, match="vielleicht freiform"):
        run(tmp_path, suites=("quadrat8", "freifrom"))
    assert list(tmp_path.iterdir()) == []


def test_network_from_the_store_knows_its_kind(networks):
    class Trained:
        model, record = None, {"recipe": {"network": "kompakt"}, "model_sha256": "0a"}

    assert Network.from_trained(Trained) == (None, "0a", "final")
    Trained.record["recipe"]["network"] = "original"
    assert Network.from_trained(Trained).kind == "original"


def test_networks_of_the_report(sample, tmp_path, monkeypatch):
    def load(recipe, dataset, log, store):
        record = {"recipe": {"network": recipe.network}, "model_sha256": recipe.key(dataset.sha256)}
        return training.Trained(None, None, record, store, True)

    monkeypatch.setattr(training, "load_or_train", load)
    settings = config.load_config({"preset": "schnell"})
    networks, judge = benchmark.load_networks(settings, sample, tmp_path, str)
    assert {name: network.kind for name, network in networks.items()} == {
        "original": "original", "original_relu": "original", "kompakt": "final"
    }  # fmt: skip
    assert judge.kind == "classifier"
    assert len({judge.sha256, *(network.sha256 for network in networks.values())}) == 4
    stored = load(training.NETWORKS["gruendlich"], sample, str, tmp_path)
    monkeypatch.setattr(training, "load_stored", lambda *_: stored)
    networks, _ = benchmark.load_networks(settings, sample, tmp_path, str)
    assert list(networks) == ["original", "original_relu", "kompakt", "gruendlich"]
    assert networks["gruendlich"].kind == "final"


# ---------------------------------------------------------------- time


@pytest.mark.slow
def test_time_of_every_method(sample, networks):
    times = benchmark.time_methods(sample, networks, ("mitte16",), n_images=8, repeats=2)
    assert list(times) == ["mitte16"]
    assert list(times["mitte16"]) == [*classical.METHODS, "gauss", *networks]
    assert 0 < times["mitte16"]["mittelwert"] < times["mitte16"]["biharmonisch"]
