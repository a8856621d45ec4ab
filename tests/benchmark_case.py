"""A small field for the benchmark: untrained networks of each kind, on a few images."""

from training_case import KOMPAKT

from inpainting.measuring.methods import Contestant, digest_network
from inpainting.networks import autoencoder, classifier, keras
from inpainting.training.flow import build_whole
from inpainting.training.tasks import build_network

SUITES = ("quadrat8", "pixel50")
N = 30
GREY = 0.45


def build_grey() -> keras.Model:
    """A network in the form of the project's that fills every hole with one grey."""
    image = keras.layers.Input((None, None, 3), name="image")
    mask = keras.layers.Input((None, None, 1), name="mask")
    return keras.Model([image, mask], keras.ops.where(mask > 0.5, GREY, image))


def contestant(model: keras.Model, kind: str) -> Contestant:
    return Contestant(model, kind, digest_network(model))


def build_networks() -> dict[str, Contestant]:
    """The network of 2025, one of the project's without samples, and one with them."""
    return {
        "original": contestant(autoencoder.build_original(seed=1), "original"),
        "grau": contestant(build_grey(), "own"),
        "kompakt": contestant(build_whole(KOMPAKT, build_network(KOMPAKT)), "own"),
    }


def build_judge() -> keras.Model:
    return classifier.build_classifier((8, 16), seed=1)
