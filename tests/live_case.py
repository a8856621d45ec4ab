"""A notebook in miniature with the live section, and the networks that it embeds."""

import hashlib

import numpy as np
import report_case as case

from inpainting import display, masks, models
from inpainting.display import LIVE_MIME

NETWORKS = {"original": "autoencoder_cifar10.keras", "kompakt": "kompakt.keras"}


def build_network():
    """The final network, small and with random weights in place of its zeros."""
    model = models.build_final((8, 12, 16))
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if "conv2d" in layer.name and layer.get_weights():
            layer.set_weights([rng.normal(0, 0.05, w.shape) for w in layer.get_weights()])
    return model


def fill_store(store, final=None):
    """Write both networks as entries of a store; name → what the notebook says of them."""
    about = {}
    for name, model in (("original", models.build_original()), ("kompakt", final or build_network())):
        folder = store / f"{name}-0123456789ab"
        folder.mkdir(parents=True)
        model.save(folder / NETWORKS[name])
        sha256 = hashlib.sha256((folder / NETWORKS[name]).read_bytes()).hexdigest()
        about[name] = {"entry": folder.name, "sha256": sha256}
    return about


def choose_pictures(part):
    """Pictures of a dataset, with the holes of a suite and made-up scores."""
    n = len(part)
    holes = masks.suite_masks("quadrat8", n, "test")
    return display.choose_pictures(part.images, part.labels, holes, np.arange(n)[::-1] % 97.0)


def make_notebook(networks, pictures):
    """The notebook in miniature, the live section in it and on its second slide."""
    notebook = case.make_notebook()
    content = {"pictures": [picture.to_json() for picture in pictures], "networks": networks}
    figure = case.figure("live", "Ein Loch malen, und die Netze füllen es.", raster=True)
    figure.data[LIVE_MIME] = content
    at = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("# Literatur"))
    notebook.cells[at:at] = [case.text("# Selbst ausprobieren"), case.code("show_live()", figure)]
    slides = [i for i, cell in enumerate(notebook.cells) if "folie" in cell.metadata.get("tags", ())]
    notebook.cells.insert(
        slides[0] + 1, case.slide("Selbst ausprobieren", notes="Malen lassen.", figure="live")
    )
    return notebook
