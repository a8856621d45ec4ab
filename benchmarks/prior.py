"""What it brings that the prior's stencil works on blocks of pixels, not on pixels.

    python benchmarks/prior.py

Times the stencil of :mod:`inpainting.networks.prior_unet` as the network applies it, a convolution of 3×3 blocks,
and as a depthwise convolution of 9×9 pixels, in turn on the same images; prints microseconds an image,
their ratio, and the largest difference of the results.  Both use all cores.
"""

import argparse
import statistics
import time

import numpy as np

BATCH = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()

    from inpainting import config
    from inpainting.networks import keras, prior_unet

    layers = keras.layers
    image = layers.Input((config.IMAGE_SIZE, config.IMAGE_SIZE, 3))
    depthwise = layers.DepthwiseConv2D(len(prior_unet.STENCIL), padding="same", use_bias=False)
    on_pixels = keras.Model(image, depthwise(image))
    depthwise.set_weights([np.tile(prior_unet.STENCIL[:, :, None, None], (1, 1, 3, 1))])
    to_blocks, stencil, to_pixels = map(
        prior_unet.build_prior_unet((8,)).get_layer, ("blocks", "stencil", "pixels")
    )
    blocks = layers.Input(to_blocks(image).shape[1:])
    on_blocks = keras.Model(blocks, stencil(blocks))

    pixels = np.random.default_rng(0).random((BATCH, *image.shape[1:]), np.float32)
    pairs = ((on_blocks, to_blocks(pixels)), (on_pixels, keras.ops.convert_to_tensor(pixels)))
    blocked, plain = (model.predict_on_batch(x) for model, x in pairs)
    seconds = {model: [] for model, _ in pairs}
    for _ in range(arguments.repeats):
        for model, x in pairs:
            started = time.perf_counter()
            model.predict_on_batch(x)
            seconds[model].append(time.perf_counter() - started)
    ours, theirs = (1e6 * statistics.median(seconds[model]) / BATCH for model, _ in pairs)
    print(f"blocks {ours:.0f} µs  pixels {theirs:.0f} µs an image  pixels / blocks {theirs / ours:.1f}")
    print(f"largest difference {np.abs(to_pixels(blocked) - plain).max():.1e}")


if __name__ == "__main__":
    main()
