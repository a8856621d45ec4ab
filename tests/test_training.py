"""Training and the model store: same bytes again, after a kill too; nothing damaged is used."""

import contextlib
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pytest

from inpainting import classical, classifier, config, data, ladder, masks, models, training
from inpainting.training import FinalRecipe, History, Recipe

RECIPE = Recipe(epochs=3, batch_size=300)


@pytest.fixture(scope="module")
def sample():
    return data.load_dataset(config.SAMPLE, log=lambda line: None)


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """RECIPE, trained in one go."""
    return training.train(RECIPE, sample, tmp_path_factory.mktemp("t") / "c.npz", str)


@pytest.fixture(scope="module")
def filled_store(sample, tmp_path_factory):
    """A store that holds RECIPE."""
    store = tmp_path_factory.mktemp("store")
    training.load_or_train(RECIPE, sample, str, store)
    return store


def assert_same(a: training.Trained, b: training.Trained):
    assert a.history.loss == b.history.loss
    assert a.history.val_loss == b.history.val_loss
    assert a.history.stopped == b.history.stopped
    for x, y in zip(a.model.get_weights(), b.model.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


# ---------------------------------------------------------------- recipe


def test_key_is_fixed():
    assert Recipe().key("47af") == "6f1d3f6a04a1"  # a new key orphans every stored network


@pytest.mark.parametrize(
    "change",
    [{"version": 9}, {"precision": "mixed_bfloat16"}, {"output": "relu"}, {"holes": "quadrat"}, {"mask_size": 9}, {"epochs": 41},
     {"patience": 4}, {"batch_size": 64}, {"seed": 2}],
)  # fmt: skip
def test_key_follows_every_part_of_the_recipe(change):
    assert replace(Recipe(), **change).key("47af") != Recipe().key("47af")


def test_key_follows_the_data_and_nothing_else():
    assert Recipe().key("a") != Recipe().key("b")
    settings = config.load_config({"title": "Ein anderer Titel"})
    assert training.original_recipe(settings) == Recipe()


# ---------------------------------------------------------------- batches


def test_no_epoch_waits_for_the_autotuner_of_tf_data(sample):
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    kinds = (
        training.TrainingBatches(sample.train.images, RECIPE),
        training.FinalBatches(sample.train.images, FINAL),
        classifier.ClassifierBatches(sample.train, classifier.ClassifierRecipe()),
        ladder.LadderBatches(sample.train.images, ladder.make_recipe(ladder.RUNGS[0].name, steps=4)),
    )
    for batches in kinds:
        assert PyDatasetAdapter(batches).get_tf_dataset().options().autotune.enabled is False


def test_batches_depend_on_seed_epoch_and_step_alone(sample):
    batches = training.TrainingBatches(sample.train.images, RECIPE)
    again = training.TrainingBatches(sample.train.images, RECIPE)
    batches.start_epoch(1)
    again.start_epoch(1)
    masked, images = batches[2]
    _ = again[0]  # the order of access plays no part
    np.testing.assert_array_equal(masked, again[2][0])
    again.start_epoch(2)
    assert not np.array_equal(images, again[2][1])


def test_an_epoch_shows_every_image_once(sample):
    batches = training.TrainingBatches(sample.train.images, replace(RECIPE, batch_size=128))
    seen = np.concatenate([batches[i][1] for i in range(len(batches))])
    assert len(batches) == 8 and len(seen) == 900
    assert {image.tobytes() for image in seen} == {
        image.tobytes() for image in models.to_float(sample.train.images)
    }


@pytest.mark.parametrize(("holes", "fixed"), [("original", True), ("quadrat", False)])
def test_holes_of_an_image_stay_only_in_the_original(sample, holes, fixed):
    def hole_of_each_image(epoch):
        recipe = replace(RECIPE, holes=holes)
        batches = training.TrainingBatches(sample.train.images, recipe)
        batches.start_epoch(epoch)
        return {
            image.tobytes(): (masked == 0).all(-1).tobytes()
            for step in range(len(batches))
            for masked, image in zip(*batches[step], strict=True)
        }

    assert (hole_of_each_image(0) == hole_of_each_image(1)) is fixed


# ---------------------------------------------------------------- training


def test_golden_losses(sample, tmp_path):
    """A change of the recipe's result without a new version is noticed here."""
    trained = training.train(Recipe(epochs=2), sample, tmp_path / "c.npz", str)
    np.testing.assert_allclose(trained.history.loss, [0.690938, 0.679638], atol=2e-5)
    np.testing.assert_allclose(trained.history.val_loss, [0.683329, 0.663733], atol=2e-5)


def test_same_seed_same_bytes(sample, trained, tmp_path):
    assert_same(training.train(RECIPE, sample, tmp_path / "c.npz", str), trained)


def test_another_seed_another_network(sample, trained, tmp_path):
    other = training.train(replace(RECIPE, seed=2), sample, tmp_path / "c.npz", str)
    assert other.history.loss != trained.history.loss


def test_network_overfits_one_batch(sample, tmp_path):
    few = replace(sample, train=data.Split(sample.train.images[:16], sample.train.labels[:16]))
    recipe = Recipe(epochs=25, patience=25, batch_size=4)
    few = replace(few, validation=few.train)
    history = training.train(recipe, few, tmp_path / "c.npz", str).history
    assert history.loss[-1] < history.loss[0] - 0.05


@pytest.mark.parametrize("cut", [1, 2])
def test_resume_between_epochs_is_bit_identical(sample, trained, tmp_path, cut):
    lines = []

    def interrupt(line):
        lines.append(line)
        if len(lines) == cut:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(RECIPE, sample, tmp_path / "c.npz", interrupt)
    log = []
    assert_same(training.train(RECIPE, sample, tmp_path / "c.npz", log.append), trained)
    assert log[0] == f"Training wird nach Epoche {cut} fortgesetzt."
    assert len(log) == 1 + RECIPE.epochs - cut


def test_finished_checkpoint_is_not_trained_again(sample, trained, tmp_path):
    training.train(RECIPE, sample, tmp_path / "c.npz", str)
    log = []
    assert_same(training.train(RECIPE, sample, tmp_path / "c.npz", log.append), trained)
    assert len(log) == 1


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_truncated_checkpoint_is_set_aside(sample, trained, tmp_path, keep):
    path = tmp_path / "c.npz"
    training.train(replace(RECIPE, epochs=1), sample, path, str)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep) if keep == 0.5 else keep])
    log = []
    assert_same(training.train(RECIPE, sample, path, log.append), trained)
    assert "beschädigt" in log[0]
    assert path.with_suffix(".defekt").exists()


def test_kill_in_mid_epoch_then_resume_is_bit_identical(sample, tmp_path):
    recipe = Recipe(epochs=4, batch_size=50)
    script = textwrap.dedent(f"""
        from pathlib import Path
        from inpainting import config, data, training
        from inpainting.training import Recipe
        sample = data.load_dataset(config.SAMPLE, log=str)
        training.load_or_train({recipe}, sample, lambda line: print(line, flush=True),
                               Path({str(tmp_path)!r}))
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in process.stdout:
        if line.startswith("Epoche  2"):
            time.sleep(0.5 * random.Random(20).random())
            process.kill()
            break
    assert process.wait() == -9
    log = []
    resumed = training.load_or_train(recipe, sample, log.append, tmp_path)
    assert log[0].startswith("Training wird nach Epoche")
    assert_same(resumed, training.train(recipe, sample, tmp_path / "c.npz", str))
    assert not (tmp_path / ".work" / resumed.folder.name).exists()


# ---------------------------------------------------------------- stopping


def script_losses(monkeypatch, val_losses, losses=None):
    """Let training run without arithmetic: losses as given, weights count the epochs."""
    losses, val_losses = iter(losses or val_losses), iter(val_losses)

    class Fitted:
        def __init__(self):
            self.history = {"loss": [next(losses)]}

    def fit(model, *args, **kwargs):
        model.set_weights([weight + 1 for weight in model.get_weights()])
        return Fitted()

    monkeypatch.setattr(models.keras.Model, "fit", fit)
    monkeypatch.setattr(models.keras.Model, "evaluate", lambda *a, **k: next(val_losses))


def trained_epochs(trained) -> int:
    """The epoch that the network's weights come from."""
    start = models.build_original(seed=RECIPE.seed).get_weights()[0]
    return round(float((trained.model.get_weights()[0] - start).mean()))


@pytest.mark.parametrize(
    ("val_losses", "stopped", "best", "n"),
    [
        ([5, 4, 3, 2, 1, 1, 1], "epochs", 5, 7),
        ([5, 3, 4, 4, 4, 9, 9], "patience", 2, 5),
        ([5, 3, 4, 4, 2, 3, 3], "epochs", 5, 7),
        ([1, 2, 2, 2], "patience", 1, 4),
        ([5, 4, float("nan")], "nan", 2, 3),
        ([5, float("inf")], "nan", 1, 2),
        ([float("nan")], "nan", 0, 1),
    ],
)
def test_stops_and_keeps_the_best(monkeypatch, sample, tmp_path, val_losses, stopped, best, n):
    script_losses(monkeypatch, val_losses)
    recipe = Recipe(epochs=7, patience=3)
    trained = training.train(recipe, sample, tmp_path / "c.npz", str)
    history = trained.history
    assert (history.stopped, history.best_epoch, history.n_epochs) == (stopped, best, n)
    assert trained_epochs(trained) == best


def test_nan_in_the_training_loss_alone_stops_too(monkeypatch, sample, tmp_path):
    script_losses(monkeypatch, [3, 2, 1], losses=[3, float("nan"), 1])
    history = training.train(RECIPE, sample, tmp_path / "c.npz", str).history
    assert (history.stopped, history.n_epochs) == ("nan", 2)


def test_history_before_the_first_epoch():
    assert (History().best_epoch, History().best_val_loss, History().n_epochs) == (0, np.inf, 0)


def test_log_has_the_columns_of_the_original():
    text = History(loss=[0.6, 0.5], val_loss=[0.7, 0.65], seconds=[1, 1]).to_csv()
    assert text == "epoch,loss,val_loss\n0,0.6,0.7\n1,0.5,0.65\n"


def test_epoch_line_is_german():
    history = History(loss=[0.6, 0.51234], val_loss=[0.7, 0.65], seconds=[60, 90.25])
    assert training.epoch_line(history, 2, 4) == (
        "Epoche  2/4 · Verlust 0,51234 · Validierung 0,65000 · 90,2 s · noch höchstens 2:30 min"
    )


# ---------------------------------------------------------------- store


def test_store_keeps_a_network_and_gives_it_back(sample, trained, tmp_path):
    log = []
    made = training.load_or_train(RECIPE, sample, str, tmp_path)
    found = training.load_or_train(RECIPE, sample, log.append, tmp_path)
    assert "Modellspeicher" in log[0] and log[1].startswith("Epoche  1/3") and len(log) == 4
    assert (made.from_store, found.from_store) == (False, True)
    assert made.folder == found.folder == tmp_path / f"original-{RECIPE.key(sample.sha256)}"
    assert_same(made, trained)
    assert_same(found, trained)
    assert found.record == made.record
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "autoencoder_cifar10.keras", "record.json", "training_log.csv"
    ]  # fmt: skip
    assert (found.folder / "training_log.csv").read_text() == trained.history.to_csv()
    assert found.record["seconds"] > 0 and found.record["recipe"]["seed"] == RECIPE.seed


def test_retrain_replaces_the_entry(sample, trained, filled_store, tmp_path):
    shutil.copytree(filled_store, tmp_path, dirs_exist_ok=True)
    again = training.load_or_train(RECIPE, sample, str, tmp_path, retrain=True)
    assert not again.from_store
    assert_same(again, trained)
    assert [path for path in tmp_path.iterdir() if path.name != ".work"] == [again.folder]


def truncate_model(entry):
    os.truncate(entry / "autoencoder_cifar10.keras", 1000)


def swap_model(entry):
    models.build_original(seed=99).save(entry / "autoencoder_cifar10.keras")


def delete_model(entry):
    (entry / "autoencoder_cifar10.keras").unlink()


def empty_record(entry):
    (entry / "record.json").write_text("")


def strip_record(entry):
    record = json.loads((entry / "record.json").read_text())
    del record["history"]
    (entry / "record.json").write_text(json.dumps(record))


def list_record(entry):
    (entry / "record.json").write_text("[]")


@pytest.mark.parametrize(
    "damage",
    [truncate_model, swap_model, delete_model, empty_record, strip_record, list_record],
)
def test_damaged_entry_is_set_aside_and_rebuilt(sample, trained, filled_store, tmp_path, damage):
    shutil.copytree(filled_store, tmp_path, dirs_exist_ok=True)
    damage(next(tmp_path.glob("original-*")))
    log = []
    rebuilt = training.load_or_train(RECIPE, sample, log.append, tmp_path)
    assert_same(rebuilt, trained)
    assert not rebuilt.from_store and "beschädigt" in log[0]
    assert len(list(tmp_path.glob("*.defekt-*"))) == 1
    assert training.load_or_train(RECIPE, sample, str, tmp_path).from_store


def test_failed_training_leaves_no_entry(monkeypatch, sample, tmp_path):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(models.keras.Model, "save", fail)
    with pytest.raises(RuntimeError):
        training.load_or_train(RECIPE, sample, str, tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [".work"]
    log = []
    training.load_or_train(RECIPE, sample, log.append, tmp_path)
    assert log == ["Training wird nach Epoche 3 fortgesetzt."]  # nothing is trained twice


def test_unwritable_store_gets_a_german_message(sample, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(config.UserError, match="nicht beschreibbar"):
        training.load_or_train(RECIPE, sample, str, tmp_path / "file" / "models")


# ---------------------------------------------------------------- the final network

FINAL = FinalRecipe(
    widths=(8, 8, 8), epochs=2, steps_per_epoch=3, warmup=2, batch_size=32, precision="float32"
)


def epoch_of(batches, epoch):
    batches.start_epoch(epoch)
    return [batches[step] for step in range(len(batches))]


def test_final_batches_depend_on_seed_epoch_and_step_alone(sample):
    batches = training.FinalBatches(sample.train.images, FINAL)
    inputs, targets = epoch_of(batches, 1)[2]
    again, _ = epoch_of(training.FinalBatches(sample.train.images, FINAL), 1)[2]
    np.testing.assert_array_equal(inputs["image"], again["image"])
    np.testing.assert_array_equal(inputs["mask"], again["mask"])
    np.testing.assert_array_equal(inputs["image"], targets[..., :3])
    other, _ = epoch_of(batches, 0)[2]
    assert not np.array_equal(inputs["image"], other["image"])


def test_final_batches_show_every_image_before_one_comes_again(sample):
    recipe = replace(FINAL, batch_size=300)
    batches = epoch_of(training.FinalBatches(sample.train.images, recipe), 0)
    unflipped = {min(x.tobytes(), x[:, ::-1].tobytes()) for b in batches for x in b[0]["image"]}
    assert len(unflipped) == len({
        min(x.tobytes(), x[:, ::-1].tobytes()) for x in models.to_float(sample.train.images)
    })  # fmt: skip


def test_final_error_counts_every_image_alike_and_only_its_hole(sample):
    recipe = replace(FINAL, weighting="gleich")
    inputs, targets = epoch_of(training.FinalBatches(sample.train.images, recipe), 0)[0]
    weights, mask = targets[..., 3:], inputs["mask"]
    np.testing.assert_allclose(weights.sum((1, 2, 3)), 1, rtol=1e-5)
    assert (weights[mask == 0] == 0).all()
    wrong = targets[..., :3] + np.float32(0.1) + 9 * (1 - mask)
    np.testing.assert_allclose(training.hole_error(targets, wrong), 0.01, rtol=1e-4)


def test_expected_error_makes_the_suites_weigh_alike(sample):
    images = models.to_float(sample.validation.images)
    fill = classical.GaussianFill.fit(sample.train.images).fill
    ratios = []
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        error = np.mean((fill(images, holes) - images)[holes[..., 0] == 1] ** 2)
        batch_expects = np.average(training.expected_error(holes).ravel(), weights=holes.sum((1, 2, 3)).ravel())
        ratios.append(error / batch_expects)
    assert max(ratios) < 2 * min(ratios), ratios


def test_expected_error_follows_the_distance_to_known_pixels():
    one, block = np.zeros((2, 8, 8, 1), np.uint8)
    one[3, 3] = 1
    block[2:5, 2:5] = 1
    hard = training.expected_error(np.stack([one, block]))
    np.testing.assert_allclose(hard[:, 0, 0, 0], [1 / 13, (8 * 1 / 13 + 4 / 16) / 9], rtol=1e-6)
    inputs, targets = training.hole_batch(np.zeros((2, 8, 8, 3), np.float32), np.stack([one, block]), "erwartet")
    np.testing.assert_allclose(targets[..., 3].sum((1, 2)), 1 / hard.ravel(), rtol=1e-6)


@pytest.mark.parametrize("extra", [0, 2])
def test_extra_squares_are_added_to_small_holes_only(sample, extra):
    recipe = replace(FINAL, holes="quadrat", mask_size=4, extra_squares=extra, batch_size=200)
    inputs, _ = epoch_of(training.FinalBatches(sample.train.images, recipe), 0)[0]
    enlarged = (inputs["mask"].sum((1, 2, 3)) > 16).mean()
    assert enlarged == 0 if extra == 0 else 0.35 < enlarged < 0.65


def test_final_key_follows_every_part_of_the_recipe():
    keys = {
        replace(FinalRecipe(), **change).key("a")
        for change in (
            {}, {"network": "x"}, {"version": 0}, {"widths": (8, 8)}, {"n_blocks": 2}, {"seed": 2},
            {"holes": "quadrat"}, {"mask_size": 9}, {"extra_squares": 0}, {"epochs": 1},
            {"steps_per_epoch": 1}, {"warmup": 1}, {"patience": 1}, {"batch_size": 1},
            {"learning_rate": 1.0}, {"precision": "float32"}, {"weighting": "gleich"},
            {"optimizer": "adam"}, {"detail": (8, 1)}, {"overview": (8, 8, 1)}, {"rounds": 2}, {"start": FinalRecipe()},
            {"start": FinalRecipe(seed=2)},
        )
    }  # fmt: skip
    assert len(keys) == 23
    assert FinalRecipe().key("47af") == "ac7f5648058b"  # a new key orphans every stored network


def test_final_golden_losses(sample, tmp_path):
    """A change of the recipe's result without a new version is noticed here."""
    history = training.train(FINAL, sample, tmp_path / "c.npz", str).history
    np.testing.assert_allclose(history.loss, [0.058332, 0.066244], rtol=1e-3)
    np.testing.assert_allclose(history.val_loss, [0.068331, 0.068257], rtol=1e-3)


def test_final_resume_is_bit_identical(sample, tmp_path):
    whole = training.load_or_train(FINAL, sample, str, tmp_path / "a")

    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.load_or_train(FINAL, sample, interrupt, tmp_path / "b")
    resumed = training.load_or_train(FINAL, sample, str, tmp_path / "b")
    assert_same(resumed, whole)
    found = training.load_or_train(FINAL, sample, str, tmp_path / "b")
    assert found.from_store and found.folder.name.startswith("kompakt-")
    assert_same(found, whole)


GROWN = replace(FINAL, detail=(6, 1), start=FINAL, warmup=1)


def test_training_goes_on_from_another_networks_weights(sample, tmp_path):
    lines = []
    grown = training.load_or_train(GROWN, sample, lines.append, tmp_path)
    earlier = training.with_precision(FINAL, sample, tmp_path)
    start = training.load_or_train(earlier, sample, str, tmp_path)
    assert start.from_store  # trained on the way
    assert grown.history.earlier_seconds == start.history.total_seconds > 0
    assert grown.record["seconds"] == grown.history.earlier_seconds + sum(grown.history.seconds)
    fresh = training.train(replace(GROWN, start=None), sample, tmp_path / "fresh.npz", str)
    assert grown.history.loss[0] != fresh.history.loss[0]
    found = training.load_or_train(GROWN, sample, str, tmp_path)
    assert found.from_store and found.history.earlier_seconds == grown.history.earlier_seconds
    assert found.record["recipe"]["start"]["epochs"] == FINAL.epochs


LOOKING = replace(FINAL, overview=(16, 12, 1), start=FINAL, holes="raender", rounds=1, warmup=1)


def test_only_the_overview_learns(sample, tmp_path):
    start = training.load_or_train(FINAL, sample, str, tmp_path).model
    trained = training.load_or_train(LOOKING, sample, str, tmp_path)
    assert trained.record["recipe"]["start"]["epochs"] == FINAL.epochs
    assert trained.history.earlier_seconds > 0
    overview = trained.model.get_layer("overview")
    fresh = models.build_overview(LOOKING.overview, LOOKING.seed)
    models.set_covariance(fresh, sample.train.images)
    changed = [not np.array_equal(*pair) for pair in zip(overview.get_weights(), fresh.get_weights(), strict=True)]
    assert sum(changed) == len(overview.trainable_variables)
    others = [w for layer in trained.model.layers if layer is not overview for w in layer.get_weights()]
    for new, old in zip(others, start.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    again = training.load_or_train(replace(LOOKING, epochs=LOOKING.epochs), sample, str, tmp_path / "b")
    assert_same(again, trained)


def test_overview_looks_at_repaired_images_that_come_again(sample):
    asked = []

    def repair(inputs):
        asked.append(inputs)
        return np.where(inputs["mask"] > 0, 0.5, inputs["image"])

    batches = training.OverviewBatches(sample.train.images, replace(LOOKING, rounds=2), repair)
    plain = training.FinalBatches(sample.train.images, LOOKING)
    for epoch, mirrored in ((0, False), (1, False), (2, True), (3, True), (4, False)):
        batches.start_epoch(epoch)
        plain.start_epoch(epoch % 2)
        for step in (0, 1):
            inputs, targets = batches[step]
            expected, same = plain[step]
            if mirrored:
                expected, same = {k: x[:, :, ::-1] for k, x in expected.items()}, same[:, :, ::-1]
            np.testing.assert_array_equal(targets, same)
            np.testing.assert_array_equal(inputs["mask"], expected["mask"])
            filled = np.where(expected["mask"] > 0, 0.5, expected["image"])
            np.testing.assert_allclose(inputs["image"], filled, atol=0.6 / 255)
    assert len(asked) == 4


def test_cut_off_training_goes_on_without_its_start(sample, tmp_path, monkeypatch):
    whole = training.load_or_train(GROWN, sample, str, tmp_path / "a")
    n_lines = []

    def interrupt(line):
        n_lines.append(line)
        if len(n_lines) > FINAL.epochs:  # in the second training
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.load_or_train(GROWN, sample, interrupt, tmp_path / "b")
    earlier = training.with_precision(FINAL, sample, tmp_path / "b")
    shutil.rmtree(tmp_path / "b" / f"kompakt-{earlier.key(sample.sha256)}")
    resumed = training.load_or_train(GROWN, sample, str, tmp_path / "b")
    assert_same(resumed, whole)
    assert resumed.history.earlier_seconds > 0


def test_final_network_overfits_one_batch(sample):
    recipe = replace(FINAL, widths=(16, 16, 16), epochs=30, warmup=5)
    task = recipe.task(sample)
    inputs, targets = task.batches[0]

    def error():
        return float(np.mean(training.hole_error(targets, task.model.predict_on_batch(inputs))))

    before = error()
    for _ in range(60):
        task.model.train_on_batch(inputs, targets)
    assert error() < 0.7 * before


def test_kompakt_takes_a_stored_network_of_either_precision(sample, tmp_path):
    settings = config.load_config({"preset": "schnell"})
    best = training.kompakt_recipe(settings, sample, tmp_path)
    assert best.precision == training.native_precision()
    for precision in ("mixed_bfloat16", "float32"):
        stored = replace(best, precision=precision)
        entry = tmp_path / precision / f"kompakt-{stored.key(sample.sha256)}"
        entry.mkdir(parents=True)
        assert training.kompakt_recipe(settings, sample, entry.parent) == stored


def test_stored_network_is_taken_and_none_is_trained(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "train", None)
    assert training.load_stored("gruendlich", sample, str, tmp_path) is None
    monkeypatch.undo()
    recipe = replace(FINAL, network="gruendlich", precision="float32")
    monkeypatch.setitem(training.NETWORKS, "gruendlich", recipe)
    trained = training.load_or_train(recipe, sample, str, tmp_path)
    found = training.load_stored("gruendlich", sample, str, tmp_path)
    assert_same(found, trained)


def test_gruendlich_takes_the_mean_over_the_mirror_image(sample):
    rng = np.random.default_rng(0)
    plain, mirrored = (models.build_final((8, 8, 8), mirrored=m) for m in (False, True))
    for variable in plain.trainable_variables:
        variable.assign(rng.normal(0, 0.05, variable.shape))
    mirrored.set_weights(plain.get_weights())
    images = 0.3 + 0.4 * models.to_float(sample.test.images[:4])  # far from where it is clipped
    holes = masks.suite_masks("freiform", 4)
    there = models.predict_final(plain, images, holes)
    back = models.predict_final(plain, images[:, :, ::-1], holes[:, :, ::-1])[:, :, ::-1]
    assert np.abs(there - back).max() > 0.01
    np.testing.assert_allclose(models.predict_final(mirrored, images, holes), (there + back) / 2, atol=1e-5)
    assert training.NETWORKS["gruendlich"].mirrored and not training.NETWORKS["kompakt"].mirrored


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_freed_memory_is_kept_while_a_network_trains_and_no_longer():
    program = (
        "import contextlib, resource\n"
        "from inpainting import training\n"
        "def share_cleared():\n"
        "    faults = []\n"
        "    for _ in range(6):\n"
        "        bytearray(b'x') * 2**26\n"
        "        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)\n"
        "    return (faults[-1] - faults[0]) * resource.getpagesize() / (5 * 2**26)\n"
        "before = share_cleared()\n"
        "with contextlib.suppress(KeyError), training.freed_memory_kept():\n"
        "    kept = share_cleared()\n"
        "    raise KeyError\n"
        "print(before, kept, share_cleared())\n"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, kept, after = map(float, process.stdout.split()[-3:])
    assert before > 0.5 and kept < 0.1 and after > 0.5


def test_training_keeps_freed_memory(sample, tmp_path, monkeypatch):
    entered = []

    @contextlib.contextmanager
    def note():
        entered.append(True)
        yield
        entered.append(False)

    monkeypatch.setattr(training, "freed_memory_kept", note)
    training.train(FINAL, sample, tmp_path / "c.npz", str)
    assert entered == [True, False] * FINAL.epochs


def test_budget_becomes_whole_epochs(sample):
    few = training.calibrate(FINAL, sample, minutes=1e-6)
    assert few == replace(FINAL, epochs=1)
    assert training.calibrate(FINAL, sample, minutes=1).epochs > 1
