"""The methods that the benchmark compares: name → function that fills holes, in the tables' order."""

import contextlib
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inpainting import classical, config, errors, files, machine, masks
from inpainting.data import Dataset
from inpainting.files import Log
from inpainting.measuring.result import EXEMPLAR, GAUSSIAN_SAMPLE, SAMPLED, SHARP
from inpainting.networks import fill, flow, has_samples, keras, mean_of, prior_unet, sample
from inpainting.training import recipes, store
from inpainting.training.store import Trained

GAUSSIANS = ".gauss"
"""Folder in the store with what was fitted to training images, so that a report need not fit it again."""

SAMPLE_SEED = 2025
"""Seed of the noise of the samples that the benchmark measures."""


class Contestant(NamedTuple):
    """A network and what identifies it.

    Attributes
    ----------
    model : Keras model.
    kind : "original", the network of 2025; "own", one of the project's; or "classifier".
    digest : see :func:`digest_network`.
    """

    model: keras.Model
    kind: str
    digest: str

    @classmethod
    def from_trained(cls, trained: Trained) -> "Contestant":
        """The network of an entry of the store."""
        kinds = {"original": "original", "klassifikator": "classifier"}
        kind = kinds.get(trained.record["recipe"]["network"], "own")
        return cls(trained.model, kind, digest_network(trained.model))


def digest_weights(model: keras.Model) -> str:
    """Twelve hex digits over the values of all weights: equal for networks that compute the same."""
    digest = hashlib.sha256()
    for value in model.get_weights():
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:12]


def digest_network(model: keras.Model) -> str:
    """What identifies a network with both its answers: its weights and, if it samples, the solver."""
    digest = digest_weights(model)
    return files.key({"weights": digest, **flow.solver()}) if has_samples(model) else digest


def separate_sample(method: str) -> str:
    """Name of the network that a method draws from; "" if it draws from none."""
    return method.removesuffix(SAMPLED) if method.endswith(SAMPLED) and method not in SHARP else ""


def make_fills(
    gaussian: classical.GaussianFill,
    networks: Mapping[str, Contestant],
    library: classical.Library | None = None,
) -> dict[str, classical.Fill]:
    """Method → function that fills holes, for every method of the benchmark, in the tables' order.

    Without a library, the method that fills from it is left out.

    ``prior`` is the Gaussian prior inside the project's networks, without what they learn: the control.
    """
    fills = dict(classical.METHODS)
    fills[classical.GAUSSIAN] = gaussian.fill
    fills[GAUSSIAN_SAMPLE] = functools.partial(gaussian.sample, seed=SAMPLE_SEED)
    if library is not None:
        fills[EXEMPLAR] = library.fill
    fills["prior"] = functools.partial(_fill_composited, prior_unet.prior_alone())
    for name, network in networks.items():
        fills[name] = functools.partial(fill, network.model)
    for name, network in networks.items():
        if has_samples(network.model):
            fills[name + SAMPLED] = functools.partial(sample, network.model, seed=SAMPLE_SEED)
    return fills


def digest_method(name: str, networks: Mapping[str, Contestant]) -> str:
    """What identifies the weights that a method uses; "" if it uses none."""
    if network := separate_sample(name):
        return networks[network].digest
    return digest_weights(mean_of(networks[name].model)) if name in networks else ""


def _fill_composited(model: keras.Model, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    return masks.composite(fill(model, images, holes), images, holes)


def fit_without_networks(
    dataset: Dataset, models: Path = config.MODELS, kept: Path | None = None
) -> tuple[classical.GaussianFill, classical.Library | None]:
    """The methods that know training images, without a network: the Gaussian, and the library.

    On the sample the Gaussian is the shipped one, which was fitted to the whole training set, and there
    is no library.

    Parameters
    ----------
    kept : see :func:`load_or_fit`.
    """
    if dataset.is_sample:
        return classical.load_gaussian(store.locate(classical.SHIPPED_GAUSSIAN, models)), None
    images = dataset.train.images
    gaussian = load_or_fit(images, kept) if kept else classical.fit_gaussian(images)
    return gaussian, classical.Library(images)


def load_or_fit(images: np.ndarray, kept: Path) -> classical.GaussianFill:
    """The Gaussian of uint8 images, (N, H, W, 3), from a folder, or fitted now and put there.

    Parameters
    ----------
    kept : folder that keeps it for other processes of this machine, 38 MB each.
    """
    about = {
        "images": classical.digest_images(images),
        "shape": images.shape,
        "program": machine.sources_sha256("classical/gaussian.py"),
        "processor": machine.processor(),
        "versions": machine.versions(),
    }
    path = kept / f"{files.key(about)}.npz"
    with contextlib.suppress(Exception):  # missing, or damaged: numpy, zipfile and zlib raise many kinds
        with np.load(path, allow_pickle=False) as stored:
            return classical.GaussianFill(stored["mean"], stored["precision"], str(stored["digest"]))
    fitted = classical.fit_gaussian(images)
    with contextlib.suppress(OSError):  # it is fitted again next time
        kept.mkdir(parents=True, exist_ok=True)
        files.write_file(path, lambda file: np.savez(file, **vars(fitted)))
    return fitted


@dataclass(frozen=True)
class Lineup:
    """All that a report measures with.

    Attributes
    ----------
    networks : "original", "original_relu", "kompakt" and, where the store has it, "gruendlich".
    judge : the classifier of the semantics.
    gaussian : the Gaussian, fitted to the images that the networks were trained on.
    library : these images, or None where they are not at hand.
    """

    networks: Mapping[str, Trained]
    judge: Trained
    gaussian: classical.GaussianFill
    library: classical.Library | None = None

    @functools.cached_property
    def contestants(self) -> dict[str, Contestant]:
        """Name → network, for :func:`inpainting.measuring.benchmark.run_benchmark`."""
        return {name: Contestant.from_trained(trained) for name, trained in self.networks.items()}

    @functools.cached_property
    def fills(self) -> dict[str, classical.Fill]:
        """See :func:`make_fills`."""
        return make_fills(self.gaussian, self.contestants, self.library)


def line_up(
    settings: config.Config, dataset: Dataset, log: Log = print, models: Path = config.MODELS
) -> Lineup:
    """The networks that a run measures: trained under its parameters, or shipped.

    On the whole data the networks of 2025 and ``kompakt`` are taken from the store or trained.  On the
    sample, from which nothing good can be trained, all are the shipped ones, and so is the Gaussian:
    none has seen its test images.

    Raises
    ------
    errors.UserError
        If a shipped network is needed and missing.
    """
    shipped = {name: store.load_shipped(name, log, models) for name in ("gruendlich", "klassifikator")}
    of_run = recipes.of_run(settings)
    if dataset.is_sample:
        networks = {name: store.load_shipped(name, log, models) for name in of_run}
    else:
        networks = {name: store.load_or_train(r, dataset, log, models) for name, r in of_run.items()}
    judge = shipped["klassifikator"]
    if judge is None and not dataset.is_sample:
        judge = store.load_or_train(recipes.CLASSIFIER, dataset, log, models)
    missing = [name for name, trained in {**networks, "klassifikator": judge}.items() if trained is None]
    if missing:
        trained = [f"„inpainting train --network {name}“" for name in missing if name in recipes.OWN]
        raise errors.UserError(
            f"Im Modellordner „{models}“ fehlen mitgelieferte Netze: {', '.join(missing)}. Bitte mit "
            "„git checkout -- models“ wiederherstellen"
            + (f" oder mit {trained[0]} trainieren." if len(trained) == len(missing) == 1 else ".")
        )
    for trained in (*(networks.values() if dataset.is_sample else ()), *shipped.values()):
        if trained:
            log(store.describe_entry(trained))
    if shipped["gruendlich"]:
        networks["gruendlich"] = shipped["gruendlich"]
    return Lineup(networks, judge, *fit_without_networks(dataset, models, models / GAUSSIANS))
