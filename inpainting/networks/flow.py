"""Samples of what a hole may hold: a light flow from noise to fill, on the features of the mean.

A network answers twice.  Its *mean* is what :func:`inpainting.networks.prior_unet.build_prior_unet`
makes of an image, unchanged.  A *sample* (German: Vorschlag) is one of the fills that are
possible: the mean, and on it r = (truth − mean) / scale drawn from its distribution by a flow,
which turns noise into r in a few steps.  Everything that depends on neither noise nor time is
computed once, by the ``context``; the ``flow`` then runs once a step.
"""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from inpainting.data import to_float
from inpainting.masks import pad
from inpainting.networks import MULTIPLE, keras, layers
from inpainting.networks.prior_unet import N_LEVELS, _Parts
from inpainting.noise import SampleError, fitting_noise

STEPS = 12
"""Steps from noise to a sample, each one evaluation of the flow."""

LOOK_AHEAD = np.float32(0.35)
"""How far a step looks ahead, in units of r̂'s last change.

A half is Adams and Bashforth's method of second order, nothing Euler's.  The former brings out what
little noise the network makes as well, the latter swallows a tenth of the spread: chosen between them,
on validation, as the least value at which the samples' intervals cover three quarters on every suite.
"""


def solver() -> dict:
    """The settings that determine a sample, beside the weights and the noise."""
    return {"steps": STEPS, "look_ahead": float(LOOK_AHEAD)}


FREQUENCIES = 8
"""Cosines of the time that tell the flow how far it is."""

HEADS = 4
"""Parts of the channels that attend independently."""

SCALE_RANGE = (0.01, 0.6)
"""Least and greatest expected error of the mean, of a range of [0, 1]."""

INITIAL_SCALE = 0.1

MINIMAL_SIZE = 16
"""Least height and width of an image."""

BATCH = 128
"""Images that are sampled at once."""


# ---------------------------------------------------------------- the two parts


def build_context(
    mean: keras.Model,
    widths: tuple[int, int] = (64, 128),
    detail: int = 32,
    mirrored: bool = False,
    seed: int = 0,
    precision: str = "float32",
) -> keras.Model:
    """Extend a mean network by what a flow needs to know of the image.

    Inputs are those of ``mean``: ``image`` (N, H, W, 3), float32 in [0, 1], and ``mask``
    (N, H, W, 1), float32, 1 = hole.  Outputs, by name:

    - ``mean`` (N, H, W, 3), the answer of ``mean``, untouched;
    - ``scale`` (N, H, W, 1), the error to be expected of it in each pixel, as a standard deviation;
    - ``full``, ``half``, ``quarter``: features at 1/1, 1/2 and 1/4 of the resolution, which the
      flow adds to its own.

    The features are linear in those of ``mean``, whose weights are frozen; only the projections,
    named ``guide_…``, and the scale's head learn.

    Parameters
    ----------
    mean : as :func:`inpainting.networks.prior_unet.build_prior_unet` makes it, or loaded from a file.
    widths, detail : see :func:`build_flow`.
    mirrored : whether ``mean`` looks at the mirror image too, as ``gruendlich`` does.
    seed : determines the initial weights.
    precision : see :func:`inpainting.networks.prior_unet.build_prior_unet`.
    """
    parts = _Parts(seed, precision)
    image, mask = layers.Input((None, None, 3), name="image"), layers.Input((None, None, 1), name="mask")
    seer = keras.Model(mean.inputs, [mean.output, *_features(mean)], name="mean")
    seer.trainable = False
    answer, *features = seer([image, mask])
    if mirrored:
        features = [keras.ops.split(x, 2, axis=0)[0] for x in features]
    eighth, quarter, half, *finest = features
    known = keras.ops.where(mask > 0.5, 0.0, image)

    def projected(x, channels, name):
        return parts.convolution(channels, 1, name=f"guide_{name}")(parts.relu(x))

    half_width, quarter_width = widths
    seen = keras.ops.concatenate([answer - 0.5, known - 0.5 * (1 - mask), mask], axis=-1)
    full = parts.convolution(detail, 3, name="guide_full")(seen)
    full = full + parts.upsampling(detail, name="guide_full_coarse")(parts.relu(half))
    for x in finest:
        full = full + projected(x, detail, "full_detail")
    quarter = projected(quarter, quarter_width, "quarter")
    quarter = quarter + layers.UpSampling2D(2)(projected(eighth, quarter_width, "quarter_coarse"))
    spread = parts.convolution(detail, 3, activation="relu", name="guide_spread")(parts.relu(full))
    spread = layers.Conv2D(1, 1, kernel_initializer="zeros", name="guide_scale", dtype="float32")(spread)
    low, high = np.log(np.divide(SCALE_RANGE, INITIAL_SCALE)).tolist()
    outputs = {
        "mean": answer,
        "scale": INITIAL_SCALE * keras.ops.exp(keras.ops.clip(spread, low, high)),
        "full": full,
        "half": projected(half, half_width, "half"),
        "quarter": quarter,
    }
    return keras.Model([image, mask], outputs, name="context")


def _features(mean: keras.Model) -> list:
    """What the decoder of ``mean`` knows at 1/8, 1/4, 1/2 and, with detail, at full resolution.

    They are what its transposed convolutions see, so a network loaded from a file has them too.
    """
    upsamplings = [
        layer for layer in mean.layers if isinstance(layer, layers.Conv2DTranspose) and layer.name != "pixels"
    ]
    detail = [layer for layer in mean.layers if layer.name == "detail"]
    return [layer.input for layer in upsamplings[:N_LEVELS] + detail]


def build_flow(
    widths: tuple[int, int] = (64, 128),
    n_blocks: int = 2,
    detail: int = 32,
    seed: int = 0,
    precision: str = "float32",
) -> keras.Model:
    """Build the flow: where a state on the way from noise to r will arrive on average.

    Inputs, by name, are ``state`` (N, H, W, 3), y = (1 − t)·noise + t·r, zero outside the hole;
    ``time`` (N, 1), t in [0, 1); ``mask`` (N, H, W, 1); and ``full``, ``half`` and ``quarter`` of
    :func:`build_context`.  The output is r̂ (N, H, W, 3), float32, the conditional mean of r, zero
    outside the hole.

    A U-Net on three resolutions, convolutions without normalisation, residual branches zero at
    the start.  Every block at 1/4 of the resolution is followed by attention over all places, in a
    form whose memory grows with the number of places, not with its square: a fixed number of
    summaries of the whole image is made, and every place takes a mixture of them.  The time
    enters every block as scale and shift.

    Parameters
    ----------
    widths : channels at 1/2 and 1/4 of the resolution; at 1/2 there is one residual block on the way
        down and one on the way up.
    n_blocks : residual blocks at 1/4.
    detail : channels of the one residual block at full resolution.
    seed, precision : see :func:`build_context`.

    Source: Lipman et al., Flow Matching, 2023; Liu et al., Rectified Flow, 2023; Karras et al.,
    Elucidating the Design Space of Diffusion-Based Generative Models, 2022 (the output as a
    weighted sum of input and network); Perez et al., FiLM, 2018; Shen et al., Efficient
    Attention, 2021.
    """
    parts = _Parts(seed, precision)
    half_width, quarter_width = widths
    state = layers.Input((None, None, 3), name="state")
    time = layers.Input((1,), name="time")
    mask = layers.Input((None, None, 1), name="mask")
    full = layers.Input((None, None, detail), name="full")
    half = layers.Input((None, None, half_width), name="half")
    quarter = layers.Input((None, None, quarter_width), name="quarter")

    waves = keras.ops.cos(time * np.float32(np.pi * np.arange(1, FREQUENCIES + 1)))
    clock = parts.dense(64, activation="relu")(waves)
    clock = parts.dense(64, activation="relu")(clock)

    def timed(x):
        scale_shift = parts.dense(2 * x.shape[-1], "zeros")(clock)
        scale_shift = layers.Reshape((1, 1, 2 * x.shape[-1]))(scale_shift)
        scale, shift = keras.ops.split(scale_shift, 2, axis=-1)
        return x * (1 + scale) + shift

    def block(x):
        y = parts.convolution(x.shape[-1], 3)(parts.relu(x))
        return x + parts.convolution(x.shape[-1], 3, "zeros")(parts.relu(timed(y)))

    first = parts.convolution(detail, 3)(state) + full
    second = block(parts.convolution(half_width, 2, strides=2)(parts.relu(first)) + half)
    x = parts.convolution(quarter_width, 2, strides=2)(parts.relu(second)) + quarter
    for _ in range(n_blocks):
        x = _attention(block(x), parts)
    x = block(parts.upsampling(half_width)(parts.relu(x)) + second)
    x = block(parts.upsampling(detail)(parts.relu(x)) + first)
    correction = parts.convolution(3, 3, "zeros")(parts.relu(x))

    t = layers.Reshape((1, 1, 1))(time)
    s = keras.ops.square(t) + keras.ops.square(1 - t)
    arrival = (t / s) * state + (1 - t) / keras.ops.sqrt(s) * keras.ops.cast(correction, "float32")
    return keras.Model([state, time, mask, full, half, quarter], mask * arrival, name="flow")


def _attention(x, parts):
    """Add to every place its mixture of summaries of all places (Shen et al., 2021)."""
    channels = x.shape[-1]
    seen = parts.relu(x)
    queries, keys, values = (
        keras.ops.split(parts.convolution(channels, 1, "glorot_uniform")(seen), HEADS, axis=-1)
        for _ in range(3)
    )
    as_list = layers.Reshape((-1, channels // HEADS))
    mixed = []
    for query, key, value in zip(queries, keys, values, strict=True):
        shares = keras.ops.softmax(as_list(key), axis=1)
        summaries = keras.ops.einsum("bpk,bpc->bkc", shares, as_list(value))
        mixed.append(keras.ops.einsum("bhwk,bkc->bhwc", keras.ops.softmax(query), summaries))
    mixed = keras.ops.concatenate(mixed, axis=-1)
    return x + parts.convolution(channels, 1, "zeros")(mixed)


def assemble(context: keras.Model, flow: keras.Model) -> keras.Model:
    """One network, one file: ``model.get_layer("context")`` and ``model.get_layer("flow")``.

    Inputs are ``image``, ``mask``, ``state`` and ``time``; outputs the mean, and the answer that the
    flow expects from there, both composited (N, H, W, 3), float32 in [0, 1].
    """
    image, mask, state = (
        layers.Input((None, None, n), name=name) for name, n in (("image", 3), ("mask", 1), ("state", 3))
    )
    time = layers.Input((1,), name="time")
    seen = context([image, mask])
    arrival = flow([state, time, mask, seen["full"], seen["half"], seen["quarter"]])
    answer = keras.ops.clip(seen["mean"] + seen["scale"] * arrival, 0.0, 1.0)
    answer = keras.ops.where(mask > 0.5, answer, image)
    return keras.Model([image, mask, state, time], [seen["mean"], answer], name="inpainting")


# ---------------------------------------------------------------- filling


def has_samples(model: keras.Model) -> bool:
    """Whether a network draws samples, as those of :func:`assemble` do; the others only have a mean."""
    return {"context", "flow"} <= {layer.name for layer in model.layers}


def sample(
    model: keras.Model,
    images: np.ndarray,
    masks: np.ndarray,
    seed: int | Sequence[int] | None = None,
    steps: int = STEPS,
    noise: np.ndarray | None = None,
) -> np.ndarray:
    """One possible fill an image; the same noise gives the same fill.

    Parameters
    ----------
    model : network of :func:`assemble`.
    images : float32 array (N, H, W, 3) in [0, 1], or uint8; any size of at least 16.
    masks : uint8 array (N, H, W, 1), 1 = hole.
    seed : determines the noise, see :func:`inpainting.noise.draw_noise`.
    steps : evaluations of the flow, at least 1.
    noise : float32 array like ``images`` of standard normal numbers, in place of ``seed``.

    Returns
    -------
    float32 array (N, H, W, 3) in [0, 1]; known pixels bit-identical.

    Raises
    ------
    SampleError
        If steps or seed are no numbers that make sense, if the noise does not fit the images,
        or if the network has no flow.
    """
    if not has_samples(model):
        raise SampleError(
            "Dieses Netz gibt nur seinen Mittelwert, keine Vorschläge. Vorschläge machen die Netze "
            "„kompakt“ und „gruendlich“ ab diesem Stand: inpainting train --network kompakt."
        )
    if not isinstance(steps, Integral) or isinstance(steps, bool) or steps < 1:
        raise SampleError(f"Ein Vorschlag in {steps} Schritten geht nicht. Erlaubt sind ganze Zahlen ab 1.")
    noise = fitting_noise(seed, noise, images.shape)
    parts = [slice(i, i + BATCH) for i in range(0, len(images), BATCH)]
    filled = [_sample_batch(model, images[p], masks[p], noise[p], steps) for p in parts]
    return np.concatenate(filled) if filled else np.zeros(images.shape, np.float32)


def _sample_batch(model, images, masks, noise, steps) -> np.ndarray:
    height, width = images.shape[1:3]
    image, mask = _padded(images, masks)
    more = [(0, 0), (0, image.shape[1] - height), (0, image.shape[2] - width), (0, 0)]
    state = np.pad(noise, more, mode="symmetric") * mask
    context, flow = model.get_layer("context"), model.get_layer("flow")
    seen = context.predict_on_batch([image, mask])
    for arrival, state in integrate(flow, seen, mask, state, steps):
        pass
    return _composited(seen, arrival, image, mask)[:, :height, :width]


def integrate(flow: keras.Model, seen: dict, mask: np.ndarray, state: np.ndarray, steps: int):
    """Yield (r̂, next state) after every step from noise to r; the last r̂ is the sample's r.

    All steps are equally long.  Steps straight towards r̂ (Euler's method) make samples too narrow, since
    r̂ itself moves on; so every step but the first and the last aims at where r̂ is going to be, as far
    ahead as :data:`LOOK_AHEAD` says.
    """
    features = [seen[name] for name in ("full", "half", "quarter")]
    moments = np.linspace(0, 1, steps + 1, dtype=np.float32)
    before = None
    for now, then in zip(moments, moments[1:], strict=False):
        time = np.full((len(state), 1), now, np.float32)
        arrival = flow.predict_on_batch([state, time, mask, *features])
        ahead = 0 if before is None or then == 1 else LOOK_AHEAD
        aim = arrival + ahead * (arrival - before) if ahead else arrival
        state = state + (then - now) / (1 - now) * (aim - state)
        before = arrival
        yield arrival, state


def _composited(seen, arrival, image, mask) -> np.ndarray:
    filled = (seen["mean"] + seen["scale"] * arrival).clip(0, 1)
    return np.where(mask > 0.5, filled, image)


def _padded(images: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images as floats, and masks, padded with holes to multiples of 8."""
    height, width = images.shape[1:3]
    if min(height, width) < MINIMAL_SIZE:
        raise SampleError(
            f"Ein Bild von {width}×{height} Pixeln ist zu klein für Vorschläge. Verlangt sind mindestens "
            f"{MINIMAL_SIZE}×{MINIMAL_SIZE} Pixel."
        )
    return pad(to_float(images), masks.astype(np.float32), MULTIPLE)
