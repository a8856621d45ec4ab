"""How long ``inpainting fill`` takes for a picture of 12 megapixels with a hole of 5 %.

    python benchmarks/fill.py
    python benchmarks/fill.py --network gruendlich --holes Kratzer --megapixels 3

For each shape of hole: wall and processor seconds of the whole call, without the start of
TensorFlow; beside them the seconds of as many multiplications of matrices as tell how busy this
processor is meanwhile, and the greatest memory so far.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SHARE = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="kompakt")
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--holes", nargs="+", default=list(HOLES), choices=HOLES)
    arguments = parser.parse_args()

    from inpainting.photos import fill

    height = round((arguments.megapixels * 1e6 * 3 / 4) ** 0.5)
    shape = (height, round(height * 4 / 3))
    loaded = fill.load_network(arguments.network)
    fill.load_network = lambda *others: loaded
    loaded.mean(np.zeros((2, 128, 128, 3), np.float32), np.ones((2, 128, 128, 1), np.uint8))
    print(f"{shape[1]}×{shape[0]} pixels, {loaded.name}, {os.cpu_count()} processors")
    print(f"{'hole':10s} {'wall':>7s} {'cpu':>7s} {'matrix':>7s} {'memory':>8s}")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        Image.fromarray(photograph(shape)).save(folder / "bild.jpg", quality=95)
        for name in arguments.holes:
            Image.fromarray(255 * HOLES[name](shape)).save(folder / "maske.png")
            busy = matrix_seconds()
            started, processor = time.perf_counter(), time.process_time()
            fill.fill_file(
                folder / "bild.jpg", folder / "maske.png", folder / "neu.jpg", log=lambda line: None
            )
            wall, cpu = time.perf_counter() - started, time.process_time() - processor
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(f"{name:10s} {wall:6.1f}s {cpu:6.1f}s {busy:6.2f}s {memory:6.2f}GB", flush=True)


def photograph(shape: tuple[int, int]) -> np.ndarray:
    """Structure at every scale, as photographs have it; uint8 (H, W, 3)."""
    rng, total = np.random.default_rng(0), np.zeros((*shape, 3), np.float32)
    for octave in range(2, 12):
        size = [max(2, edge >> (12 - octave)) for edge in shape[::-1]]
        noise = rng.normal(size=(size[1], size[0], 3)).astype(np.float32)
        total += cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC) / 2 ** (octave / 1.5)
    return np.uint8(255 * np.clip(0.5 + total / (4 * total.std()), 0, 1))


def blob(shape: tuple[int, int]) -> np.ndarray:
    """One disc in the middle."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    distance = (y - shape[0] / 2) ** 2 + (x - shape[1] / 2) ** 2
    return (distance < SHARE * shape[0] * shape[1] / np.pi).astype(np.uint8)


def scratches(shape: tuple[int, int]) -> np.ndarray:
    """Lines of 9 pixels from edge to edge, until they cover enough."""
    rng, mask = np.random.default_rng(1), np.zeros(shape, np.uint8)
    while mask.mean() < SHARE:
        ends = rng.integers(0, shape[::-1], (2, 2))
        cv2.line(mask, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1, 9)
    return mask


def dust(shape: tuple[int, int]) -> np.ndarray:
    """Specks of 5 pixels all over: no window is without one."""
    seeds = (np.random.default_rng(2).random(shape) < SHARE / 21).astype(np.uint8)
    return cv2.dilate(seeds, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))


HOLES = {"Fläche": blob, "Kratzer": scratches, "Staub": dust}


def matrix_seconds(n: int = 2048) -> float:
    matrix = np.random.default_rng(0).random((n, n), np.float32)
    started = time.perf_counter()
    matrix @ matrix
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
