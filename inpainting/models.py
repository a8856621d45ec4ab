"""The networks, as Keras models built from Keras' own layers: neutral to the backend.

Importing this module imports Keras and with it the backend, TensorFlow by default.
"""

import contextlib
import logging
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
# TensorFlow itself leaves oneDNN to processors with AVX-512; what it brings to others shows
# TF_ENABLE_ONEDNN_OPTS=0 python benchmarks/inference.py
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
with _silent_stderr():
    import keras
    from keras import layers

# no hints on tracing in a notebook's outputs; a level would be reset by TensorFlow
logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)


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


def arrange_for_training(original: keras.Model, precision: str = "float32") -> keras.Model:
    """The original network once more, arranged to train faster; not to be saved.

    The function and the weights, with their order, are those of ``original``: ReLU comes after
    pooling, and upsampling is one operation with the convolution behind it.

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
            convolution(encoder_1), pooling(), activation(encoder_1),
            convolution(encoder_2), pooling(), activation(encoder_2),
            convolution(decoder_1, activation=decoder_1.activation),
            convolution(decoder_2, _UpsampledConvolution), activation(decoder_2),
            convolution(output, _UpsampledConvolution),
            activation(output, "float32"),  # bfloat16 knows no value between 0.996 and 1
        ]
    )  # fmt: skip
    arranged.set_weights(original.get_weights())
    return arranged


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


# ---------------------------------------------------------------- the final network

STENCIL = np.float32([
    [0.0001, -0.0002, 0.0013, -0.0011, -0.0080, -0.0011, 0.0013, -0.0002, 0.0001],
    [-0.0002, 0.0004, -0.0029, -0.0034, 0.0410, -0.0034, -0.0029, 0.0004, -0.0002],
    [0.0013, -0.0029, 0.0106, 0.0100, -0.1126, 0.0100, 0.0106, -0.0029, 0.0013],
    [-0.0011, -0.0034, 0.0100, -0.1254, 0.4367, -0.1254, 0.0100, -0.0034, -0.0011],
    [-0.0080, 0.0410, -0.1126, 0.4367, 0.0000, 0.4367, -0.1126, 0.0410, -0.0080],
    [-0.0011, -0.0034, 0.0100, -0.1254, 0.4367, -0.1254, 0.0100, -0.0034, -0.0011],
    [0.0013, -0.0029, 0.0106, 0.0100, -0.1126, 0.0100, 0.0106, -0.0029, 0.0013],
    [-0.0002, 0.0004, -0.0029, -0.0034, 0.0410, -0.0034, -0.0029, 0.0004, -0.0002],
    [0.0001, -0.0002, 0.0013, -0.0011, -0.0080, -0.0011, 0.0013, -0.0002, 0.0001],
])  # fmt: skip
"""What a pixel of CIFAR-10 is expected to be, given its neighbours: their weights.

A row of the inverse of the pixels' covariance (training images, channels averaged, 3·10⁻⁴ on the
diagonal), averaged over the 12×12 central pixels and the square's symmetries, tapered by a
triangular window to 9×9 (which keeps it positive definite) and divided by the sum of its
neighbours; ``benchmarks/stencil.py`` derives it.  All channels share it: they are missing
together, so their correlation plays no part.  For comparison, the harmonic stencil is ¼ at the
four direct neighbours; the biharmonic has 0.4 there, −0.1 on the diagonals and −0.05 at distance
two.
"""

BLOCK = 4
"""Edge of the blocks of pixels that the prior computes on: the reach of :data:`STENCIL`."""

CG_STEPS = 10
"""Steps of conjugate gradients in the prior; 8×8 holes are all but converged after 12."""

N_LEVELS = 3
"""Halvings of the resolution: image sizes are multiples of 2**3."""


def build_final(
    widths: tuple[int, ...] = (64, 96, 128), n_blocks: int = 1, seed: int = 0, precision: str = "float32",
    mirrored: bool = False, detail: tuple[int, int] | None = None,
    overview: tuple[int, int, int] | None = None,
) -> keras.Model:  # fmt: skip
    """Build the final network: a Gaussian prior inside the graph, and a learned correction.

    Inputs are ``image`` (N, H, W, 3), float32 in [0, 1], whatever stands in its holes, and
    ``mask`` (N, H, W, 1), float32, 1 = hole; H and W are multiples of 8.  The output is the
    repaired image: holes clipped to [0, 1], known pixels bit-identical.  The first operation
    removes what stands in the holes; nothing behind it sees the image but the last, which
    takes the known pixels from it.

    1. *Pull-push*: averages of the known pixels over 2×2, 4×4 and 8×8 fill the hole coarsely.
    2. *Conjugate gradients* on the Gaussian energy of :data:`STENCIL` refine the fill.
    3. A *residual U-Net* between 1/2 and 1/8 of the resolution adds its correction, and with
       ``detail`` *residual blocks at full resolution*, which see the U-Net's features as well.
    4. With ``overview``, :func:`build_overview` corrects the repaired image once more.

    Parameters
    ----------
    widths : channels at 1/2, 1/4 and 1/8 of the resolution.
    n_blocks : residual blocks at each of them, in the encoder and in the decoder.
    detail : channels and number of the residual blocks at full resolution; None for none.
    overview : units of the overview, see :func:`build_overview`; None for none.
    seed : determines the initial weights.
    precision : "float32", or "mixed_bfloat16" to train faster; the weights are float32 anyway.
    mirrored : correct the mirror image as well, and take the mean of both; the weights are those
        of the network that does not.

    Source: Gortler et al., The Lumigraph, 1996 (pull-push); Hestenes and Stiefel, 1952
    (conjugate gradients); Ronneberger et al., U-Net, 2015; He et al., 2016 (residual blocks;
    the last convolution of each starts at zero, after Zhang et al., Fixup, 2019).
    """
    image = layers.Input((None, None, 3), name="image")
    mask = layers.Input((None, None, 1), name="mask")
    hole = mask > 0.5
    known = keras.ops.where(hole, 0.0, image)
    prior = _gaussian_prior(known, mask)
    features = keras.ops.concatenate([prior - 0.5, known - 0.5 * (1 - mask), mask], axis=-1)
    if mirrored:
        features = keras.ops.concatenate([features, keras.ops.flip(features, axis=2)], axis=0)
    correction = _residual_unet(features, widths, n_blocks, detail, _Parts(seed, precision))
    if mirrored:
        correction, mirror_image = keras.ops.split(correction, 2, axis=0)
        correction = 0.5 * (correction + keras.ops.flip(mirror_image, axis=2))

    def filled(prediction):
        return keras.ops.where(hole, keras.ops.clip(prediction, 0.0, 1.0), image)

    repaired = filled(layers.Add(name="prediction", dtype="float32")([prior, correction]))
    if overview is not None:
        look = build_overview(overview, seed, precision)
        prediction = look([repaired, mask])
        if mirrored:
            mirror_image = look([keras.ops.flip(x, axis=2) for x in (repaired, mask)])
            prediction = 0.5 * (prediction + keras.ops.flip(mirror_image, axis=2))
        repaired = filled(prediction)
    model = keras.Model([image, mask], repaired, name="inpainting")
    for name, kernel in _prior_kernels().items():
        model.get_layer(name).set_weights([kernel])
    return model


def _gaussian_prior(known, mask):
    """The most probable fill under a Gaussian of local precision: minimise xᵀΛx over the hole.

    Λx = Dx − stencil ∗ x, D the sum of the weights that lie inside the image, so no pixel
    outside of it, and no mean, is assumed.  All is computed on blocks of 4×4 pixels, each one
    place with 48 channels, where the stencil is a convolution of 3×3 blocks: five times the
    multiplications, but of a kind that every processor is fast at (``benchmarks/prior.py``).
    """
    fixed = {"use_bias": False, "trainable": False}
    to_blocks = layers.Conv2D(3 * BLOCK**2, BLOCK, strides=BLOCK, name="blocks", **fixed)
    to_pixels = layers.Conv2DTranspose(3, BLOCK, strides=BLOCK, name="pixels", **fixed)
    stencil = layers.Conv2D(3 * BLOCK**2, 3, padding="same", name="stencil", **fixed)
    x = to_blocks(known + mask * _pull_push(known, 1 - mask))
    hole = to_blocks(mask * keras.ops.ones_like(known))
    diagonal = stencil(keras.ops.ones_like(x))

    def precision(x):
        return hole * (diagonal * x - stencil(x))

    def dot(a, b):
        return keras.ops.sum(a * b, axis=(1, 2, 3), keepdims=True)

    direction = residual = -precision(x)
    squared = dot(residual, residual)
    for _ in range(CG_STEPS):
        image_of = precision(direction)
        step = squared / (dot(direction, image_of) + 1e-8)
        x = x + step * direction
        residual = residual - step * image_of
        previous, squared = squared, dot(residual, residual)
        direction = residual + squared / (previous + 1e-8) * direction
    return to_pixels(x)


def _prior_kernels() -> dict[str, np.ndarray]:
    """Name of each fixed layer of the prior → its kernel.

    The channel of a block's pixel (y, x) and colour c is 16·c + 4·y + x.
    """
    n = BLOCK**2
    block_to_channel = np.eye(3 * n, dtype=np.float32).reshape(3, BLOCK, BLOCK, 3 * n)
    block_to_channel = block_to_channel.transpose(1, 2, 0, 3)
    stencil = np.zeros((3, 3, 3, n, 3, n), np.float32)
    for block in np.ndindex(3, 3):
        for source, target in np.ndindex(n, n):
            offset = BLOCK * np.array(block) + divmod(source, BLOCK) - np.array(divmod(target, BLOCK))
            if offset.min() >= 0 and offset.max() < len(STENCIL):
                stencil[block][range(3), source, range(3), target] = STENCIL[tuple(offset)]
    stencil = stencil.reshape(3, 3, 3 * n, 3 * n)
    return {"blocks": block_to_channel, "pixels": block_to_channel, "stencil": stencil}


def _pull_push(known, weight):
    """Fill coarse to fine: means of known pixels, and where there are none, the next coarser."""
    pyramid = [(known, weight)]
    for _ in range(N_LEVELS):
        pyramid.append(tuple(layers.AveragePooling2D(2)(x) for x in pyramid[-1]))
    total, share = (keras.ops.mean(x, axis=(1, 2), keepdims=True) for x in pyramid[-1])
    filled = total / (share + 1e-8)
    for total, share in pyramid[:0:-1]:
        filled = layers.UpSampling2D(2)((total + 0.01 * filled) / (share + 0.01))
        filled = layers.AveragePooling2D(3, strides=1, padding="same")(filled)
    return filled


class _Parts:
    """What the correction is made of: seeded layers in one precision."""

    def __init__(self, seed: int, precision: str):
        self._seeds = iter(np.random.default_rng(seed).integers(2**31, size=200).tolist())
        self._precision = precision

    def _initial(self, initializer):
        """The options that make a layer start from this initializer, seeded, in the precision."""
        if initializer != "zeros":
            initializer = keras.initializers.get(
                {"class_name": initializer, "config": {"seed": next(self._seeds)}}
            )
        return {"dtype": self._precision, "kernel_initializer": initializer}

    def convolution(self, filters, size, initializer="he_normal", kind=layers.Conv2D, **options):
        return kind(filters, size, padding="same", **self._initial(initializer) | options)

    def dense(self, units, initializer="he_normal", **options):
        return layers.Dense(units, **self._initial(initializer) | options)

    def upsampling(self, filters, size=2, initializer="he_normal", **options):
        return self.convolution(
            filters, size, initializer, kind=layers.Conv2DTranspose, strides=2, **options
        )

    def relu(self, x):
        return layers.ReLU(dtype=self._precision)(x)

    def blocks(self, x, names=(None, None)):
        """Residual blocks, each of two convolutions with these names."""
        names = iter(names)
        for first, second in zip(names, names, strict=True):
            y = self.convolution(x.shape[-1], 3, activation="relu", name=first)(self.relu(x))
            x = x + self.convolution(x.shape[-1], 3, "zeros", name=second)(y)
        return x


def _residual_unet(features, widths, n_blocks, detail, parts):
    """Correction (N, H, W, 3) from features (N, H, W, 7); zero before training."""
    unnamed = (None, None) * n_blocks
    x = parts.blocks(parts.convolution(widths[0], 4, strides=2)(features), unnamed)
    skips = []
    for width in widths[1:]:
        skips.append(x)
        x = parts.blocks(parts.convolution(width, 2, strides=2)(x), unnamed)
    for skip in reversed(skips):
        x = parts.blocks(parts.upsampling(skip.shape[-1])(x) + skip, unnamed)
    x = parts.relu(x)
    correction = parts.upsampling(3, 4, "zeros")(x)
    if detail is None:
        return correction
    channels, n_detail_blocks = detail
    coarse = parts.upsampling(channels, name="detail_coarse")(x)
    x = parts.convolution(channels, 3, name="detail_features")(features) + coarse
    x = parts.blocks(x, [f"detail_{i}" for i in range(2 * n_detail_blocks)])
    return correction + parts.convolution(3, 3, "zeros", name="detail")(parts.relu(x))


# ---------------------------------------------------------------- the overview

CELLS = 8
"""Edge of the thumbnail that the overview sees and corrects, whatever the image's size."""

SCALE = 0.2
"""Size of the overview's corrections, in units of its last layer's outputs."""


def build_overview(
    units: tuple[int, int, int] = (576, 256, 2), seed: int = 0, precision: str = "float32"
) -> keras.Model:
    """Build the overview: a second look at a repaired image, from far away.

    Convolutions hardly pass on what far parts of an image tell of each other: that its left border,
    say, resembles its right one.  The overview sees the image as 8×8 cells and connects each with
    every other, in two ways.  A second, global Gaussian, with a covariance for every pair of cells,
    says what it expects of the hole, and how much it doubts that.  A dense network of residual blocks
    sees the cells and what was expected of them, and corrects all cells at once, each in proportion
    to the Gaussian's doubt about it.  The corrections are enlarged bilinearly.

    Inputs are ``image`` (N, H, W, 3), float32 in [0, 1], repaired, and ``mask`` (N, H, W, 1), float32,
    1 = hole.  The output is the image with corrections, in the holes and outside, not clipped.
    Before training there are none.

    Parameters
    ----------
    units : of the dense network, inside of its residual blocks, and the number of these.
    seed, precision : see :func:`build_final`.

    The Gaussian's covariance is zero until a training sets it, see :func:`set_covariance`.
    """
    image = layers.Input((None, None, 3), name="image")
    mask = layers.Input((None, None, 1), name="mask")
    parts = _Parts(seed, precision)
    wide, narrow, n_blocks = units
    cells, share = _shrink(image - 0.5, CELLS), 1 - _shrink(mask, CELLS)
    expected, doubt = _expected_cells(cells, share)
    seen = keras.ops.concatenate([cells, (expected - cells) / SCALE, share, doubt], axis=-1)
    x = parts.dense(wide, activation="relu")(layers.Flatten()(seen))
    for _ in range(n_blocks):
        x = x + parts.dense(wide, "zeros")(parts.dense(narrow, activation="relu")(x))
    x = parts.dense(3 * CELLS**2, "zeros", dtype="float32")(x)
    correction = SCALE * doubt * layers.Reshape((CELLS, CELLS, 3))(x)
    return keras.Model([image, mask], image + _enlarge(correction, image), name="overview")


def set_covariance(overview: keras.Model, images: np.ndarray) -> None:
    """Give an overview's Gaussian the covariance of the cells of images.

    It is taken about mid-grey, over images, mirror images and colours.

    Parameters
    ----------
    images : uint8 array (N, 32, 32, 3).
    """
    n, edge = len(images), config.IMAGE_SIZE // CELLS
    cells = images.reshape(n, CELLS, edge, CELLS, edge, 3).mean((2, 4), dtype=np.float64) / 255 - 0.5
    both = np.concatenate([cells, cells[:, :, ::-1]]).transpose(0, 3, 1, 2).reshape(-1, CELLS**2)
    overview.get_layer("covariance").set_weights([both.T @ both / len(both)])


def _expected_cells(cells, share):
    """What a Gaussian expects an image of 8×8 cells to be, given the known shares of the cells.

    A cell counts as seen with noise of variance 1/w, the less of it is known the more; with the
    covariance Σ, the kernel of a fixed layer, the mean is Σz, (1 + wΣ) z = w·cells.  Colours share
    Σ, so their correlation plays no part.
    """
    n = CELLS**2
    covariance = layers.Dense(
        n, use_bias=False, kernel_initializer="zeros", trainable=False, name="covariance", dtype="float32"
    )
    weight = keras.ops.reshape(share / (1e-4 + 1e-2 * (1 - share)), (-1, n, 1))
    identity = keras.ops.eye(n)
    sigma = covariance(0 * weight + identity)  # as many as there are images
    uncertainty = keras.ops.solve(identity + keras.ops.transpose(weight * sigma, (0, 2, 1)), sigma)
    expected = keras.ops.matmul(uncertainty, weight * keras.ops.reshape(cells, (-1, n, 3)))
    before, after = (keras.ops.sum(x * identity, axis=-1) for x in (sigma, uncertainty))
    doubt = after / (before + 1e-6)
    return (keras.ops.reshape(x, (-1, CELLS, CELLS, x.shape[-1])) for x in (expected, doubt[..., None]))


def _edges(x, axis, n):
    """Lower and upper edge, each (size, 1), of the pixels along an axis of x, in n-ths of it.

    Only the shape of x matters; it may be known no earlier than in use.
    """
    ones = keras.ops.ones_like(keras.ops.max(x, axis=(0, 3 - axis, 3)))[:, None]
    pixel = n / keras.ops.sum(ones)
    upper = keras.ops.cumsum(ones, axis=0) * pixel
    return upper - pixel, upper


def _shrink(x, n):
    """Means of an image (N, H, W, C) over n×n equal parts of it: (N, n, n, C)."""
    part = np.arange(n, dtype=np.float32)
    shares = []
    for axis in (1, 2):
        lower, upper = _edges(x, axis, n)
        overlap = keras.ops.minimum(upper, part + 1) - keras.ops.maximum(lower, part)
        shares.append(keras.ops.relu(overlap))
    return keras.ops.einsum("nhwc,hi,wj->nijc", x, *shares)


def _enlarge(small, x):
    """Interpolate an image (N, n, n, C) bilinearly to the size of an image x (N, H, W, ·)."""
    n = small.shape[1]
    weights = []
    for axis in (1, 2):
        centre = keras.ops.clip(sum(_edges(x, axis, n)) / 2 - 0.5, 0, n - 1)
        weights.append(keras.ops.relu(1 - abs(centre - np.arange(n, dtype=np.float32))))
    return keras.ops.einsum("nijc,hi,wj->nhwc", small, *weights)


# ---------------------------------------------------------------- use


def take_over(start: keras.Model, network: keras.Model) -> None:
    """Give a network the weights of the same one without ``detail``, or without ``overview``.

    Before training what is new adds nothing, so both compute the same.
    """
    there = {layer.name for layer in start.layers}
    kept = [
        layer for layer in network.layers
        if layer.weights and (layer.name in there or not layer.name.startswith(("detail", "overview")))
    ]  # fmt: skip
    for layer, source in zip(kept, (x for x in start.layers if x.weights), strict=True):
        layer.set_weights(source.get_weights())


def count_learned(model: keras.Model) -> int:
    """Number of weights that a network has learned; the prior's fixed kernels are none of them."""
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def predict_final(model: keras.Model, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Repair images of any size with the final network.

    Sizes that are no multiple of 8 are padded with pixels to be filled, and cropped again.

    Parameters
    ----------
    images : float32 or uint8 array (N, H, W, 3); uint8 is scaled to [0, 1].
    masks : uint8 array (N, H, W, 1), 1 = hole.

    Returns
    -------
    float32 array (N, H, W, 3) in [0, 1]; known pixels bit-identical.
    """
    height, width = images.shape[1:3]
    more = [(0, 0), (0, -height % 2**N_LEVELS), (0, -width % 2**N_LEVELS), (0, 0)]
    inputs = {
        "image": np.pad(to_float(images), more),
        "mask": np.pad(masks.astype(np.float32), more, constant_values=1),
    }
    return model.predict(inputs, batch_size=256, verbose=0)[:, :height, :width]


# ---------------------------------------------------------------- arrays and files


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
