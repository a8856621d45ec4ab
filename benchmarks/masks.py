"""Ratio of times: drawing 60 000 square masks as the original did, and as this package does.

python benchmarks/masks.py
"""

import argparse
import timeit

import numpy as np

from inpainting import masks

N_MASKS, SIZE, IMAGE_SIZE, REPEATS = 60_000, 8, 32, 5
REQUIRED = 10


def draw_in_a_loop() -> np.ndarray:
    """The original's way: one mask after the other, two ``randint`` calls each."""
    drawn = np.zeros((N_MASKS, IMAGE_SIZE, IMAGE_SIZE, 1), np.uint8)
    for mask in drawn:
        top = np.random.randint(0, IMAGE_SIZE - SIZE)
        left = np.random.randint(0, IMAGE_SIZE - SIZE)
        mask[top : top + SIZE, left : left + SIZE] = 1
    return drawn


def draw_vectorised() -> np.ndarray:
    return masks.square_masks(N_MASKS, np.random.default_rng(1), SIZE)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    loop, vectorised = (
        min(timeit.repeat(draw, number=1, repeat=REPEATS)) for draw in (draw_in_a_loop, draw_vectorised)
    )
    ratio = loop / vectorised
    print(f"Schleife {1e3 * loop:.0f} ms, Tabelle {1e3 * vectorised:.1f} ms: Faktor {ratio:.1f}")
    raise SystemExit(ratio < REQUIRED)
