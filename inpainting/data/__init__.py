"""The images: CIFAR-10 or its sample, split into training, validation and test."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inpainting import config
from inpainting.data.sample import load_sample
from inpainting.data.sources import load_cifar10, sha256
from inpainting.files import Log

CLASS_NAMES = (
    "Flugzeug",
    "Auto",
    "Vogel",
    "Katze",
    "Hirsch",
    "Hund",
    "Frosch",
    "Pferd",
    "Schiff",
    "LKW",
)

N_TRAIN, N_VALIDATION = 45_000, 5_000
"""Images of the whole data's training and validation splits; the sample has fewer."""

SPLIT_SEED = 2025
"""Seed of the choice of validation images.  Fixed: it is part of the benchmark."""


@dataclass(frozen=True)
class Split:
    """Images of one purpose.

    Attributes
    ----------
    images : uint8 array, (N, 32, 32, 3), 0..255
    labels : uint8 array, (N,), 0..9, an index into ``CLASS_NAMES``
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Dataset:
    """CIFAR-10, or the sample of it, in three disjoint splits.

    Attributes
    ----------
    train, validation, test : Split
    name : "cifar10" or "stichprobe"
    sha256 : hex digest over the bytes of all images and labels
    source : German words that say where the data came from
    """

    train: Split
    validation: Split
    test: Split
    name: str
    sha256: str
    source: str

    @property
    def is_sample(self) -> bool:
        return self.name == config.SAMPLE


def load_dataset(name: str, path: Path | None = None, log: Log = print) -> Dataset:
    """Load and verify CIFAR-10 or the shipped sample, split into train, validation and test.

    Parameters
    ----------
    name : "cifar10" (45 000 / 5 000 / 10 000 images) or "stichprobe" (900 / 100 / 250).
    path : folder or archive that holds CIFAR-10; None searches the caches, then downloads.
    log : called with one German line per source tried.

    Raises
    ------
    DataError
        If no source gives the verified arrays; the message names every way to supply them.
    """
    arrays, source = find_arrays(name, path, log)
    train, validation = split_training(arrays["x_train"], arrays["y_train"])
    digest = hashlib.sha256("".join(sha256(arrays[key]) for key in sorted(arrays)).encode())
    test = Split(arrays["x_test"], arrays["y_test"])
    return Dataset(train, validation, test, name, digest.hexdigest(), source)


def find_arrays(name: str, path: Path | None = None, log: Log = print) -> tuple[dict[str, np.ndarray], str]:
    """The verified arrays that :func:`load_dataset` splits, and where they came from."""
    if name == config.SAMPLE:
        return load_sample(), "mitgelieferte Stichprobe"
    return load_cifar10(path, log)


def split_training(images: np.ndarray, labels: np.ndarray) -> tuple[Split, Split]:
    """Split training images into training and validation, stratified by class.

    A tenth of each class, drawn by a fixed seed, becomes validation (5 000 of 50 000); both
    parts keep the published order.
    """
    rng = np.random.default_rng(SPLIT_SEED)
    held_out = np.zeros(len(labels), bool)
    for label in range(len(CLASS_NAMES)):
        members = np.flatnonzero(labels == label)
        held_out[rng.choice(members, len(members) // 10, replace=False)] = True
    return (
        Split(images[~held_out], labels[~held_out]),
        Split(images[held_out], labels[held_out]),
    )


def to_float(images: np.ndarray) -> np.ndarray:
    """Scale uint8 images to float32 in [0, 1]; leave float images as they are."""
    return images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images
