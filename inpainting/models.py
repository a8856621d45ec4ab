"""The networks, as Keras models built from Keras' own layers: neutral to the backend.

Importing this module imports Keras and with it the backend, TensorFlow by default.
"""

import contextlib
import os

import numpy as np

from inpainting import config


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


os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with _silent_stderr():
    import keras
    from keras import layers


class ModelError(config.UserError):
    """A model file cannot be loaded or does not fit."""


def build_original(output: str = "sigmoid", seed: int = 0) -> keras.Model:
    """Build the convolutional autoencoder of the original report (13 347 parameters).

    A masked image (N, 32, 32, 3), float32 in [0, 1] with holes set to 0, becomes a whole
    image of the same shape.  The encoder halves the resolution twice down to a bottleneck of
    8×8×16; the decoder mirrors it with upsampling and convolution.

    Parameters
    ----------
    output : activation of the last layer: "relu" in the draft of the original, "sigmoid" in
        its later edition.
    seed : determines the initial weights.

    Source: D. Manser, D. Rotter, Image Inpainting using CNNs, 2025; compare A. Rosebrock,
    Autoencoders with Keras, TensorFlow, and Deep Learning, 2020.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=6).tolist())

    def convolution(filters: int, activation: str, name: str):
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        return layers.Conv2D(
            filters, 3, padding="same", activation=activation,
            kernel_initializer=initializer, name=name,
        )  # fmt: skip

    return keras.Sequential(
        [
            layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3), name="masked_image"),
            convolution(32, "relu", "encoder_1"),
            layers.MaxPooling2D(2, padding="same", name="pooling_1"),
            convolution(16, "relu", "encoder_2"),
            layers.MaxPooling2D(2, padding="same", name="pooling_2"),
            convolution(16, "relu", "decoder_1"),
            layers.UpSampling2D(2, name="upsampling_1"),
            convolution(32, "relu", "decoder_2"),
            layers.UpSampling2D(2, name="upsampling_2"),
            convolution(3, output, "output"),
        ],
        name=f"original_{output}",
    )


def predict_original(model: keras.Model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Return what the original network makes of masked images, not composited.

    Parameters
    ----------
    images : float32 or uint8 array (N, 32, 32, 3); uint8 is scaled to [0, 1].
    masks : uint8 array (N, 32, 32, 1), 1 = hole.

    Returns
    -------
    float32 array (N, 32, 32, 3); a sigmoid output lies in [0, 1], a ReLU output only above 0.
    """
    return model.predict(mask_images(images, masks), batch_size=256, verbose=0)


def mask_images(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Set the holes (mask 1) of images to 0; float32 in [0, 1], uint8 input is scaled."""
    return to_float(images) * (1 - masks).astype(np.float32)


def to_float(images: np.ndarray) -> np.ndarray:
    """Scale uint8 images to float32 in [0, 1]; leave float images as they are."""
    return images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images


def load_model(path) -> keras.Model:
    """Load a ``.keras`` file in Keras' safe mode, which runs no code from the file."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds on damaged or foreign files
        raise ModelError(
            f"„{path}“ lässt sich nicht als Keras-Modell laden ({type(error).__name__}). "
            "Erlaubt ist eine .keras-Datei ohne eigenen Programmcode."
        ) from error
