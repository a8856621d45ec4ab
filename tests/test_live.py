"""The live section without a browser: conversion, weights, what stands in page, slides and PDF."""

import base64
import collections
import json
import re
import shutil
import subprocess
import sys

import bs4
import live_case
import numpy as np
import pytest
import report_case as case
from IPython.core.interactiveshell import InteractiveShell

from inpainting import config, data, display, errors, figures
from inpainting.live import content, convert, packing, weights
from inpainting.live import program as live
from inpainting.networks import autoencoder, fill, keras, prior_unet
from inpainting.typeset import web
from inpainting.typeset.document import build_document

layers = keras.layers


@pytest.fixture
def notebook(monkeypatch, live_store, live_networks, part):
    monkeypatch.setattr(config, "MODELS", live_store)
    pictures = live_case.choose_pictures(part)
    return live_case.make_notebook(live_networks, pictures, live_case.make_extras(part))


def sequential(*stack):
    return keras.Sequential([layers.Input((32, 32, 3)), *stack])


# ---------------------------------------------------------------- conversion


def test_original_becomes_a_short_program():
    program = convert.convert(autoencoder.build_original())
    assert [step["op"] for step in program.instructions] == [
        "input",
        "convolution",
        "max_pooling",
        "convolution",
        "max_pooling",
        "convolution",
        "upsampling",
        "convolution",
        "upsampling",
        "convolution",
    ]
    last = program.instructions[-1]
    assert last["activation"] == "sigmoid" and last["in"] == [8] and program.outputs == {"0": 9}


def test_shared_layer_stores_its_weights_once():
    program = convert.convert(live_case.build_network())
    used = collections.Counter(tuple(s["weights"]) for s in program.instructions if "weights" in s)
    (stencil,), n_uses = used.most_common(1)[0]
    assert n_uses == prior_unet.CG_STEPS + 2 and program.weights[stencil].shape == (3, 3, 48, 48)
    assert sum(array.shape == (3, 3, 48, 48) for array in program.weights) == 1


def test_inputs_come_first_and_every_instruction_follows_its_own():
    program = convert.convert(live_case.build_network()).instructions
    assert {step["name"] for step in program[:2]} == {"image", "mask"}
    assert all(step["op"] != "input" for step in program[2:])
    assert all(source < i for i, step in enumerate(program) for source in step.get("in", ()))


def test_inner_models_are_dissolved_and_stages_found():
    model = live_case.build_sampler()
    context = convert.convert(model.get_layer("context"))
    assert set(context.outputs) == {"mean", "scale", "full", "half", "quarter"}
    assert len(context.stages["blocks"]) == 1 + prior_unet.CG_STEPS
    assert context.instructions[context.stages["blocks"][0]]["op"] == "convolution"
    flow = convert.convert(model.get_layer("flow"))
    operations = {step["op"] for step in flow.instructions}
    assert {"einsum", "softmax", "cos", "slice", "dense", "reshape"} <= operations


def test_weights_know_their_variables():
    model = live_case.build_network()
    program = convert.convert(model)
    for array, i in zip(program.weights, program.variables, strict=True):
        assert np.array_equal(array, model.get_weights()[i])


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
    with pytest.raises(errors.UserError, match=what):
        convert.convert(sequential(layer))


# ---------------------------------------------------------------- weights


def decode(packed):
    """The float32 values of a packed network's arrays."""
    raw, at, found = base64.b64decode(packed["weights"]), 0, []

    def take(code, n):
        nonlocal at
        values = np.frombuffer(raw, code, n, at).astype(np.float32)
        at += values.size * np.dtype(code).itemsize
        return values

    for about in packed["arrays"]:
        n, last = int(np.prod(about["shape"])), about["shape"][-1]
        if about["format"].startswith("int"):
            bits, shape = int(about["format"][3:]), about["shape"]
            scale = take("<f4", n // shape[-2]).reshape(*shape[:-2], 1, last)
            packed = take("u1", -(-n * bits // 8)).astype(np.uint8)
            places = np.unpackbits(packed, bitorder="little")[: n * bits].reshape(n, bits)
            found.append((places @ (1 << np.arange(bits)) - (1 << bits - 1)).reshape(shape) * scale)
        else:
            found.append(
                take({"float16": "<f2", "float32": "<f4"}[about["format"]], n).reshape(about["shape"])
            )
    assert at == len(raw)
    return found


def test_large_layers_take_fewer_bits_and_fills_stay():
    rng = np.random.default_rng(0)
    model = sequential(layers.Conv2D(256, 1), layers.Conv2D(256, 1, name="large"), layers.Conv2D(3, 1))
    model.set_weights([rng.normal(0, 0.02, w.shape) for w in model.get_weights()])
    images = rng.integers(0, 256, (4, 32, 32, 3), np.uint8)
    holes = np.zeros((4, 32, 32, 1), np.uint8)
    before = model.get_weights()
    packed = packing.pack_network(model, images, holes)["context"]
    assert [about["format"] for about in packed["arrays"]] == ["int12", "float16", "int8", "float16"] + [
        "int12",
        "float16",
    ]
    assert all(map(np.array_equal, before, model.get_weights()))
    exact = fill(model, images, holes)
    model.set_weights(decode(packed))
    change = np.abs(fill(model, images, holes) - exact).max()
    assert 0 < change < weights.LARGEST_DIFFERENCE


@pytest.mark.parametrize("bits", weights.BITS)
def test_numbers_of_any_width_are_what_rounding_says(bits):
    array = np.random.default_rng(bits).normal(0, 0.1, (3, 2, 5, 7)).astype(np.float32)
    array[0, 0, :, 0] = 0  # a channel without weights has a scale all the same
    about = {"shape": list(array.shape), "format": f"int{bits}"}
    (found,) = decode({"weights": weights.encode([array], [f"int{bits}"]), "arrays": [about]})
    assert np.array_equal(found.astype(np.float32), weights.round_to(array, f"int{bits}"))


def test_prior_keeps_its_filters(part):
    packed = packing.pack_network(live_case.build_network(), part.images[:3], part.images[:3, ..., :1] > 99)
    stencil = [a for a in packed["context"]["arrays"] if a["shape"] == [3, 3, 48, 48]]
    assert [about["format"] for about in stencil] == ["float32"]


@pytest.mark.parametrize("scale", [1e3, 1e6], ids=["coarse", "overflow"])
def test_harmful_rounding_keeps_float32(part, scale):
    model = sequential(layers.Conv2D(8, 1, kernel_initializer="glorot_uniform"), layers.Conv2D(3, 1))
    first, second = model.layers
    first.set_weights([scale * w for w in first.get_weights()])
    second.set_weights([w / 30 for w in second.get_weights()])
    packed = packing.pack_network(model, part.images[:5], np.zeros((5, 32, 32, 1), np.uint8))["context"]
    assert {about["format"] for about in packed["arrays"]} == {"float32"}
    assert all(map(np.array_equal, decode(packed), model.get_weights()))


def test_sampler_has_two_parts(part):
    packed = packing.pack_network(live_case.build_sampler(), part.images[:3], part.images[:3, ..., :1] > 99)
    assert set(packed) == {"context", "flow"}
    assert set(packed["flow"]["inputs"]) == {"state", "time", "mask", "full", "half", "quarter"}
    assert set(packed["flow"]["outputs"]) == {"mean"}


def test_missing_and_foreign_networks_are_told(live_store, live_networks):
    about = live_networks["kompakt"]
    assert live.find_network(**about, store=live_store).name == "kompakt.keras"
    with pytest.raises(errors.UserError, match=r"„kompakt-9“ fehlt.*inpainting report"):
        live.find_network("kompakt-9", about["sha256"], live_store)
    with pytest.raises(errors.UserError, match="anderes Netz"):
        live.find_network(about["entry"], "0" * 64, live_store)


def test_kernel_is_its_text():
    wasmtime = pytest.importorskip("wasmtime", reason="wasmtime is not installed")
    text = (live.LIVE / "kernel.wat").read_text("utf-8")
    assert bytes(wasmtime.wat2wasm(text)) == (live.LIVE / "kernel.wasm").read_bytes()


def test_scripts_are_of_a_readable_length():
    scripts = [live.TEMPLATE / name for name in {"start_worker.js", *live.WORKER, *live.PAGE}]
    assert set(live.TEMPLATE.rglob("*.js")) == set(scripts)
    assert all(len(path.read_text("utf-8").splitlines()) <= 500 for path in scripts)


# ---------------------------------------------------------------- what else the section shows


def test_pairs_are_the_second_to_fourth_of_each_class(part):
    holes = np.zeros((len(part), 32, 32, 1), np.uint8)
    pairs = content.choose_pairs(part.images, part.labels, holes)
    assert [pair["label"] for pair in pairs] == 3 * list(data.CLASS_NAMES)
    members = np.flatnonzero(part.labels == 0)
    for level in range(3):
        assert base64.b64decode(pairs[10 * level]["image"]) == part.images[members[level + 1]].tobytes()
    assert len({pair["image"] for pair in pairs}) == 30  # no level tells the answers of another


def test_start_is_usual_and_has_something_in_its_hole():
    gains, contents = [0.0, 9.0, 2.0, -5.0], [1.0, 8.0, 9.0, 7.0]
    assert content.choose_start(contents, gains) == 2  # 0 is closer to the median of 1, and empty
    far = {"edges": [5, 5.5], "counts": [9]}
    assert content.choose_start(contents, gains, far) == 2
    few = {"edges": [8, 9, 10], "counts": [0, 5]}
    assert content.choose_start(contents, gains, few) == 1


def test_page_starts_with_a_vehicle_that_no_rank_chose(notebook):
    about = live.prepare_section(build_document(notebook).live.live)
    first = about["pictures"][about["start"]]
    assert first["rule"] == "" and first["label"] in content.VEHICLES == ("Flugzeug", "Auto", "Schiff", "LKW")


def test_packed_networks_are_taken_from_the_store_unless_damaged(notebook, live_store, tmp_path, monkeypatch):
    store = tmp_path / "modelle"  # others may pack into the shared one meanwhile
    shutil.copytree(live_store, store, ignore=shutil.ignore_patterns(live.PACKED))
    monkeypatch.setattr(config, "MODELS", store)
    about = build_document(notebook).live.live
    live._prepare.cache_clear()
    made = json.dumps(live.prepare_section(about))
    (path,) = (store / live.PACKED).iterdir()
    packed = []
    monkeypatch.setattr(packing, "pack", lambda *a, pack=packing.pack: packed.append(1) or pack(*a))
    live._prepare.cache_clear()
    assert json.dumps(live.prepare_section(about)) == made and not packed
    for damaged in (b"{", path.read_bytes().replace(b'"start": ', b'"start": 1'), b"[]"):
        path.write_bytes(damaged)
        live._prepare.cache_clear()
        assert json.dumps(live.prepare_section(about)) == made and packed
        packed.clear()
    monkeypatch.setattr(live, "PACKED_BY", ("errors.py",))  # another program makes another entry
    live._prepare.cache_clear()
    live.prepare_section(about)
    assert packed and len(list((store / live.PACKED).iterdir())) == 2


def test_rendering_imports_no_tensorflow():
    names = "inpainting.runs.run, inpainting.runs.check, inpainting.live.program"
    modules = "inpainting.typeset.page, inpainting.typeset.pdf, inpainting.typeset.slides"
    code = f"import sys, {names}, {modules}; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=config.ROOT)


def test_curve_is_plain_numbers():
    about = content.curve_of_hole_sizes(np.arange(4, 6), {"kompakt": np.float32([20, 19])}, 100)
    assert json.loads(json.dumps(about)) == {"sizes": [4, 5], "methods": {"kompakt": [20.0, 19.0]}, "n": 100}


# ---------------------------------------------------------------- documents


@pytest.fixture
def page(notebook, tmp_path):
    case.render_page(notebook, tmp_path / "bericht.html")
    source = (tmp_path / "bericht.html").read_text(encoding="utf-8")
    return bs4.BeautifulSoup(source, "html.parser")


def test_page_allows_only_its_scripts_and_the_worker(page):
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    scripts = [script.string for script in page.select("script") if script.get("type") is None]
    assert len(scripts) == 3 and all(web.script_hashes(s) in policy for s in scripts)
    assert all(script.startswith('"use strict"') for script in scripts)
    assert "default-src 'none'" in policy and "worker-src blob:" in policy
    assert "connect-src" not in policy and "'unsafe-eval'" not in policy


def test_page_holds_pictures_networks_and_the_figure(page):
    about = json.loads(page.select_one("#live-daten").string)
    assert [picture["rule"] for picture in about["pictures"]][3:] == [""] * 10
    assert about["networks"] == {"kompakt": ["context", "flow"], "original": ["context"]}
    assert all(page.select_one(f"#live-gewichte-{name}") for name in ("kompakt-flow", "original-context"))
    figure = page.select_one("figure#abb-live")
    assert figure.select_one(".standbild img")["alt"] == case.ALT
    assert figure.select_one("#live").has_attr("hidden")
    caption = figure.find("figcaption", recursive=False)
    assert "Abbildung" in caption.get_text()


def test_first_fill_needs_the_first_screen_alone(page):
    order = [script.get("id") for script in page.select("script")]
    assert order[:5] == ["live-arbeiter", None, "live-daten", live.FIRST, None]
    assert page.select("script")[0].find_previous(class_="teaser")
    started = page.select("script")[4]
    assert "class Teaser" in started.string
    # the first screen can be read before a weight is, and the rest of the document comes behind them
    assert started.find_previous(class_="zusammenfassung") and started.find_previous(class_="teaser")
    assert not started.find_previous("h3") and started.find_next("figure", id="abb-live")
    assert order[5] is None and all(name.startswith("live-gewichte-") for name in order[6:])


def test_slides_hold_it_once(notebook, tmp_path):
    case.render_slides(notebook, tmp_path / "folien.html")
    page = bs4.BeautifulSoup((tmp_path / "folien.html").read_text("utf-8"), "html.parser")
    assert len(page.select("section #live")) == len(page.select("#live-daten")) == 1


def test_pdf_shows_the_figure(notebook, tmp_path):
    case.render_pdf(notebook, tmp_path / "bericht.pdf")
    assert (tmp_path / "bericht.pdf").stat().st_size > 10_000
    assert build_document(notebook).live.name == "live"


def test_other_reports_stay_as_they_were(tmp_path):
    case.render_page(case.make_notebook(), tmp_path / "bericht.html")
    source = (tmp_path / "bericht.html").read_text(encoding="utf-8")
    assert "live-daten" not in source and "blob:" not in source and "wasm" not in source


def test_label_cannot_close_the_script(live_networks, live_store, monkeypatch):
    monkeypatch.setattr(config, "MODELS", live_store)
    evil = content.Picture("", "</script><b>", np.zeros((32, 32, 3), "u1"), np.ones((32, 32, 1), "u1"))
    figure = case.figure("live", "Titel")
    figure.data[display.LIVE_MIME] = {"pictures": [evil.to_json()], "networks": live_networks}
    notebook = case.make_notebook()
    notebook.cells.append(case.code("show_live()", figure))
    embedded = live.embed(build_document(notebook).live.live)
    assert "</script" not in embedded.content and not re.search("</script", embedded.worker)
    assert json.loads(embedded.content)["pictures"][0]["label"] == "</script><b>"


# ---------------------------------------------------------------- the notebook's side


def test_mask_and_image_survive_the_notebook():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (32, 32, 3), np.uint8)
    mask = rng.integers(0, 2, (32, 32, 1), np.uint8)
    text = content.Picture("bestes", "Hund", image, mask).to_json()
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

    picture = content.Picture("", "Hund", part.images[0], np.ones((32, 32, 1), np.uint8))
    figure = figures.plot_image_rows({"Wahr": part.images[:10]})
    display.show_live(
        figure, "live", "Titel", "Text", [picture], {"kompakt": Trained}, verdict={"kompakt": 0.9}
    )
    InteractiveShell.clear_instance()
    shown, metadata = published[0]
    about = shown[display.LIVE_MIME]
    assert about["networks"] == {"kompakt": {"entry": "kompakt-1", "sha256": "ab"}}
    assert about["verdict"] == {"kompakt": 0.9}
    assert metadata["inpainting"]["kind"] == "figure" and shown["image/png"]
