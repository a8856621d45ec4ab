"""Climbing: resumed without a trace, judged like the benchmark, and refused where it would mix."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from filelock import FileLock

from inpainting import cli, config, data, files, masks
from inpainting.data import to_float
from inpainting.measuring import climbing, evaluation, ladder
from inpainting.networks import fill
from inpainting.training import store
from inpainting.training.tasks import build_network

FEW = ("entwurf", "verlust_im_loch", "compositing")
MEASURED = ("seconds", "trained_at", "git")


@pytest.fixture(scope="module", autouse=True)
def few_rungs(tmp_path_factory):
    """A short ladder of three rungs and a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ladder, "RUNGS", tuple(rung for rung in ladder.RUNGS if rung.name in FEW))
        patch.setattr(ladder, "KOMPAKT_RUNG", FEW[-1])
        patch.setenv("INPAINTING_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def climb(sample, path, log=lambda line: None, seeds=(1,), steps=10, factors=(2,)):
    climbing.climb(sample, seeds, steps, factors, path, log)


@pytest.fixture(scope="module")
def climbed(sample, tmp_path_factory):
    """Results of the short ladder with one seed, and the lines that it logged."""
    path, lines = tmp_path_factory.mktemp("ladder") / "ladder.json", []
    climb(sample, path, lines.append)
    return path, lines


def comparable(path) -> dict:
    """A results file without what was measured."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for entry in content["entries"].values():
        for name in MEASURED:
            entry.pop(name)
    return content


# ---------------------------------------------------------------- judging


@pytest.mark.parametrize(
    "changes", [{"output": "sigmoid"}, {"output": "sigmoid", "mask_input": True}], ids=str
)
def test_sums_give_the_benchmarks_figures(sample, changes):
    images = sample.validation.images
    network = build_network(replace(ladder.BASE, **changes))
    entry = {"sums": climbing.judge(network, images)}
    content = climbing._empty_file(sample, 10)
    shown, copied = (ladder.resampled_figures(content, [entry], c, 1) for c in (False, True))

    truth, pooled = to_float(images), []
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        prediction = fill(network, truth, holes)
        for figures, composited in ((shown, False), (copied, True)):
            scores = evaluation.score(prediction, truth, holes, composited)
            expected = evaluation.summarise(scores, 1)
            if suite == "quadrat8":
                assert figures["image"][0] == pytest.approx(expected["image_psnr"].value, abs=1e-3)
        pooled.append(expected["hole_psnr_pooled"].value)
        if suite == "quadrat8":
            assert copied["quadrat8"][0] == pytest.approx(pooled[0], abs=1e-3)
            mean = expected["hole_psnr_mean"].value
            assert copied["quadrat8_mean"][0] == pytest.approx(mean, abs=1e-3)
    assert copied["suites"][0] == pytest.approx(np.mean(pooled), abs=1e-3)


# ---------------------------------------------------------------- climbing


def test_climb_says_in_german_what_it_does(climbed):
    lines = [line for line in climbed[1] if line[0].isdigit()]
    assert [line.split(":")[0] for line in lines] == [
        "1/3 Entwurf von 2025, Startwert 1",
        "2/3 Fehler nur im Loch, Startwert 1",
        "3/3 Stufe von kompakt, 2-fache Schritte",
    ]
    assert all("dB im Loch" in line for line in lines)
    assert ["noch etwa" in line for line in lines] == [True, True, False]


def test_results_of_a_climb(climbed):
    results = ladder.load_results(climbed[0])
    assert [rung.name for rung in results.rungs] == list(FEW)
    assert (results.seeds, results.steps, results.n_images) == ((1,), 10, 100)
    loss, copied = results.rungs[1:]
    assert loss.estimates["quadrat8"] == copied.estimates["quadrat8"]
    assert copied.estimates["image"].value > loss.estimates["image"].value + 3
    assert copied.verdict() == "gewinnt" and copied.verdict("quadrat8") == "unklar"
    assert [(point.factor, point.n_steps) for point in results.compute] == [(1, 10), (2, 20)]
    assert results.compute[0].estimates == copied.estimates


def test_second_call_trains_nothing(sample, climbed, tmp_path):
    path, lines = tmp_path / "ladder.json", []
    path.write_bytes(climbed[0].read_bytes())
    climb(sample, path, lines.append)
    assert lines == ["3 von 3 Trainings sind schon gerechnet."]
    assert path.read_bytes() == climbed[0].read_bytes()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "keine gewöhnliche Datei"),
        (lambda path: path.touch(mode=0o400), "schreibgeschützt"),
        (lambda path: path.symlink_to(path.name), "im Kreis"),
    ],
)
def test_results_that_cannot_be_written_are_told_before_any_training(sample, tmp_path, make, reason):
    make(tmp_path / "ladder.json")
    with pytest.raises(files.TargetError, match=reason):
        climb(sample, tmp_path / "ladder.json", pytest.fail)


def test_interrupted_climb_ends_with_the_same_results(sample, climbed, tmp_path):
    path = tmp_path / "ladder.json"

    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        climb(sample, path, interrupt)
    with pytest.raises(ladder.LadderError, match="unvollständig"):
        ladder.load_results(path)
    log = []
    climb(sample, path, log.append)
    assert log[0] == "1 von 3 Trainings sind schon gerechnet."
    assert comparable(path) == comparable(climbed[0])


def test_changed_recipe_is_trained_anew_and_the_old_one_kept_till_the_end(
    sample, climbed, tmp_path, monkeypatch
):
    path = tmp_path / "ladder.json"
    path.write_bytes(climbed[0].read_bytes())
    old = set(json.loads(path.read_text())["entries"])
    draft, loss, copied = ladder.RUNGS
    changed = replace(loss, changes={"loss": "quadratisch"})
    monkeypatch.setattr(ladder, "RUNGS", (draft, changed, copied))
    trained = []

    def make_entry(recipe, *rest):
        assert old <= set(json.loads(path.read_text())["entries"])
        trained.append(recipe.loss)
        return json.loads(climbed[0].read_text())["entries"][next(iter(old))]

    monkeypatch.setattr(climbing, "_make_entry", make_entry)
    climb(sample, path)
    assert trained == ["quadratisch"] * 2
    assert len(set(json.loads(path.read_text())["entries"]) & old) == 1


def test_stored_training_counts_in_whatever_precision(sample, climbed, monkeypatch):
    other = {"float32": "mixed_bfloat16", "mixed_bfloat16": "float32"}[store.native_precision()]
    monkeypatch.setattr(store, "native_precision", lambda: other)
    lines = []
    climb(sample, climbed[0], lines.append)
    assert lines == ["3 von 3 Trainings sind schon gerechnet."]


# ---------------------------------------------------------------- bad input


def test_other_steps_or_data_are_refused_and_the_file_is_kept(sample, climbed):
    before = climbed[0].read_bytes()
    with pytest.raises(ladder.LadderError, match="mit 10 Schritten, verlangt ist eine mit 20"):
        climb(sample, climbed[0], steps=20)
    with pytest.raises(ladder.LadderError, match="mit den Daten stichprobe"):
        climb(replace(sample, sha256="0"), climbed[0])
    assert climbed[0].read_bytes() == before


def test_damaged_file_is_refused_and_kept(sample, tmp_path):
    path = tmp_path / "ladder.json"
    path.write_text("{")
    with pytest.raises(ladder.LadderError, match="anderen Aufbau"):
        climb(sample, path)
    assert path.read_text() == "{"


def test_two_climbs_at_once_are_refused(sample, tmp_path):
    busy = FileLock(config.cache_dir() / "leiter.lock")
    with busy, pytest.raises(ladder.LadderError, match="Ein anderer Prozess"):
        climb(sample, tmp_path / "ladder.json")
    assert not (tmp_path / "ladder.json").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--seeds", "3..1"], "Die Option --seeds hat den Wert „3..1“. Erlaubt sind ganze Zahlen von 0"),
        (["--seeds", "eins"], "wie 1,2,5 oder 1..3"),
        (["--seeds", "1..9999999999"], "höchstens 20"),
        (["--seeds", "1..20,30"], "höchstens 20"),
        (["--steps", "9"], "von 10 bis 100000"),
        (["--steps", "10,20"], "--steps"),
        (["--factors", "0"], "von 1 bis 64"),
        (["--dataset", "cifar"], "Gemeint ist vielleicht „cifar10“"),
        (["--seed", "1"], "Gemeint ist vielleicht --seeds"),
    ],
)
def test_bad_options(capsys, arguments, message):
    assert cli.main(["ladder", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_command(sample, climbed, capsys, monkeypatch):
    monkeypatch.setattr(data, "load_dataset", lambda *arguments: sample)
    arguments = ["--seeds", "1", "--steps", "10", "--factors", "2", "--output", str(climbed[0])]
    assert cli.main(["ladder", "--dataset", "stichprobe", *arguments]) == 0
    output = capsys.readouterr().out
    assert "3 von 3 Trainings" in output and "Bekanntes kopieren" in output and "@abb" not in output


def test_results_are_read_without_a_backend():
    program = (
        "import sys\n"
        "from inpainting.measuring import ladder\n"
        "ladder.load_results()\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=config.ROOT)
