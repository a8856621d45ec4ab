"""The sample of CIFAR-10 that comes with the project."""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from inpainting import config, errors
from inpainting.data.sources import Arrays, DataError, load_cifar10

SAMPLE_PER_CLASS = {"train": 100, "test": 25}
SAMPLE_COLUMNS = 50


def load_sample() -> Arrays:
    """Return the arrays ``x_train, y_train, x_test, y_test`` of the sample.

    Raises
    ------
    DataError
        If a file is missing or damaged.
    """
    folder = config.ASSETS / "sample"
    try:
        arrays = {}
        for part in SAMPLE_PER_CLASS:
            sheet = np.asarray(Image.open(folder / f"{part}.png"))
            tiles = sheet.reshape(-1, 32, SAMPLE_COLUMNS, 32, 3).swapaxes(1, 2)
            arrays[f"x_{part}"] = np.ascontiguousarray(tiles.reshape(-1, 32, 32, 3))
        labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        for part in SAMPLE_PER_CLASS:
            arrays[f"y_{part}"] = np.array(labels[part], np.uint8)
            if len(arrays[f"y_{part}"]) != len(arrays[f"x_{part}"]):
                raise ValueError("labels")
        return arrays
    except (OSError, ValueError, LookupError, TypeError, OverflowError, SyntaxError) as error:
        is_os = isinstance(error, OSError) and error.errno
        why = errors.reason(error) if is_os else "Bilder oder labels.json sind beschädigt"
        raise DataError(
            f"Die mitgelieferte Stichprobe ist nicht lesbar: {why}. Sie gehört zum Projekt: git restore "
            "inpainting/assets/sample"
        ) from None


def write_sample(arrays: Arrays, folder: Path) -> None:
    """Write the shipped sample: the first 100 training and 25 test images of each class.

    One lossless PNG a part, a grid of 50 tiles a row; the images keep their published order.
    """
    labels = {}
    for part, per_class in SAMPLE_PER_CLASS.items():
        y = arrays[f"y_{part}"]
        chosen = np.sort(np.concatenate([np.flatnonzero(y == c)[:per_class] for c in range(10)]))
        tiles = arrays[f"x_{part}"][chosen].reshape(-1, SAMPLE_COLUMNS, 32, 32, 3).swapaxes(1, 2)
        sheet = Image.fromarray(tiles.reshape(-1, SAMPLE_COLUMNS * 32, 3))
        sheet.save(folder / f"{part}.png", optimize=True)
        labels[part] = y[chosen].tolist()
    (folder / "labels.json").write_text(json.dumps(labels))


if __name__ == "__main__":  # python -m inpainting.data.sample: rebuild it from CIFAR-10
    write_sample(load_cifar10(log=lambda line: print(line, file=sys.stderr))[0], config.ASSETS / "sample")
