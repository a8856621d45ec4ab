"""A notebook in miniature with the live section, and the networks that it embeds."""

import base64
import hashlib

import numpy as np
import pytest
import report_case as case

from inpainting import config, data, masks
from inpainting.display import LIVE_MIME
from inpainting.live import content
from inpainting.networks import autoencoder, flow, prior_unet

NETWORKS = {"original": "autoencoder_cifar10.keras", "kompakt": "kompakt.keras"}


def build_network():
    """The final network, small and with random weights in place of its zeros."""
    model = prior_unet.build_prior_unet((8, 12, 16))
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if "conv2d" in layer.name and layer.get_weights():
            layer.set_weights([rng.normal(0, 0.05, w.shape) for w in layer.get_weights()])
    return model


def build_sampler(mean=None):
    """A network that samples, its weights random where they would be zero."""
    context = flow.build_context(mean or build_network(), (12, 16), detail=8)
    model = flow.assemble(context, flow.build_flow((12, 16), detail=8))
    rng = np.random.default_rng(4)
    for part in (model.get_layer("context"), model.get_layer("flow")):
        for layer in part.layers:
            if layer.trainable and layer.get_weights() and not hasattr(layer, "layers"):
                layer.set_weights(
                    [w if w.any() else rng.normal(0, 0.05, w.shape) for w in layer.get_weights()]
                )
    return model


def fill_store(store, final=None):
    """Write both networks as entries of a store; name → what the notebook says of them."""
    about = {}
    models = {"original": autoencoder.build_original(), "kompakt": final or build_sampler()}
    for name, model in models.items():
        folder = store / f"{name}-0123456789ab"
        folder.mkdir(parents=True)
        model.save(folder / NETWORKS[name])
        sha256 = hashlib.sha256((folder / NETWORKS[name]).read_bytes()).hexdigest()
        about[name] = {"entry": folder.name, "sha256": sha256}
    return about


def choose_pictures(part):
    """Pictures of a dataset, three of them as if chosen by score, with the holes of a suite."""
    holes = masks.suite_masks("quadrat8", len(part), "test")
    chosen = [("bestes", 23), ("mittleres", len(part) // 2), ("schlech\u00adtestes", len(part) - 1)]
    chosen += [("", np.argmax(part.labels == label)) for label in np.unique(part.labels)]
    return [
        content.Picture(rule, data.CLASS_NAMES[part.labels[i]], part.images[i], holes[i])
        for rule, i in chosen
    ]


def make_gains(gains):
    """What a benchmark tells of a network's gains over another, image by image in dB."""
    edges = np.arange(-6, 6.5, 0.5)
    return {
        "edges": edges.tolist(),
        "counts": np.histogram(gains.clip(-6, 5.9), edges)[0].tolist(),
        "share": float((gains > 0).mean()),
        "n": len(gains),
        "rival": "biharmonisch",
        "suite_label": "Quadrat 8×8",
    }


def make_extras(part):
    """What a section can show beside pictures and networks, with made-up scores."""
    rng = np.random.default_rng(5)
    holes = masks.suite_masks("quadrat8", len(part), "test")
    sizes = range(4, 17)
    curves = {
        "kompakt": [24 - 0.5 * s for s in sizes],
        "biharmonisch": [23.5 - 0.55 * s for s in sizes],
        "original": [19 - 0.2 * abs(s - 8) - 0.2 * s for s in sizes],
    }
    return {
        "gains": {
            "kompakt": make_gains(rng.normal(0.9, 1.5, 10_000)),
            "original": make_gains(rng.normal(-2, 1.5, 10_000)),
        },
        "hole_sizes": content.curve_of_hole_sizes(sizes, curves, 2000),
        "pairs": content.choose_pairs(part.images, part.labels, holes),
        "ranked_by": "kompakt",
        "verdict": {"original": 0.98, "kompakt": 0.91, "kompakt_vorschlag": 0.58},
    }


def make_notebook(networks, pictures, extras=None):
    """The notebook in miniature, the live section in it and on its second slide."""
    notebook = case.make_notebook()
    about = {"pictures": [picture.to_json() for picture in pictures], "networks": networks} | (extras or {})
    figure = case.figure("live", "Ein Loch malen, und die Netze füllen es.", raster=True)
    figure.data[LIVE_MIME] = about
    at = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("# Literatur"))
    sizes = case.figure("bremsen", "Wo welches Verfahren aufgibt.", raster=True)
    notebook.cells[at:at] = [
        case.code("show_figure(sizes)", sizes),
        case.text("# Selbst ausprobieren"),
        case.code("show_live()", figure),
    ]
    slides = [i for i, cell in enumerate(notebook.cells) if "folie" in cell.metadata.get("tags", ())]
    notebook.cells.insert(
        slides[0] + 1, case.slide("Selbst ausprobieren", notes="Malen lassen.", figure="live")
    )
    return notebook


def render(networks, store, part, folder):
    """Write page and slides of the notebook in miniature into a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", store)
        notebook = make_notebook(networks, choose_pictures(part), make_extras(part))
        case.render_page(notebook, folder / "bericht.html")
        case.render_slides(notebook, folder / "folien.html")
    return folder


# ---------------------------------------------------------------- the page's engine, asked by a test

FILL = """async ({method, images, masks, noise, shape, before}) => {
  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const read = id => document.getElementById(id).textContent;
  const content = JSON.parse(read("live-daten"));
  if (!window.liveTest) {
    const worker = new Worker(URL.createObjectURL(new Blob([before + read("live-arbeiter")])));
    const answers = new Map();
    worker.onmessage = ({data}) => { if (data.done || data.failed) answers.get(data.id)(data); };
    worker.postMessage({kernel: content.kernel});
    for (const [network, parts] of Object.entries(content.networks)) for (const part of parts) {
      const about = {...content.programs[network][part], weights: read(`live-gewichte-${network}-${part}`)};
      worker.postMessage({network, part, about});
    }
    let id = 0;
    window.liveTest = question => new Promise(resolve => {
      answers.set(++id, resolve);
      worker.postMessage({...question, id, scope: "test", round: 1});
    });
  }
  const [n, height, width] = shape, size = height * width;
  const pixels = bytes(images), holes = bytes(masks), noises = noise && new Float32Array(bytes(noise).buffer);
  const outputs = new Float32Array(n * size * 3);
  for (let k = 0; k < n; k++) {
    const image = Float32Array.from(pixels.subarray(3 * size * k, 3 * size * (k + 1)), v => v / 255);
    const mask = Uint8Array.from(holes.subarray(size * k, size * (k + 1)));
    const kind = noises ? "sample" : "fill", picture = {height, width, image, mask};
    const answer = await window.liveTest({kind, method, picture, noise: noises?.slice(3 * size * k, 3 * size * (k + 1))});
    if (answer.failed) throw new Error(answer.failed);
    outputs.set(answer.filled, 3 * size * k);
  }
  const raw = new Uint8Array(outputs.buffer);
  let text = "";
  for (let i = 0; i < raw.length; i += 32768) text += String.fromCharCode(...raw.subarray(i, i + 32768));
  return btoa(text);
}"""


def fill_in(evaluate, method, images, holes, noise=None, before=""):
    """Fills, or samples from ``noise``, computed by the page's own worker.

    ``evaluate`` runs a function in the page and waits for what it promises.
    """
    given = {"images": images, "masks": holes} | ({} if noise is None else {"noise": noise})
    given = {key: base64.b64encode(np.ascontiguousarray(a).tobytes()).decode() for key, a in given.items()}
    about = {"method": method, "shape": list(images.shape[:3]), "before": before, "noise": None}
    outputs = evaluate(FILL, about | given)
    return np.frombuffer(base64.b64decode(outputs), "<f4").reshape(images.shape)


def parts_in(evaluate, method):
    """The parts of a network that a page holds."""
    script = "name => JSON.parse(document.getElementById('live-daten').textContent).networks[name]"
    return evaluate(script, method)
