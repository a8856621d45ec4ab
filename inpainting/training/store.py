"""The store of trained networks: taken from it, or trained and put there.

An entry is a folder ``<network>-<key>`` with the model, ``training_log.csv`` and ``record.json``.
"""

import math
import os
import platform
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from inpainting import config, errors, files, machine
from inpainting.data import Dataset
from inpainting.files import Log
from inpainting.networks import keras, load_model
from inpainting.training import recipes
from inpainting.training.entries import locate
from inpainting.training.flow import make_flow_task
from inpainting.training.loop import History, fit
from inpainting.training.recipes import Recipe
from inpainting.training.tasks import make_task

WHOLE_DATA = "290e69218bbc83b5341e50b50a4fbb7ec7ad4cb84f1b9cf9ae1433ad04dca90b"
"""``Dataset.sha256`` of CIFAR-10: with it the shipped networks' keys are known without the data."""

SHIPPED = {
    "original": recipes.ORIGINAL,
    "original_relu": replace(recipes.ORIGINAL, output="relu"),
    **recipes.OWN,
    "klassifikator": recipes.CLASSIFIER,
}
"""Networks that come with the project, trained on the whole data."""


@dataclass(frozen=True)
class Trained:
    """A trained network with its history and the record of where it came from."""

    model: keras.Model
    history: History
    record: dict
    folder: Path
    from_store: bool


def load_or_train(
    recipe: Recipe,
    dataset: Dataset,
    log: Log = print,
    store: Path = config.MODELS,
    retrain: bool = False,
) -> Trained:
    """Take a trained network from the store, or train it and put it there.

    An entry is written whole or not at all; a damaged one is set aside and trained anew;
    concurrent calls wait for each other.  A stored network is taken whatever precision it was trained
    in; a new network is trained in the best precision of this processor.

    Parameters
    ----------
    retrain : train even if the store holds the network; the environment's ``INPAINTING_RETRAIN``
        says so to a notebook.

    Raises
    ------
    loop.TrainingError
        If the training's loss becomes no number; nothing is stored.
    """
    retrain = retrain or bool(os.environ.get("INPAINTING_RETRAIN"))
    entry = store / f"{recipe.network}-{recipe.key(dataset.sha256)}"
    with files.workplace(entry, log) as work:
        if not retrain and (trained := load_entry(entry, log)):
            log(describe_entry(trained))
            return trained
        for other in _of_earlier_versions(store, recipe.network):
            log(f"{other.name} stammt aus einer früheren Fassung, bleibt liegen und wird nicht benutzt.")
        trained = train(recipe, dataset, work, log)
        files.put_entry(entry, work, lambda folder: _write(folder, trained, recipe))
    return replace(trained, folder=entry)


def _of_earlier_versions(store: Path, network: str) -> list[Path]:
    """Entries of a network whose record no recipe of this program can be made from."""
    found = []
    for entry in sorted(store.glob(f"{network}-{'?' * 12}")):
        try:
            recipes.from_record(files.read_json(entry / "record.json")["recipe"])
        except TypeError:
            found.append(entry)
        except (OSError, ValueError, KeyError, AttributeError):
            continue  # no whole entry
    return found


def train(recipe: Recipe, dataset: Dataset, work: Path, log: Log = print) -> Trained:
    """Train a network, its flow included, or go on with a training that was cut off.

    Parameters
    ----------
    work : folder for the checkpoints, which the caller removes.
    """
    precision = native_precision()
    network, history = fit(make_task(recipe, dataset, precision), work / "checkpoint.npz", log)
    record = make_record(recipe, dataset, history, precision)
    if recipe.flow:
        task = make_flow_task(recipe, network, dataset, precision)
        network, of_flow = fit(task, work / "flow.npz", log)
        record |= {"flow_history": asdict(of_flow), "seconds": history.total_seconds + of_flow.total_seconds}
    return Trained(network, history, record, work, False)


def load_shipped(name: str, log: Log = print, store: Path = config.MODELS) -> Trained | None:
    """Take one of :data:`SHIPPED` from the store, or None; nothing is ever trained.

    The shipped networks were trained on the whole of CIFAR-10, whatever data a run uses.
    """
    recipe = SHIPPED[name]
    return load_entry(locate(f"{recipe.network}-{recipe.key(WHOLE_DATA)}", store), log)


def load_entry(entry: Path, log: Log = print) -> Trained | None:
    """Read an entry of the store; None if it does not exist, or was damaged and is set aside now."""
    if not entry.is_dir():
        return None
    try:
        record = files.read_json(entry / "record.json")
        if record["record_sha256"] != files.record_sha256(record):
            raise ValueError("Prüfsumme von record.json")
        (path,) = entry.glob("*.keras")
        if files.sha256(path) != record["model_sha256"]:
            raise ValueError(f"Prüfsumme von {path.name}")
        model = load_model(path)
        check_finite(model)
        return Trained(model, History(**record["history"]), record, entry, True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, errors.UserError) as error:
        files.set_aside(entry, error, log)
        return None


def check_finite(model: keras.Model) -> None:
    """Refuse a network with a weight that is no number.

    Raises
    ------
    ValueError
        If a weight is infinite or NaN.
    """
    if not all(np.isfinite(value).all() for value in model.get_weights()):
        raise ValueError("Gewichte, die keine Zahlen sind")


def native_precision() -> str:
    """ "mixed_bfloat16" where the processor computes in it, else "float32"."""
    return "mixed_bfloat16" if machine.has_bfloat16() else "float32"


def make_record(recipe: Recipe, dataset: Dataset, history: History, precision: str) -> dict:
    """What ``record.json`` says about a training; the model's checksum comes when it is written."""
    return {
        "recipe": asdict(recipe),
        "data": {"name": dataset.name, "sha256": dataset.sha256, "n_train": len(dataset.train)},
        "history": asdict(history),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": history.total_seconds,
        "hardware": {"processor": machine.processor(), "n_cores": os.cpu_count()},
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
        "precision": precision,
    }


def _write(folder: Path, trained: Trained, recipe: Recipe) -> None:
    check_finite(trained.model)
    path = folder / recipe.file_name
    trained.model.save(path)
    trained.record["model_sha256"] = files.sha256(path)
    trained.record["record_sha256"] = files.record_sha256(trained.record)
    files.write_file(folder / "training_log.csv", trained.history.to_csv())
    files.write_json(folder / "record.json", trained.record)


def describe_entry(trained: Trained) -> str:
    """A line for the console: which entry was taken, and how it was trained."""
    history = trained.history
    line = f"Aus dem Modellspeicher: {trained.folder.name}, {history.n_epochs} Epochen"
    if math.isfinite(history.best_val_loss):
        line += f", Validierung {history.best_val_loss:.5f}".replace(".", ",")
    return line
