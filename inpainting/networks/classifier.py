"""A small CIFAR-10 classifier: does an image still show what it showed before the repair?

The classifier is trained on the training images alone, with flips and shifted crops, and the epoch
with the lowest validation loss is kept.  It never sees a mask or a repaired image in training.
"""

import numpy as np

from inpainting import config, data
from inpainting.data import to_float
from inpainting.networks import keras, layers


def build_classifier(
    widths: tuple[int, ...] = (32, 64, 128, 192), seed: int = 0, precision: str = "float32"
) -> keras.Model:
    """Build a small residual network: images (N, 32, 32, 3) to 10 logits.

    A 3×3 convolution at full resolution; then, at 1/2, 1/4 and 1/8 of it, a strided convolution
    and a residual one; then the mean over all positions.  Batch normalisation and ReLU follow
    every convolution.  With the default widths, 835 434 parameters and 38 million
    multiplications an image.

    Parameters
    ----------
    widths : channels at 1/1, 1/2, 1/4 and 1/8 of the resolution.
    seed : determines the initial weights.
    precision : "float32", or "mixed_bfloat16" to train faster; the weights are float32 anyway.

    Source: He et al., Deep Residual Learning, 2016; Ioffe and Szegedy, Batch Normalization, 2015.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=2 * len(widths)).tolist())

    def convolution(x, filters: int, strides: int = 1):
        initializer = keras.initializers.HeNormal(seed=next(seeds))
        x = layers.Conv2D(
            filters,
            3,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer=initializer,
            dtype=precision,
        )(x)
        x = layers.BatchNormalization(momentum=0.9, dtype=precision)(x)
        return layers.ReLU(dtype=precision)(x)

    images = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3), name="image")
    x = convolution(layers.Rescaling(4.0, -1.9, name="scaled")(images), widths[0])
    for width in widths[1:]:
        x = convolution(x, width, strides=2)
        x = layers.Add(dtype=precision)([x, convolution(x, width)])
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    initializer = keras.initializers.GlorotUniform(seed=next(seeds))
    logits = layers.Dense(len(data.CLASS_NAMES), kernel_initializer=initializer, name="logits")(x)
    return keras.Model(images, logits, name="classifier")


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether the classifier finds each image's class.

    Parameters
    ----------
    model : as :func:`build_classifier` makes it.
    images : float32 or uint8 array (N, 32, 32, 3); uint8 is scaled to [0, 1].
    labels : integer array (N,).

    Returns
    -------
    bool array (N,); its mean is the accuracy.
    """
    logits = model.predict(to_float(images), batch_size=500, verbose=0)
    return logits.argmax(-1) == labels


def features(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """What the classifier knows of images before it decides: the means over all positions.

    Parameters
    ----------
    model, images : see :func:`accuracy`.

    Returns
    -------
    float32 array (N, channels).
    """
    (logits,) = (layer for layer in model.layers if layer.name == "logits")
    return keras.Model(model.input, logits.input).predict(to_float(images), batch_size=500, verbose=0)
