"""Noise for methods that draw: explicit numbers, from which a fill follows."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from inpainting import errors


class SampleError(errors.UserError):
    """Samples were asked for in a way that has no answer."""


def draw_noise(seed: int | Sequence[int], shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal noise for images of a shape (N, H, W, C), float32.

    Image i draws from ``default_rng([seed, i])``, so the first of many images get what a few would
    get.  With a sequence, one seed an image, each draws from ``default_rng([its seed, 0])``, which is
    what the image would get alone.

    Raises
    ------
    SampleError
        If a seed is no whole number of at least 0, or there is not one an image.
    """
    alone = isinstance(seed, str) or not isinstance(seed, Sequence | np.ndarray)
    for number in [seed] if alone else seed:
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 0:
            raise SampleError(
                f"„{number}“ ist kein Startwert für Zufallszahlen. Erlaubt sind ganze Zahlen ab 0, z. B. 7."
            )
    if not alone and len(seed) != shape[0]:
        raise SampleError(
            f"{len(seed)} Startwerte passen nicht zu {shape[0]} Bildern. Verlangt ist einer je Bild."
        )
    noise = np.empty(shape, np.float32)
    for i, row in enumerate(noise):
        key = [int(seed), i] if alone else [int(seed[i]), 0]
        np.random.default_rng(key).standard_normal(dtype=np.float32, out=row)
    return noise


def fitting_noise(
    seed: int | Sequence[int] | None, noise: np.ndarray | None, shape: tuple[int, ...]
) -> np.ndarray:
    """The noise itself if there is one, else :func:`draw_noise`; float32 of this shape.

    Raises
    ------
    SampleError
        If the noise has another shape, or is not finite.
    """
    if noise is None:
        return draw_noise(seed, shape)
    noise = np.asarray(noise, np.float32)
    if noise.shape != tuple(shape):
        raise SampleError(
            f"Rauschen und Bilder passen nicht zusammen: Rauschen {noise.shape}, Bilder {tuple(shape)}. "
            "Verlangt ist Rauschen in der Form der Bilder, oder ein Startwert (seed)."
        )
    if not np.isfinite(noise).all():
        raise SampleError("Das Rauschen enthält Werte, die keine Zahlen sind. Verlangt sind endliche Zahlen.")
    return noise
