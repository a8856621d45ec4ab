"""The machine's verdict: can a small network tell filled images from true ones?

For one method and one suite the small network, the judge, is shown true and filled images with their
masks, learns to tell them apart, and is then asked about other images.  If it is right half of the
time, it cannot tell them apart.  A better judge might: the verdict holds for a judge of this size and
training only.
"""

from collections.abc import Callable

import numpy as np

from inpainting.networks import keras, layers
from inpainting.training.tasks import falling_rate

WIDTHS = (32, 64, 96)
"""Channels of the judge at 1/1, 1/2 and 1/4 of the resolution."""

EPOCHS, BATCH_SIZE, LEARNING_RATE = 12, 64, 2e-3


def build_judge(seed: int = 0, precision: str = "float32") -> keras.Model:
    """A small residual network: (N, 32, 32, 4), image and mask, to a logit (N, 1); above 0 it says filled.

    Its features are averaged over the hole and what surrounds it within a few pixels, so it looks
    where there is something to see.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=20).tolist())

    def convolution(x, filters, strides=1):
        initializer = keras.initializers.HeNormal(seed=next(seeds))
        options = {"padding": "same", "use_bias": False, "kernel_initializer": initializer}
        x = layers.Conv2D(filters, 3, strides=strides, dtype=precision, **options)(x)
        return layers.ReLU(dtype=precision)(layers.BatchNormalization(momentum=0.9, dtype=precision)(x))

    seen = layers.Input((32, 32, 4), name="seen")
    x = convolution(seen - 0.5, WIDTHS[0])
    x = x + convolution(x, WIDTHS[0])
    for width in WIDTHS[1:]:
        x = convolution(x, width, strides=2)
        x = x + convolution(x, width)
    near = layers.MaxPooling2D(4)(seen[..., 3:])
    x = keras.ops.cast(x, "float32") * near
    x = keras.ops.sum(x, axis=(1, 2)) / keras.ops.sum(near, axis=(1, 2))
    initializer = keras.initializers.GlorotUniform(seed=next(seeds))
    verdict = layers.Dense(1, kernel_initializer=initializer, dtype="float32", name="verdict")
    return keras.Model(seen, verdict(x), name="judge")


def learn_to_judge(
    filled: np.ndarray,
    images: np.ndarray,
    masks: np.ndarray,
    epochs: int = EPOCHS,
    seed: int = 0,
    precision: str = "float32",
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Train a judge for one method.

    Parameters
    ----------
    filled, images : float32 arrays (N, 32, 32, 3): what the method makes of images, and the truth.
    masks : uint8 array (N, 32, 32, 1), 1 = hole.
    epochs, seed : of the training; every image occurs both ways in every epoch.

    Returns
    -------
    Function of images and masks that says which are filled, a bool array (N,).
    """
    judge = build_judge(seed, precision)
    both = _seen(np.concatenate([filled, images]), np.concatenate([masks, masks]))
    truth = np.repeat(np.float32([1, 0]), len(images))[:, None]
    n_steps = epochs * -(-len(both) // BATCH_SIZE)
    rate = falling_rate(LEARNING_RATE, n_steps, n_steps // 8)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    judge.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    for epoch in range(epochs):
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(both))
        shown = both[order]
        shown = np.where((rng.random(len(shown)) < 0.5)[:, None, None, None], shown[:, :, ::-1], shown)
        judge.fit(shown, truth[order], batch_size=BATCH_SIZE, shuffle=False, verbose=0)
    return lambda images, masks: judge.predict(_seen(images, masks), batch_size=500, verbose=0)[:, 0] > 0


def judge_fills(is_filled: Callable, filled: np.ndarray, images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """How often a judge is right about each image, once filled and once true: (N,), 0, ½ or 1."""
    return (is_filled(filled, masks).astype(float) + ~is_filled(images, masks)) / 2


def _seen(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    return np.concatenate([images, masks], axis=-1, dtype=np.float32)
