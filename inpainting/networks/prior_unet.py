"""The project's own network: a Gaussian prior inside the graph, and a learned correction."""

import numpy as np

from inpainting.networks import keras, layers

STENCIL = np.float32(
    [
        [0.0001, -0.0002, 0.0013, -0.0011, -0.0080, -0.0011, 0.0013, -0.0002, 0.0001],
        [-0.0002, 0.0004, -0.0029, -0.0034, 0.0410, -0.0034, -0.0029, 0.0004, -0.0002],
        [0.0013, -0.0029, 0.0106, 0.0100, -0.1126, 0.0100, 0.0106, -0.0029, 0.0013],
        [-0.0011, -0.0034, 0.0100, -0.1254, 0.4367, -0.1254, 0.0100, -0.0034, -0.0011],
        [-0.0080, 0.0410, -0.1126, 0.4367, 0.0000, 0.4367, -0.1126, 0.0410, -0.0080],
        [-0.0011, -0.0034, 0.0100, -0.1254, 0.4367, -0.1254, 0.0100, -0.0034, -0.0011],
        [0.0013, -0.0029, 0.0106, 0.0100, -0.1126, 0.0100, 0.0106, -0.0029, 0.0013],
        [-0.0002, 0.0004, -0.0029, -0.0034, 0.0410, -0.0034, -0.0029, 0.0004, -0.0002],
        [0.0001, -0.0002, 0.0013, -0.0011, -0.0080, -0.0011, 0.0013, -0.0002, 0.0001],
    ]
)
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


def build_prior_unet(
    widths: tuple[int, ...] = (64, 96, 128),
    n_blocks: int = 1,
    seed: int = 0,
    precision: str = "float32",
    mirrored: bool = False,
    detail: tuple[int, int] | None = None,
    with_prior: bool = True,
) -> keras.Model:
    """Build the network: a Gaussian prior inside the graph, and a learned correction.

    Inputs are ``image`` (N, H, W, 3), float32 in [0, 1], whatever stands in its holes, and
    ``mask`` (N, H, W, 1), float32, 1 = hole; H and W are multiples of 8.  The output is the
    repaired image: holes clipped to [0, 1], known pixels bit-identical.  The first operation
    removes what stands in the holes; nothing behind it sees the image but the last, which
    takes the known pixels from it.

    1. *Pull-push*: averages of the known pixels over 2×2, 4×4 and 8×8 fill the hole coarsely.
    2. *Conjugate gradients* on the Gaussian energy of :data:`STENCIL` refine the fill.
    3. A *residual U-Net* between 1/2 and 1/8 of the resolution adds its correction, and with
       ``detail`` *residual blocks at full resolution*, which see the U-Net's features as well.

    Parameters
    ----------
    widths : channels at 1/2, 1/4 and 1/8 of the resolution.
    n_blocks : residual blocks at each of them, in the encoder and in the decoder.
    detail : channels and number of the residual blocks at full resolution; None for none.
    seed : determines the initial weights.
    precision : "float32", or "mixed_bfloat16" to train faster; the weights are float32 anyway.
    mirrored : correct the mirror image as well, and take the mean of both; the weights are those
        of the network that does not.
    with_prior : False fills the hole with mid-grey instead: the control, equal in all else.

    Source: Gortler et al., The Lumigraph, 1996 (pull-push); Hestenes and Stiefel, 1952
    (conjugate gradients); Ronneberger et al., U-Net, 2015; He et al., 2016 (residual blocks;
    the last convolution of each starts at zero, after Zhang et al., Fixup, 2019).
    """
    image = layers.Input((None, None, 3), name="image")
    mask = layers.Input((None, None, 1), name="mask")
    hole = mask > 0.5
    known = keras.ops.where(hole, 0.0, image)
    prior = _gaussian_prior(known, mask) if with_prior else known + 0.5 * mask
    features = keras.ops.concatenate([prior - 0.5, known - 0.5 * (1 - mask), mask], axis=-1)
    if mirrored:
        features = keras.ops.concatenate([features, keras.ops.flip(features, axis=2)], axis=0)
    correction = _residual_unet(features, widths, n_blocks, detail, _Parts(seed, precision))
    if mirrored:
        correction, mirror_image = keras.ops.split(correction, 2, axis=0)
        correction = 0.5 * (correction + keras.ops.flip(mirror_image, axis=2))
    prediction = layers.Add(name="prediction", dtype="float32")([prior, correction])
    repaired = keras.ops.where(hole, keras.ops.clip(prediction, 0.0, 1.0), image)
    model = keras.Model([image, mask], repaired, name="inpainting")
    for name, kernel in _prior_kernels().items() if with_prior else ():
        model.get_layer(name).set_weights([kernel])
    return model


def _gaussian_prior(known, mask):
    """The most probable fill under a Gaussian of local precision: minimise xᵀQx over the hole.

    Qx = Dx − stencil * x, D the sum of the weights that lie inside the image, so no pixel
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
        return self.convolution(filters, size, initializer, kind=layers.Conv2DTranspose, strides=2, **options)

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


def uncomposited(network: keras.Model) -> keras.Model:
    """The network before clipping and compositing: the form that is trained."""
    return keras.Model(network.input, network.get_layer("prediction").output)


def prior_alone() -> keras.Model:
    """The Gaussian prior without a correction: (image, mask) → the image filled by it, not clipped."""
    network = build_prior_unet((8,))
    return keras.Model(network.input, network.get_layer("prediction").input[0], name="prior")
