"""The store: what it holds is whole and its own, and the shipped networks are pinned."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import numpy as np
import pytest
from training_case import KOMPAKT, ORIGINAL, assert_same, assert_same_weights

from inpainting import classical, config, errors, files
from inpainting.networks import autoencoder, has_samples, keras, load_model, mean_of
from inpainting.training import recipes, store
from inpainting.training.loop import History, TrainingError

# ---------------------------------------------------------------- the shipped networks


@pytest.mark.parametrize("name", store.SHIPPED)
def test_shipped_network_is_that_of_its_recipe(name):
    """A field of a recipe or a byte of a file that changes is noticed here, without the data."""
    recipe = store.SHIPPED[name]
    entry = config.MODELS / f"{recipe.network}-{recipe.key(store.WHOLE_DATA)}"
    assert entry.is_dir(), f"no entry {entry.name}: the recipe has changed, or its network is missing"
    record = json.loads((entry / "record.json").read_text("utf-8"))
    assert recipes.from_record(record["recipe"]) == recipe
    assert record["data"]["sha256"] == store.WHOLE_DATA
    assert record["record_sha256"] == files.record_sha256(record)
    model = (entry / recipe.file_name).read_bytes()
    assert record["model_sha256"] == hashlib.sha256(model).hexdigest()
    history = History(**record["history"])
    assert (entry / "training_log.csv").read_text() == history.to_csv()


@pytest.mark.parametrize("name", store.SHIPPED)
def test_shipped_network_is_tracked_by_git(name):
    if shutil.which("git") is None or not (config.ROOT / ".git").exists():
        pytest.skip("no git repository")
    recipe = store.SHIPPED[name]
    entry = config.MODELS / f"{recipe.network}-{recipe.key(store.WHOLE_DATA)}"
    command = ["git", "-C", str(config.ROOT), "ls-files", str(entry)]
    tracked = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert {path.split("/")[-1] for path in tracked} == {recipe.file_name, "record.json", "training_log.csv"}


def test_shipped_networks_are_small():
    """A repository is no place for large files."""
    for recipe in store.SHIPPED.values():
        entry = config.MODELS / f"{recipe.network}-{recipe.key(store.WHOLE_DATA)}"
        assert sum(path.stat().st_size for path in entry.glob("*.keras")) < 25 * 2**20


def test_digest_of_the_whole_data_is_cifar10s(cifar10):
    assert cifar10.sha256 == store.WHOLE_DATA


def test_shipped_network_is_loaded_and_none_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "train", None)
    found = store.load_shipped("original", str)
    assert found.from_store and found.record["recipe"]["network"] == "original"
    monkeypatch.setattr(config, "SHIPPED_MODELS", tmp_path)
    assert store.load_shipped("gruendlich", str, tmp_path) is None


def test_shipped_networks_are_found_from_a_store_elsewhere_and_its_own_come_first(tmp_path):
    found = store.load_shipped("original", str, tmp_path)
    assert found.folder.parent == config.SHIPPED_MODELS
    (tmp_path / found.folder.name).mkdir()
    assert store.locate(found.folder.name, tmp_path).parent == tmp_path
    assert store.locate(classical.SHIPPED_GAUSSIAN, tmp_path).is_file()


# ---------------------------------------------------------------- keeping and giving back


def test_store_keeps_a_network_and_gives_it_back(sample, trained_original, shared_store):
    log = []
    found = store.load_or_train(ORIGINAL, sample, log.append, shared_store)
    assert len(log) == 1 and log[0].startswith("Aus dem Modellspeicher: original-")
    assert found.from_store and not trained_original.from_store
    assert found.folder == trained_original.folder
    assert found.folder.name == f"original-{ORIGINAL.key(sample.sha256)}"
    assert_same(found, trained_original)
    assert found.record == files.plain(trained_original.record)
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "autoencoder_cifar10.keras",
        "record.json",
        "training_log.csv",
    ]
    assert (found.folder / "training_log.csv").read_text() == found.history.to_csv()
    assert found.record["seconds"] > 0 and found.record["recipe"]["seed"] == ORIGINAL.seed
    assert found.record["precision"] == store.native_precision()


@pytest.fixture
def copied(shared_store, trained_original, tmp_path, monkeypatch):
    """A store of one's own that holds the original; what is trained anew is the same network."""
    shutil.copytree(trained_original.folder, tmp_path / trained_original.folder.name)

    def train(recipe, dataset, work, log):
        trained.append(recipe)
        record = {k: v for k, v in trained_original.record.items() if not k.endswith("sha256")}
        return replace(trained_original, record=record, from_store=False)

    trained = []
    monkeypatch.setattr(store, "train", train)
    return tmp_path, trained


@pytest.mark.parametrize("variable", ["", "1"])
def test_retrain_replaces_the_entry(sample, trained_original, copied, monkeypatch, variable):
    folder, trained = copied
    monkeypatch.setenv("INPAINTING_RETRAIN", variable)
    again = store.load_or_train(ORIGINAL, sample, str, folder, retrain=not variable)
    assert not again.from_store and trained == [ORIGINAL]
    assert_same(again, trained_original)
    assert [path for path in folder.iterdir() if path.name != ".work"] == [again.folder]
    assert list((folder / ".work").glob("*/")) == []


def test_a_network_counts_whatever_its_precision(sample, copied, monkeypatch):
    other = {"float32": "mixed_bfloat16", "mixed_bfloat16": "float32"}[store.native_precision()]
    monkeypatch.setattr(store, "native_precision", lambda: other)
    assert store.load_or_train(ORIGINAL, sample, str, copied[0]).from_store


# ---------------------------------------------------------------- damage


def truncate_model(entry):
    os.truncate(entry / "autoencoder_cifar10.keras", 1000)


def swap_model(entry):
    autoencoder.build_original(seed=99).save(entry / "autoencoder_cifar10.keras")


def delete_model(entry):
    (entry / "autoencoder_cifar10.keras").unlink()


def empty_record(entry):
    (entry / "record.json").write_text("")


def edit_record(entry, edit, sign=False):
    record = json.loads((entry / "record.json").read_text())
    edit(record)
    if sign:
        record["record_sha256"] = files.record_sha256(record)
    (entry / "record.json").write_text(json.dumps(record))


def strip_record(entry):
    edit_record(entry, lambda record: record.pop("history"), sign=True)


def list_record(entry):
    (entry / "record.json").write_text("[]")


def change_record(entry):
    edit_record(entry, lambda record: record["history"]["val_loss"].__setitem__(0, 0.0))


def poison_weights(entry):
    """A network with a weight that is no number, and checksums that agree with it."""
    model = load_model(entry / "autoencoder_cifar10.keras")
    weights = model.get_weights()
    weights[0].flat[0] = np.nan
    model.set_weights(weights)
    model.save(entry / "autoencoder_cifar10.keras")
    sha256 = hashlib.sha256((entry / "autoencoder_cifar10.keras").read_bytes()).hexdigest()
    edit_record(entry, lambda record: record.update(model_sha256=sha256), sign=True)


DAMAGES = [
    truncate_model,
    swap_model,
    delete_model,
    empty_record,
    strip_record,
    list_record,
    change_record,
    poison_weights,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_entry_is_set_aside_and_rebuilt(sample, trained_original, copied, damage):
    folder, trained = copied
    damage(next(folder.glob("original-*")))
    log = []
    rebuilt = store.load_or_train(ORIGINAL, sample, log.append, folder)
    assert trained == [ORIGINAL] and not rebuilt.from_store
    assert "beschädigt" in log[0] and len(list(folder.glob("*.defekt-*"))) == 1
    found = store.load_or_train(ORIGINAL, sample, str, folder)
    assert found.from_store
    assert_same(found, trained_original)


def test_network_with_a_weight_that_is_no_number_is_not_stored(sample, copied, tmp_path):
    folder, _ = copied
    shutil.rmtree(next(folder.glob("original-*")))
    broken = autoencoder.build_original()
    broken.set_weights([np.full_like(weight, np.inf) for weight in broken.get_weights()])
    trained = store.Trained(broken, History(), {}, folder, False)
    with pytest.raises(ValueError, match="keine Zahlen"):
        files.put_entry(folder / "original-x", folder, lambda new: store._write(new, trained, ORIGINAL))
    assert list(folder.glob("original-*")) == []


def test_entries_of_earlier_versions_are_named_and_left_alone(sample, copied):
    folder, trained = copied
    old = folder / "original-aaaaaaaaaaaa"
    shutil.copytree(next(folder.glob("original-*")), old)
    edit_record(old, lambda record: record["recipe"].update(precision="float32"))
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    log = []
    store.load_or_train(replace(ORIGINAL, seed=2), sample, log.append, folder)
    assert log[0].startswith("original-aaaaaaaaaaaa stammt aus einer früheren Fassung")
    assert sum("früheren Fassung" in line for line in log) == 1
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before
    log.clear()
    store.load_or_train(ORIGINAL, sample, log.append, folder)  # nothing is missing: nothing to be said
    assert len(log) == 1 and "Modellspeicher" in log[0]


# ---------------------------------------------------------------- training


def test_loss_that_is_no_number_stores_nothing(sample, tmp_path):
    """The real thing: a rate at which every network flies apart."""
    recipe = replace(ORIGINAL, output="relu", loss="quadratisch", learning_rate=1e20)
    with pytest.raises(TrainingError, match="keine Zahl mehr"):
        store.load_or_train(recipe, sample, str, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".work"]
    assert list(tmp_path.rglob("*.npz")) == []


def test_failure_on_writing_leaves_no_entry_and_trains_nothing_twice(monkeypatch, sample, tmp_path):
    def fail(*args, **kwargs):
        raise RuntimeError

    recipe = replace(ORIGINAL, epochs=1, batch_size=450)
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "save", fail)
        with pytest.raises(RuntimeError):
            store.load_or_train(recipe, sample, str, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".work"]
    log = []
    store.load_or_train(recipe, sample, log.append, tmp_path)
    assert log == ["Training wird nach Epoche 1 fortgesetzt."]


def test_flow_is_trained_after_its_mean_into_one_file(sample, trained_kompakt):
    assert has_samples(trained_kompakt.model)
    files_ = {path.name for path in trained_kompakt.folder.iterdir()}
    assert files_ == {"kompakt.keras", "record.json", "training_log.csv"}
    record, flow = trained_kompakt.record, KOMPAKT.flow
    assert trained_kompakt.history.n_epochs == KOMPAKT.epochs
    assert len(record["flow_history"]["val_loss"]) == flow.epochs
    seconds = sum(trained_kompakt.history.seconds) + sum(record["flow_history"]["seconds"])
    assert record["seconds"] == pytest.approx(seconds)


def test_training_cut_off_in_either_part_ends_bit_identical(sample, trained_kompakt, tmp_path):
    def interrupt_at(n):
        lines = []

        def log(line):
            lines.append(line)
            if len(lines) == n:
                raise KeyboardInterrupt

        return log

    for n in (1, 3):  # after the mean's first epoch; then, having said that it goes on, in the flow
        with pytest.raises(KeyboardInterrupt):
            store.load_or_train(KOMPAKT, sample, interrupt_at(n), tmp_path)
        assert not list(tmp_path.glob("kompakt-*"))
    work = next((tmp_path / ".work").glob("*/"))
    assert {path.name for path in work.iterdir()} == {"checkpoint.npz", "flow.npz"}
    log = []
    resumed = store.load_or_train(KOMPAKT, sample, log.append, tmp_path)
    assert [line for line in log if "fortgesetzt" in line] == [
        "Training wird nach Epoche 2 fortgesetzt.",
        "Training wird nach Epoche 1 fortgesetzt.",
    ]
    assert_same(resumed, trained_kompakt)
    found = store.load_or_train(KOMPAKT, sample, str, tmp_path)
    assert found.from_store
    assert_same(found, trained_kompakt)
    assert_same_weights(mean_of(found.model), mean_of(trained_kompakt.model))


@pytest.mark.slow
def test_kill_in_mid_epoch_then_resume_is_bit_identical(sample, trained_original, tmp_path):
    script = textwrap.dedent(f"""
        from pathlib import Path
        from inpainting import config, data
        from inpainting.training import recipes, store
        sample = data.load_dataset(config.SAMPLE, log=str)
        recipe = recipes.Recipe(**{vars(ORIGINAL)})
        store.load_or_train(recipe, sample, lambda line: print(line, flush=True), Path({str(tmp_path)!r}))
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in process.stdout:
        if line.startswith("Epoche  2"):
            time.sleep(0.2 * random.Random(20).random())
            process.kill()
            break
    assert process.wait() == -9
    log = []
    resumed = store.load_or_train(ORIGINAL, sample, log.append, tmp_path)
    assert log[0].startswith("Training wird nach Epoche")
    assert_same(resumed, trained_original)
    assert not (tmp_path / ".work" / resumed.folder.name).exists()


def test_unwritable_store_gets_a_german_message(sample, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.UserError, match="nicht beschreibbar"):
        store.load_or_train(ORIGINAL, sample, str, tmp_path / "file" / "models")
