"""How fast the original network trains: our way, its own recipe, and the same network in PyTorch.

    python benchmarks/training.py --epochs 5
    python benchmarks/training.py --epochs 5 --torch-python /path/to/python

Every training runs in a process of its own, on the same images, holes and batch size, for the
same number of epochs; the ways alternate, and the median counts.  "whole" is everything from the
start of the process: imports, loading the data, tracing, training, validation.  "steps" is the
training alone, after the first epoch.  PyTorch (channels last, float32 and, where the processor
computes in it, bfloat16) is no dependency of this project: install it into an environment of its
own, with numpy, and name that environment's Python.  Only an idle machine tells; the ratios are of
one run.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

WAYS = ("ours", "theirs")
TORCH_WAYS = ("torch-float32", "torch-bfloat16")
BATCH = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--torch-python", type=Path, help="Python of an environment with PyTorch")
    parser.add_argument("--single", choices=(*WAYS, *TORCH_WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--arrays", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.single:
        train = train_with_torch if arguments.single in TORCH_WAYS else train_with_keras
        print(json.dumps(train(arguments.single, arguments.epochs, arguments.arrays)))
        return
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "arrays.npz"
        interpreters = dict.fromkeys(WAYS, sys.executable)
        if arguments.torch_python:
            write_arrays(arrays)
            interpreters |= dict.fromkeys(native_torch_ways(), str(arguments.torch_python))
        rows = {way: [] for way in interpreters}
        for _ in range(arguments.repeats):
            for way, python in interpreters.items():
                rows[way].append(run_once(way, python, arguments.epochs, arrays))
                print_row(way, rows[way][-1])
    for figure in ("whole", "steps"):
        seconds = {way: statistics.median(row[figure] for row in of_way) for way, of_way in rows.items()}
        for way in list(rows)[1:]:
            print(f"{figure:6s} {way} / ours  {seconds[way] / seconds['ours']:.2f}")


def native_torch_ways() -> tuple[str, ...]:
    """PyTorch in the precisions that the processor computes in; it emulates others, slowly."""
    from inpainting.training import store

    return TORCH_WAYS if store.native_precision() == "mixed_bfloat16" else TORCH_WAYS[:1]


def run_once(way: str, python: str, epochs: int, arrays: Path) -> dict:
    command = [python, __file__, "--single", way, "--epochs", str(epochs), "--arrays", str(arrays)]
    started = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {"whole": time.perf_counter() - started} | json.loads(output.splitlines()[-1])


def print_row(way: str, row: dict) -> None:
    print(
        f"{way:15s} whole {row['whole']:6.1f} s  steps {row['steps']:6.1f} s  "
        f"{row['images_per_second']:6.0f} images/s  loss {row['loss']:.5f}",
        flush=True,
    )


def summarise(epoch_ends: list[float], n_images: int, loss: float) -> dict:
    steps = epoch_ends[-1] - epoch_ends[0]
    speed = n_images * (len(epoch_ends) - 1) / steps
    return {"steps": steps, "images_per_second": speed, "loss": loss}


def train_with_keras(way: str, epochs: int, arrays: Path) -> dict:
    if way == "theirs":
        import tensorflow  # noqa: F401 - before this project sets its options
    import original_recipe

    from inpainting import data
    from inpainting.training import loop, recipes, store, tasks

    dataset = data.load_dataset("cifar10", log=lambda line: None)
    recipe = replace(recipes.ORIGINAL, epochs=epochs, patience=epochs, batch_size=BATCH)
    ends = []
    if way == "ours":
        task = tasks.make_task(recipe, dataset, store.native_precision())
        with tempfile.TemporaryDirectory() as folder:
            _, history = loop.fit(task, Path(folder) / "c.npz", lambda line: None)
        ends, losses = list(itertools.accumulate(history.seconds)), history.val_loss
    else:
        _, losses = original_recipe.fit_as_the_original(
            recipe, dataset, lambda: ends.append(time.perf_counter())
        )
    return summarise(ends, len(dataset.train), losses[-1])


def write_arrays(path: Path) -> None:
    """The images and holes of both ways, for an environment without this project."""
    import original_recipe

    from inpainting import data
    from inpainting.training import batches, recipes

    dataset = data.load_dataset("cifar10", log=lambda line: None)
    recipe = recipes.ORIGINAL
    masked, images = original_recipe.validation_arrays(dataset, recipe)
    holes = batches.fixed_masks(recipe, len(dataset.train))
    np.savez(path, images=dataset.train.images, holes=holes, masked=masked, whole=images)


def train_with_torch(way: str, epochs: int, arrays: Path) -> dict:
    import torch
    from torch import nn

    def as_batch(images):
        return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(
            memory_format=torch.channels_last
        )

    def convolution(n_in, n_out):
        layer = nn.Conv2d(n_in, n_out, 3, padding=1)
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer

    torch.manual_seed(1)
    network = nn.Sequential(
        convolution(3, 32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        convolution(32, 16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        convolution(16, 16),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        convolution(16, 32),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        convolution(32, 3),
    ).to(memory_format=torch.channels_last)
    error = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
    precision = torch.autocast("cpu", torch.bfloat16, enabled=way.endswith("bfloat16"))
    stored = np.load(arrays)
    whole = as_batch(stored["images"].astype(np.float32) / np.float32(255))
    masked = whole * torch.from_numpy(1 - stored["holes"].transpose(0, 3, 1, 2)).float()
    validation = as_batch(stored["masked"]), as_batch(stored["whole"])
    ends = []
    for _ in range(epochs):
        network.train()
        for chosen in torch.randperm(len(whole)).split(BATCH):
            optimizer.zero_grad()
            with precision:
                output = network(masked[chosen])
            error(output.float(), whole[chosen]).backward()
            optimizer.step()
        with torch.no_grad(), precision:
            losses = [
                float(error(network(x).float(), y))
                for x, y in zip(*(v.split(500) for v in validation), strict=True)
            ]
        ends.append(time.perf_counter())
    return summarise(ends, len(whole), float(np.mean(losses)))


if __name__ == "__main__":
    main()
