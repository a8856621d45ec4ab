"""The convolutional autoencoder of the report of 2025."""

import numpy as np

from inpainting import config
from inpainting.networks import keras, layers, prior_unet


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
            filters,
            3,
            padding="same",
            activation=activation,
            kernel_initializer=initializer,
            name=name,
        )

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


def arrange_for_training(original: keras.Model, precision: str = "float32") -> keras.Model:
    """The original network once more, arranged to train faster; not to be saved.

    Inputs are ``image``, whatever stands in its holes, and ``mask``.  The network computes the same
    function as ``original``, with the same weights in the same order; but ReLU comes after pooling, and
    each upsampling is one operation with the convolution behind it.

    Parameters
    ----------
    original : as :func:`build_original` makes it.
    precision : "float32", or "mixed_bfloat16"; the weights are float32 anyway.
    """
    encoder_1, encoder_2, decoder_1, decoder_2, output = (
        layer for layer in original.layers if isinstance(layer, layers.Conv2D)
    )

    def convolution(layer, kind=layers.Conv2D, activation="linear"):
        return kind(layer.filters, 3, padding="same", activation=activation, dtype=precision)

    def pooling():
        return layers.MaxPooling2D(2, padding="same", dtype=precision)

    def activation(layer, precision=precision):
        return layers.Activation(layer.activation, dtype=precision)

    arranged = keras.Sequential(
        [
            layers.Input(original.input_shape[1:]),
            convolution(encoder_1),
            pooling(),
            activation(encoder_1),
            convolution(encoder_2),
            pooling(),
            activation(encoder_2),
            convolution(decoder_1, activation=decoder_1.activation),
            convolution(decoder_2, _UpsampledConvolution),
            activation(decoder_2),
            convolution(output, _UpsampledConvolution),
            activation(output, "float32"),  # bfloat16 knows no value between 0.996 and 1
        ]
    )
    image = layers.Input(original.input_shape[1:], name="image")
    mask = layers.Input((*original.input_shape[1:3], 1), name="mask")
    model = keras.Model([image, mask], arranged(keras.ops.where(mask > 0.5, 0.0, image)))
    model.set_weights(original.get_weights())
    return model


class _UpsampledConvolution(layers.Conv2D):
    """Upsampling by two and a 3×3 convolution in one: a transposed convolution of stride two.

    A pixel of the doubled image that the kernel meets twice is multiplied once, by the sum of
    the kernel's entries there: 16 multiplications for four outputs instead of 36.
    """

    def call(self, x):
        kernel = keras.ops.pad(keras.ops.flip(self.kernel, (0, 1)), ((1, 1), (1, 1), (0, 0), (0, 0)))
        for _ in range(2):
            kernel = keras.ops.transpose(kernel[1:] + kernel[:-1], (1, 0, 2, 3))
        kernel = keras.ops.transpose(kernel, (0, 1, 3, 2))
        return self.activation(keras.ops.conv_transpose(x, kernel, 2, "same") + self.bias)

    def compute_output_shape(self, shape):
        n, height, width, _ = shape
        return (n, 2 * height, 2 * width, self.filters)


def build_variant(
    output: str | None, seed: int, mask_input: bool = False, skips: bool = False, prior: bool = False
) -> keras.Model:
    """The autoencoder with what it lacks, piece by piece; for the ladder.

    Inputs are ``image`` (N, 32, 32, 3), float32 in [0, 1], whatever stands in its holes, and ``mask``
    (N, 32, 32, 1), float32, 1 = hole; the output (N, 32, 32, 3) is neither composited nor clipped.
    Without any piece it would be that of :func:`build_original`, weight by weight.

    Parameters
    ----------
    output : activation of the last layer, "sigmoid" or "relu"; none where a prior is corrected.
    seed : determines the initial weights.
    mask_input : the mask is the fourth input channel.
    skips : the encoder's features at full and half resolution go to the decoder as well.
    prior : what the Gaussian prior expects is a further input, and its correction the output.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=6).tolist())

    def convolution(filters: int, activation: str | None = "relu"):
        initializer = keras.initializers.GlorotUniform(seed=next(seeds))
        return layers.Conv2D(
            filters, 3, padding="same", activation=activation, kernel_initializer=initializer
        )

    def add_skip(features, skip):
        return layers.Concatenate()([features, skip]) if skips else features

    image = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3), name="image")
    mask = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 1), name="mask")
    features = [keras.ops.where(mask > 0.5, 0.0, image)]
    if mask_input:
        features.append(mask)
    if prior:
        expected = prior_unet.prior_alone()([image, mask])
        features.append(expected)
    x = layers.Concatenate()(features) if len(features) > 1 else features[0]
    full = convolution(32)(x)  # 32×32×32
    half = convolution(16)(layers.MaxPooling2D(2)(full))  # 16×16×16
    x = convolution(16)(layers.MaxPooling2D(2)(half))  # 8×8×16, the bottleneck
    x = convolution(32)(add_skip(layers.UpSampling2D(2)(x), half))  # 16×16×32
    x = add_skip(layers.UpSampling2D(2)(x), full)  # 32×32×32, or 64 with the skip
    if prior:  # starts as the prior
        correction = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros")(x)
        return keras.Model([image, mask], layers.Add()([expected, correction]))
    return keras.Model([image, mask], convolution(3, output)(x))
