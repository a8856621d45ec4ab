"""The live section without a browser: conversion, weights, what stands in page, slides and PDF."""

import base64
import collections
import json

import bs4
import live_case
import numpy as np
import pytest
import report_case as case
from IPython.core.interactiveshell import InteractiveShell

from inpainting import config, data, display, figures, models
from inpainting.report import html, live, pdf, slides, wasm, web
from inpainting.report.document import build_document
from inpainting.report.model import ReportError

layers = models.layers


@pytest.fixture(scope="module")
def part():
    return data.load_dataset(config.SAMPLE, log=str).test


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("modelle")


@pytest.fixture(scope="module")
def networks(store):
    return live_case.fill_store(store)


@pytest.fixture
def notebook(monkeypatch, store, networks, part):
    monkeypatch.setattr(config, "MODELS", store)
    return live_case.make_notebook(networks, live_case.choose_pictures(part))


def sequential(*stack):
    return models.keras.Sequential([layers.Input((32, 32, 3)), *stack])


# ---------------------------------------------------------------- conversion


def test_original_becomes_a_short_program():
    model = models.build_original()
    program, weights = live.convert(model)
    assert [step["op"] for step in program] == [
        "input", "convolution", "max_pooling", "convolution", "max_pooling", "convolution",
        "upsampling", "convolution", "upsampling", "convolution",
    ]  # fmt: skip
    assert program[-1]["activation"] == "sigmoid" and program[-1]["in"] == [8]
    kernel = model.get_layer("encoder_1").get_weights()[0]
    panels = weights[program[1]["weights"][0]].reshape(4, 27, 8)
    assert np.array_equal(panels[1, :, 2], kernel[..., 10].ravel())


def test_shared_layer_stores_its_weights_once():
    program, weights = live.convert(live_case.build_network())
    used = collections.Counter(tuple(step["weights"]) for step in program if "weights" in step)
    (stencil,), n_uses = used.most_common(1)[0]
    assert n_uses == models.CG_STEPS + 2 and len(weights[stencil]) == 9 * 48 * 48
    assert sum(len(array) == len(weights[stencil]) for array in weights) == 1


def test_every_instruction_follows_its_inputs():
    program, _ = live.convert(live_case.build_network())
    assert all(source < i for i, step in enumerate(program) for source in step.get("in", ()))
    assert {step["name"] for step in program if step["op"] == "input"} == {"image", "mask"}


def test_last_panel_is_filled_with_zeros():
    _, (kernel, bias) = live.convert(sequential(layers.Conv2D(3, 1, bias_initializer="ones")))
    assert kernel.size == 3 * wasm.PANEL and not kernel.reshape(3, 8)[:, 3:].any()
    assert bias.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "layer, what",
    [
        (layers.LayerNormalization(name="norm"), r"„norm“ \(LayerNormalization\).*Art von Schicht"),
        (layers.Conv2D(3, 3, dilation_rate=2, name="weit"), "„weit“.*dilation_rate"),
        (layers.Conv2D(3, 3, groups=3, name="geteilt"), "„geteilt“.*groups"),
        (layers.UpSampling2D(2, interpolation="bilinear", name="glatt"), "„glatt“.*interpolation"),
        (layers.ReLU(max_value=6, name="relu6"), "„relu6“.*max_value"),
        (layers.Conv2D(3, 3, activation="gelu", name="weich"), "„weich“.*activation"),
    ],
)
def test_unknown_layers_and_settings_are_named(layer, what):
    with pytest.raises(ReportError, match=what):
        live.convert(sequential(layer))


# ---------------------------------------------------------------- weights


def decode(packed):
    code = {"float16": "<f2", "float32": "<f4"}[packed["format"]]
    return np.frombuffer(base64.b64decode(packed["weights"]), code).astype(np.float32)


def test_harmless_rounding_halves_the_weights(part):
    model = models.build_original()
    masks = np.zeros((20, 32, 32, 1), np.uint8)
    before = model.get_weights()
    packed = live.pack_network(model, part.images[:20], masks)
    assert packed["format"] == "float16" and len(decode(packed)) == sum(packed["sizes"])
    assert packed["inputs"] == {"masked_image": [32, 32, 3]}
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize("scale", [1e3, 1e6], ids=["coarse", "overflow"])
def test_harmful_rounding_keeps_float32(part, scale):
    model = sequential(
        layers.Conv2D(8, 1, kernel_initializer="glorot_uniform"), layers.Conv2D(3, 1)
    )
    first, second = model.layers
    first.set_weights([scale * w for w in first.get_weights()])
    second.set_weights([w / 30 for w in second.get_weights()])
    packed = live.pack_network(model, part.images[:5], np.zeros((5, 32, 32, 1), np.uint8))
    assert packed["format"] == "float32"
    assert decode(packed).max() == np.concatenate([w.ravel() for w in model.get_weights()]).max()


def test_missing_and_foreign_networks_are_told(store, networks):
    about = networks["kompakt"]
    assert live.find_network(**about, store=store).name == "kompakt.keras"
    with pytest.raises(ReportError, match=r"„kompakt-9“ fehlt.*inpainting report"):
        live.find_network("kompakt-9", about["sha256"], store)
    with pytest.raises(ReportError, match="anderes Netz"):
        live.find_network(about["entry"], "0" * 64, store)


def test_kernel_is_a_small_module():
    kernel = wasm.build_kernel()
    assert kernel[:8] == b"\0asm\1\0\0\0" and len(kernel) < 1000


# ---------------------------------------------------------------- documents


@pytest.fixture
def page(notebook, tmp_path):
    html.render_html(notebook, tmp_path / "bericht.html")
    source = (tmp_path / "bericht.html").read_text(encoding="utf-8")
    return bs4.BeautifulSoup(source, "html.parser")


def test_page_allows_only_its_script_and_the_worker(page):
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    scripts = [script for script in page.select("script") if script.get("type") is None]
    assert len(scripts) == 1 and web.script_hash(scripts[0].string) in policy
    assert "default-src 'none'" in policy and "worker-src blob:" in policy
    assert "connect-src" not in policy and "'unsafe-eval'" not in policy


def test_page_holds_pictures_networks_and_the_figure(page):
    content = json.loads(page.select_one("#live-daten").string)
    assert [picture["rule"] for picture in content["pictures"]][3:] == [""] * 10
    assert set(content["networks"]) == {"original", "kompakt"}
    figure = page.select_one("figure#abb-live")
    assert figure.select_one(".standbild img")["alt"] == case.ALT
    assert figure.select_one("#live").has_attr("hidden")
    assert "Abbildung" in figure.figcaption.get_text()


def test_slides_hold_it_once(notebook, tmp_path):
    slides.render_slides(notebook, tmp_path / "folien.html")
    page = bs4.BeautifulSoup((tmp_path / "folien.html").read_text("utf-8"), "html.parser")
    assert len(page.select("section #live")) == len(page.select("#live-daten")) == 1


def test_pdf_shows_the_figure(notebook, tmp_path):
    pdf.render_pdf(notebook, tmp_path / "bericht.pdf")
    assert (tmp_path / "bericht.pdf").stat().st_size > 10_000
    assert build_document(notebook).live.name == "live"


def test_other_reports_stay_as_they_were(tmp_path):
    html.render_html(case.make_notebook(), tmp_path / "bericht.html")
    source = (tmp_path / "bericht.html").read_text(encoding="utf-8")
    assert "liveEngine" not in source and "blob:" not in source and "wasm" not in source


def test_label_cannot_close_the_script(networks, store, monkeypatch):
    monkeypatch.setattr(config, "MODELS", store)
    evil = display.Picture("", "</script><b>", np.zeros((32, 32, 3), "u1"), np.ones((32, 32, 1), "u1"))
    figure = case.figure("live", "Titel")
    figure.data[display.LIVE_MIME] = {"pictures": [evil.to_json()], "networks": networks}
    notebook = case.make_notebook()
    notebook.cells.append(case.code("show_live()", figure))
    embedded = live.embed(build_document(notebook).live)
    assert "</script" not in embedded
    assert json.loads(embedded)["pictures"][0]["label"] == "</script><b>"


# ---------------------------------------------------------------- the notebook's side


def test_pictures_are_chosen_by_rule(part):
    psnr = np.arange(len(part), dtype=float)
    holes = np.zeros((len(part), 32, 32, 1), np.uint8)
    chosen = display.choose_pictures(part.images, part.labels, holes, psnr)
    assert np.array_equal(chosen[0].image, part.images[-1])
    assert np.array_equal(chosen[2].image, part.images[0])
    assert [picture.label for picture in chosen[3:]] == list(data.CLASS_NAMES)


def test_mask_and_image_survive_the_notebook():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (32, 32, 3), np.uint8)
    mask = rng.integers(0, 2, (32, 32, 1), np.uint8)
    text = display.Picture("bestes", "Hund", image, mask).to_json()
    assert base64.b64decode(text["image"]) == image.tobytes()
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text["mask"]), np.uint8))
    assert np.array_equal(bits, mask.ravel())


def test_show_live_names_the_networks_of_the_run(monkeypatch, part):
    published = []
    shell = InteractiveShell.instance()
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, metadata=None, **rest: published.append((data, metadata))
    )

    class Trained:
        folder = config.MODELS / "kompakt-1"
        record = {"model_sha256": "ab"}

    picture = display.Picture("", "Hund", part.images[0], np.ones((32, 32, 1), np.uint8))
    figure = figures.plot_image_rows({"Original": part.images[:10]})
    display.show_live(figure, "live", "Titel", "Text", [picture], {"kompakt": Trained})
    InteractiveShell.clear_instance()
    content, metadata = published[0]
    assert content[display.LIVE_MIME]["networks"] == {"kompakt": {"entry": "kompakt-1", "sha256": "ab"}}
    assert metadata["inpainting"]["kind"] == "figure" and content["image/png"]
