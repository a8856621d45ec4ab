"""The networks, as Keras models built from Keras' own layers: neutral to the backend.

Importing this package imports Keras and with it TensorFlow, under the project's own settings.
"""

import contextlib
import logging
import os
import weakref

import numpy as np

from inpainting import errors, machine
from inpainting.data import to_float
from inpainting.masks import mask_images, pad


@contextlib.contextmanager
def _silent_stderr():
    """Mute what native code writes to standard error: TensorFlow's start-up chatter."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow itself leaves oneDNN to processors with AVX-512; what it brings to others shows
# TF_ENABLE_ONEDNN_OPTS=0 python benchmarks/inference.py
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
try:
    with _silent_stderr(), machine.own_keras_settings():
        import keras
        from keras import layers  # noqa: F401
except (ImportError, MemoryError, OSError, SystemError, AttributeError) as error:  # all seen under ulimit -v
    raise errors.UserError(
        f"TensorFlow lässt sich nicht laden ({errors.short(str(error))}). Meist fehlt es an Arbeitsspeicher "
        "(nötig sind etwa 2,5 GB; eine Grenze zeigt ulimit -v), oder die Umgebung ist unvollständig: Das "
        "prüft inpainting doctor."
    ) from None
if keras.backend.backend() != "tensorflow":
    raise errors.UserError(
        f"Keras rechnet hier schon mit {keras.backend.backend()}; dieses Projekt braucht TensorFlow. Bitte "
        "Python neu starten und inpainting vor keras importieren."
    )
keras.config.set_floatx(machine.KERAS_SETTINGS["floatx"])
keras.config.set_epsilon(machine.KERAS_SETTINGS["epsilon"])
keras.config.set_image_data_format(machine.KERAS_SETTINGS["image_data_format"])
keras.config.set_dtype_policy(machine.KERAS_SETTINGS["floatx"])

# no hints on tracing in a notebook's outputs; a level would be reset by TensorFlow
logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)


class ModelError(errors.UserError):
    """A model file cannot be loaded or does not fit."""


MULTIPLE = 8
"""The project's own networks take images whose height and width are multiples of this."""


def fill(model: keras.Model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Fill the holes of images with a network of the project: its mean answer.

    Sizes that are no multiple of 8 are padded with pixels to be filled, and cropped again.

    Parameters
    ----------
    model : the network of 2025, with one input, or one with the inputs ``image`` and ``mask``.
    images : float32 or uint8 array (N, H, W, 3); uint8 is scaled to [0, 1].  The network of 2025 takes
        32×32 pixels only.
    masks : uint8 array (N, H, W, 1), 1 = hole.

    Returns
    -------
    float32 array (N, H, W, 3).  The network of 2025 puts out the whole image, above 0, not composited;
    the others fill holes within [0, 1] and leave known pixels bit-identical.
    """
    model = mean_of(model)
    if len(model.inputs) == 1:
        return model.predict(mask_images(images, masks), batch_size=256, verbose=0)
    height, width = images.shape[1:3]
    image, mask = pad(to_float(images), masks.astype(np.float32), MULTIPLE)
    return model.predict({"image": image, "mask": mask}, batch_size=256, verbose=0)[:, :height, :width]


def mean_of(model: keras.Model) -> keras.Model:
    """The network that gives the mean answer: the model itself, or the part of it that does."""
    if all(layer.name != "context" for layer in model.layers):
        return model
    if model not in _MEANS:  # a new one would be traced again
        seer = model.get_layer("context").get_layer("mean")
        _MEANS[model] = keras.Model(seer.inputs, seer.outputs[0], name="mean")
    return _MEANS[model]


_MEANS = weakref.WeakKeyDictionary()
"""Network of both answers → the part of it that gives the mean."""


FIXED_LAYERS = ("blocks", "pixels", "stencil")
"""Layers of the prior, whose kernels are given and not learned."""


def count_learned(model: keras.Model) -> int:
    """Number of weights that a network of the project has learned, frozen or not.

    Parameters
    ----------
    model : of both answers, or one alone; without batch normalisation.
    """
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            total += count_learned(layer)
        elif layer.name not in FIXED_LAYERS:
            total += sum(int(np.prod(weight.shape)) for weight in layer.weights)
    return total


def load_model(path) -> keras.Model:
    """Load a ``.keras`` file in Keras' safe mode, which runs no code from the file."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds on damaged or foreign files
        raise ModelError(
            f"„{path}“ lässt sich nicht als Keras-Modell laden ({type(error).__name__}). "
            "Erlaubt ist eine .keras-Datei ohne eigenen Programmcode."
        ) from error


from inpainting.networks.flow import has_samples, sample  # noqa: E402, F401 - they need the above
