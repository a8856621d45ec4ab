"""The benchmark as a whole: what it holds, its place in the store, and its way there."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from benchmark_case import GREY, SUITES, N, build_judge, build_networks

from inpainting import classical, config, data, masks
from inpainting.data import to_float
from inpainting.measuring import benchmark, draws, evaluation, survey
from inpainting.measuring.benchmark import Benchmark
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.methods import Contestant, Lineup, separate_sample
from inpainting.networks import classifier, fill

METHODS = (
    *(*classical.METHODS, "gauss", "gauss_vorschlag", "nachbar"),
    *("prior", "original", "grau", "kompakt", "kompakt_vorschlag"),
)
MEANS = tuple(method for method in METHODS if method != "nachbar" and not method.endswith("_vorschlag"))


@pytest.fixture(scope="module", autouse=True)
def small():
    """Two edges of holes and few samples are enough."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(survey, "HOLE_SIZES", (4, 16))
        monkeypatch.setattr(survey, "N_DRAW_IMAGES", 4)
        monkeypatch.setattr(survey, "N_SAMPLE_IMAGES", 20)
        monkeypatch.setattr(draws, "N_SAMPLES", draws.MANY)
        yield


@pytest.fixture(scope="module")
def networks():
    return build_networks()


@pytest.fixture(scope="module")
def judge():
    return build_judge()


class _Lineup(Lineup):
    """Networks that come from no store."""

    @property
    def contestants(self):
        return self.networks


@pytest.fixture(scope="module")
def run(sample, networks, judge):
    """Runs the benchmark on the sample's first validation images."""
    trained = SimpleNamespace(model=judge, record={"recipe": {"network": "klassifikator"}})
    gaussian = classical.fit_gaussian(sample.train.images)
    library = classical.Library(sample.train.images[:60])

    def run(store, log=str, networks=networks, **options):
        lineup = _Lineup(networks, trained, gaussian, library)
        options = {"suites": SUITES, "limit": N} | options
        return benchmark.run_benchmark(sample, lineup, store=store, log=log, **options)

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
    assert measured.methods == METHODS and measured.own_networks == ("grau", "kompakt")
    compared = {"original", "grau", "kompakt", "kompakt_vorschlag"}
    for suite in SUITES:
        assert tuple(measured.figures[suite]) == METHODS
        assert tuple(measured.semantics[suite]) == ("wahr", "maskiert", *METHODS)
        assert tuple(measured.frechet[suite]) == ("wahr", *METHODS)
        for differences in (measured.differences[suite], measured.semantic_differences[suite]):
            assert set(differences) == compared
            assert all(set(others) == {*METHODS} - {network} for network, others in differences.items())
        assert tuple(measured.as_shown[suite]) == ("original",)
        assert tuple(measured.draws[suite]) == ("kompakt",)
        assert set(measured.draws[suite]["kompakt"]) == set(draws.FIGURES)
    assert tuple(measured.classes) == tuple(measured.positions) == tuple(measured.hole_sizes) == MEANS
    assert tuple(measured.hole_sizes["gauss"]) == ("4", "16")
    assert set(measured.classes["gauss"]) <= set(data.CLASS_NAMES)
    assert measured.n_images["grau"] == N and measured.n_images["kompakt_vorschlag"] == 20
    assert measured.validation == {}  # these are the validation images


def test_figures_are_those_of_the_evaluation(measured, sample, networks):
    images = to_float(sample.validation.images[:N])
    holes = masks.suite_masks("quadrat8", N, "validation")
    grey = np.full_like(images, GREY)
    whole = fill(networks["original"].model, images, holes)
    scores = {
        "grau": evaluation.score(grey, images, holes),
        "original": evaluation.score(whole, images, holes),
    }
    for method, of_method in scores.items():
        assert measured.figures["quadrat8"][method] == evaluation.summarise(of_method)
    for key in survey.DIFFERENCES:
        expected = evaluation.paired_difference(scores["grau"], scores["original"], key)
        found = measured.differences["quadrat8"]["grau"]["original"][key]
        assert vars(found) == pytest.approx(vars(expected), nan_ok=True)
    shown = evaluation.summarise(evaluation.score(whole, images, holes, composited=False))
    assert measured.as_shown["quadrat8"]["original"] == {k: shown[k] for k in ("image_psnr", "ssim")}
    error = evaluation.error_map(grey, images, holes, 8)
    np.testing.assert_array_equal(measured.positions["grau"], error)
    classes = evaluation.by_class(scores["grau"], sample.validation.labels[:N], "hole_psnr_pooled")
    assert list(measured.classes["grau"].values()) == list(classes.values())


def test_difference_to_a_sample_is_of_the_images_that_both_have(measured, sample):
    images = to_float(sample.validation.images[:N])
    holes = masks.suite_masks("quadrat8", N, "validation")
    grey = evaluation.score(np.full_like(images, GREY), images, holes).select(slice(20))
    telea = evaluation.score(classical.fill_telea(images, holes), images, holes).select(slice(20))
    figures = measured.differences["quadrat8"]["kompakt_vorschlag"]
    between = evaluation.paired_difference(grey, telea, "hole_psnr_pooled").value
    found = figures["telea"]["hole_psnr_pooled"].value - figures["grau"]["hole_psnr_pooled"].value
    assert found == pytest.approx(between)


def test_hole_sizes_are_the_extra_suites(measured, sample):
    images = to_float(sample.validation.images[:N])
    holes = masks.suite_masks("quadrat16", N, "validation")
    scores = evaluation.score(classical.fill_telea(images, holes), images, holes)
    expected = evaluation.summarise(scores)["hole_psnr_pooled"]
    assert measured.hole_sizes["telea"]["16"] == expected


def test_semantics_judge_the_composited_image(measured, sample, networks, judge):
    part = sample.validation
    images, labels = to_float(part.images[:N]), part.labels[:N]
    assert measured.semantics["pixel50"]["wahr"] == measured.semantics["quadrat8"]["wahr"]
    holes = masks.suite_masks("pixel50", N, "validation")
    whole = fill(networks["original"].model, images, holes)
    correct = classifier.accuracy(judge, np.where(holes, whole, images), labels)
    assert measured.semantics["pixel50"]["original"].value == correct.mean()


def test_gains_count_every_image_once(measured):
    gain = measured.gains["grau"]
    assert sum(gain["counts"]) == N and len(gain["edges"]) == len(gain["counts"]) + 1
    assert 0 <= gain["share"].value <= 1


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    "path",
    sorted(config.SHIPPED_MODELS.glob("benchmark-*/benchmark.json")),
    ids=lambda path: path.parent.name,
)
def test_shipped_benchmarks_keep_the_tables_order(path):
    """Their file sorts its keys; the smaller network comes first all the same."""
    shipped = Benchmark.from_json(json.loads(path.read_text("utf-8")))
    assert [m for m in shipped.methods if separate_sample(m)] == ["kompakt_vorschlag", "gruendlich_vorschlag"]
    assert shipped.methods[: len(classical.METHODS)] == tuple(classical.METHODS)


def test_json_round_trip(measured):
    text = json.dumps(measured.to_json(), sort_keys=True, allow_nan=False)
    again = Benchmark.from_json(json.loads(text))
    assert again.to_json() == measured.to_json()
    assert list(again.figures) == list(SUITES)
    assert list(again.figures["quadrat8"]["grau"]) == list(evaluation.FIGURES)
    assert list(again.semantics["quadrat8"]) == list(measured.semantics["quadrat8"])
    assert list(again.hole_sizes["grau"]) == ["4", "16"]
    assert again.methods == measured.methods


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


def test_key_follows_all_that_matters():
    question = benchmark.Question("validation", N, SUITES, (("a", "own", "0a"),), "0c", "0f")
    changes = (
        {"split": "test"},
        {"n_images": 9},
        {"suites": SUITES[:1]},
        {"classifier": "0d"},
        {"networks": (("a", "own", "0b"),)},
        {"fitted_on": "0g"},
        {"version": 0},
    )
    keys = {replace(question, **change).key("d") for change in changes}
    assert len(keys | {question.key("d"), question.key("e")}) == len(changes) + 2


def test_second_call_measures_nothing(measured, run, store, monkeypatch):
    monkeypatch.setattr(benchmark, "Survey", None)
    lines = []
    again = run(store, lines.append)
    assert again.to_json() == measured.to_json() and list(again.classes) == list(measured.classes)
    assert len(lines) == 1 and entry_of(store).name in lines[0]
    assert list((store / ".work").glob("*/*")) == []


def test_interrupted_run_goes_on_to_the_same_bytes(run, store, measured, tmp_path):
    """Everything measured so far is taken from the disk; what is damaged there is measured anew."""
    shutil.copytree(store / benchmark.SCORES, tmp_path / benchmark.SCORES)
    n_files = len(list(tmp_path.glob(f"{benchmark.SCORES}/*.npz")))
    assert n_files == len(METHODS) * len(SUITES) + len(MEANS) * 2 + len(SUITES)
    (damaged,) = [p for p in tmp_path.glob(f"{benchmark.SCORES}/quadrat8-telea-*") if _is_whole(p)]
    damaged.write_bytes(damaged.read_bytes()[:1000])
    for path in tmp_path.glob(f"{benchmark.SCORES}/pixel50-grau-*"):
        path.unlink()

    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, interrupt)
    assert {path.name for path in tmp_path.iterdir()} == {".work", benchmark.SCORES}
    lines = []
    assert run(tmp_path, lines.append).to_json() == measured.to_json()
    assert [line.split(" · ")[:2] for line in lines] == [["pixel50", "grau"]]
    file = "benchmark.json"
    assert (entry_of(tmp_path) / file).read_bytes() == (entry_of(store) / file).read_bytes()


def _is_whole(path) -> bool:
    with np.load(path) as file:
        return "errors" in file.files


def test_a_new_network_means_measuring_it_alone(run, networks, store, measured):
    lines = []
    more = networks | {"heller": Contestant(networks["grau"].model, "own", "0e")}
    both = run(store, lines.append, networks=more)
    assert {line.split(" · ")[1] for line in lines} == {"heller"}
    assert both.figures["quadrat8"]["telea"] == measured.figures["quadrat8"]["telea"]
    assert both.own_networks == ("grau", "kompakt", "heller")
    shutil.rmtree(store / f"benchmark-{both.question.key(both.data)}")


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"question": 1}', b"\xff"])
def test_damaged_entry_is_set_aside(measured, run, tmp_path, monkeypatch, damage):
    entry = tmp_path / f"benchmark-{measured.question.key(measured.data)}"
    entry.mkdir()
    (entry / "benchmark.json").write_bytes(damage)
    fields = {k: v for k, v in vars(measured).items() if k not in ("question", "data")}
    monkeypatch.setattr(survey.Survey, "reduce", lambda self: fields)
    lines = []
    assert run(tmp_path, lines.append).to_json() == measured.to_json()
    assert "beschädigt" in lines[0] and len(list(tmp_path.glob("*.defekt-*"))) == 1
    assert run(tmp_path).to_json() == measured.to_json()


def test_unknown_suite_is_refused(run, tmp_path):
    with pytest.raises(masks.MaskError, match="vielleicht freiform"):
        run(tmp_path, suites=("quadrat8", "freifrom"))
    assert list(tmp_path.iterdir()) == []
