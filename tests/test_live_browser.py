"""The live section in Chromium: equal to Keras, painted on by pointer and keyboard, fed with files."""

import base64
import io
import json
import re
import time

import live_case
import numpy as np
import pytest
import report_case as case
import test_browser
from PIL import Image
from test_browser import NARROW, WIDE, browser, open_page, violations  # noqa: F401

from inpainting import classical, config, data, masks
from inpainting.data import to_float
from inpainting.live import program as live
from inpainting.networks import fill, flow, load_model, prior_unet

pytestmark = pytest.mark.browser

N_IMAGES = 100
LARGE = [(64, 64), (96, 160), (256, 256)]


@pytest.fixture(scope="module")
def part():
    return data.load_dataset(config.SAMPLE, log=str).test


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("modelle")


@pytest.fixture(scope="module")
def networks(store):
    return live_case.fill_store(store)


def render(networks, store, part, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", store)
        pictures = live_case.choose_pictures(part)
        notebook = live_case.make_notebook(networks, pictures, live_case.make_extras(part))
        case.render_page(notebook, folder / "bericht.html")
        case.render_slides(notebook, folder / "folien.html")
    return folder


@pytest.fixture(scope="module")
def run(networks, store, part, tmp_path_factory):
    return render(networks, store, part, tmp_path_factory.mktemp("lauf"))


@pytest.fixture
def page(open_page, run):  # noqa: F811
    return opened(open_page(run / "bericht.html"))


def opened(page):
    page.wait_for_selector("#live[data-gefuellt]", timeout=60_000)
    return page


def count(page, what: str = "gefuellt") -> int:
    return int(page.locator("#live").get_attribute(f"data-{what}") or 0)


def until(page, is_true, seconds: float = 60) -> None:
    """Wait for a condition; the page's policy forbids that Playwright asks inside the page."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "nothing happened"
        page.wait_for_timeout(30)


def wait_for_fill(page, before: int) -> None:
    until(page, lambda: count(page) > before)


def n_missing(page) -> int:
    return int(re.sub(r"\D", "", page.locator("#live .stand").inner_text().split(" von")[0]))


def psnr(page, method: str = "kompakt") -> str:
    return page.locator(f"#live [data-tafel={method}] .wert").inner_text()


def open_view(page, name: str) -> None:
    page.locator(f"#live input[value={name}]").check(force=True)


def pixel(page, x: int, y: int, panel: str = "wahr") -> list[int]:
    """Colour of a pixel of a 32×32 picture, as a tile shows it."""
    return read(page, f"[data-tafel={panel}] canvas", 5 * x + 2, 5 * y + 2)


def read(page, canvas: str, x: int, y: int) -> list[int]:
    """Colour of a point of a canvas, from a copy, so that its own context stays as it is."""
    return page.evaluate(
        """([selector, x, y]) => {
        const copy = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
        copy.drawImage(document.querySelector('#live ' + selector), -x, -y);
        return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3); }""",
        [canvas, x, y],
    )


# ---------------------------------------------------------------- equality


@pytest.fixture(scope="module")
def reference():
    """The networks of the reference run; skips if there is none."""
    found = sorted(config.RESULTS.glob("*/run.json"))
    for path in found:
        about = json.loads(path.read_text("utf-8")).get("models", {})
        names = [name for name in ("original", "kompakt", "gruendlich") if name in about]
        origins = {n: {"entry": about[n]["entry"], "sha256": about[n]["model_sha256"]} for n in names}
        try:
            for origin in origins.values():
                live.find_network(**origin)
        except live.ReportError:
            continue
        if "kompakt" in origins:
            return origins
    pytest.skip("no run in results/ whose networks are in the store")


def expect_equal(page, model, method, images, holes):
    expected = fill(model, images, holes)
    expected = np.where(holes > 0, expected.clip(0, 1), to_float(images))
    assert np.abs(live_case.fill_in(page.evaluate, method, images, holes) - expected).max() <= 1 / 255


@pytest.mark.parametrize("name", ["original", "kompakt"])
def test_equal_to_keras(page, networks, store, part, name):
    images = np.tile(part.images[:2], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 2, "test") for s in masks.SUITES])
    expect_equal(page, load_model(live.find_network(**networks[name], store=store)), name, images, holes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["original", "kompakt", "gruendlich"])
def test_networks_of_the_reference_are_equal_to_keras(open_page, reference, part, tmp_path, name):  # noqa: F811
    if name not in reference:
        pytest.skip(f"the reference run has no {name}")
    folder = render({"kompakt": reference["kompakt"], name: reference[name]}, config.MODELS, part, tmp_path)
    images = np.tile(part.images[:N_IMAGES], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, N_IMAGES, "test") for s in masks.SUITES])
    model = load_model(live.find_network(**reference[name]))
    page = opened(open_page(folder / "bericht.html"))
    expect_equal(page, model, name, images, holes)
    if flow.has_samples(model) and "flow" in live_case.parts_in(page.evaluate, name):
        expect_equal_sample(page, model, name, images[:: N_IMAGES // 5], holes[:: N_IMAGES // 5])


@pytest.mark.parametrize("height, width", [*LARGE, (50, 37)])
def test_larger_pictures_are_equal_to_keras(page, networks, store, height, width):
    rng = np.random.default_rng(7)
    small = rng.integers(0, 256, (-(-height // 8), -(-width // 8), 3), np.uint8)
    images = np.kron(small, np.ones((8, 8, 1), np.uint8))[None, :height, :width]
    holes = (rng.random((1, height, width, 1)) < 0.1).astype(np.uint8)
    holes[:, 5:25, 7:30] = 1
    model = load_model(live.find_network(**networks["kompakt"], store=store))
    expect_equal(page, model, "kompakt", images, holes)


def expect_equal_sample(page, model, method, images, holes):
    noise = np.random.default_rng(8).standard_normal(images.shape, np.float32)
    expected = flow.sample(model, images, holes, noise=noise)
    found = live_case.fill_in(page.evaluate, method, images, holes, noise)
    assert np.abs(found - expected).max() <= 1 / 255


@pytest.mark.parametrize("height, width", [(32, 32), (20, 30)])
def test_sample_is_equal_to_keras(page, networks, store, part, height, width):
    images, holes = part.images[:2, :height, :width], masks.suite_masks("quadrat8", 2)[:, :height, :width]
    holes = np.maximum(holes, np.eye(height, width, dtype=np.uint8)[None, :, :, None])
    model = load_model(live.find_network(**networks["kompakt"], store=store))
    expect_equal_sample(page, model, "kompakt", images, holes)


def test_biharmonic_is_that_of_the_report(page, part):
    images = np.tile(part.images[:3], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 3, "test") for s in masks.SUITES])
    expected = classical.fill_biharmonic(to_float(images), holes)
    found = live_case.fill_in(page.evaluate, "biharmonisch", images, holes)
    assert np.abs(found - expected).max() < 1e-4


def test_browsers_without_base64_of_their_own_decode_the_same(page, part):
    images, holes = part.images[:2], masks.suite_masks("mitte16", 2, "test")
    expected = live_case.fill_in(page.evaluate, "original", images, holes)
    page.evaluate("delete window.liveTest")
    script = "Uint8Array.fromBase64 = undefined;"
    found = live_case.fill_in(page.evaluate, "original", images, holes, before=script)
    assert np.array_equal(found, expected)


# ---------------------------------------------------------------- painting


def drag(page, start, end, edge=32, canvas=".leinwand", before_release=lambda: None):
    """Press at one place of the canvas, release at another; both in pixels of the picture."""
    canvas = page.locator(f"#live {canvas}")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    step = area["width"] / edge
    points = [(area["x"] + (x + 0.5) * step, area["y"] + (y + 0.5) * step) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=5)
    before_release()
    page.mouse.up()


def test_brush_rectangle_eraser_and_undo(page):
    assert page.locator("#live .malen .einladung").is_visible()
    page.get_by_role("button", name="Leeren").click()
    assert n_missing(page) == 0 and psnr(page) == "–"
    assert page.locator("#live .gezeigt").inner_text().startswith("Noch kein Loch")
    page.reload()
    opened(page)
    assert page.locator("#live .malen .einladung").is_visible()
    page.get_by_role("button", name="Leeren").click()
    before = count(page)
    drag(page, (4, 10), (27, 10))
    assert n_missing(page) == 26 * 3  # a brush of three pixels
    assert not page.locator("#live .malen .einladung").is_visible()
    wait_for_fill(page, before)
    until(page, lambda: re.fullmatch(r"−?\d+,\d dB", psnr(page)))
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (2, 20), (5, 24))
    assert n_missing(page) == 26 * 3 + 20
    page.get_by_role("radio", name="Radierer").check()
    drag(page, (2, 20), (2, 24))
    erased = n_missing(page)
    assert erased < 26 * 3 + 20 - 9
    page.get_by_role("button", name="Rückgängig").click()
    assert n_missing(page) == 26 * 3 + 20


def test_fill_follows_the_mask_and_is_shown_in_full(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15))
    assert pixel(page, 2, 2, "kompakt") == pixel(page, 2, 2)  # known pixels stay
    until(page, lambda: psnr(page) != "…")
    assert page.locator("#live .grenze").input_value() == "0"
    assert read(page, ".ergebnis", 310, 310) == pixel(page, 15, 15, "kompakt")
    masked = read(page, ".leinwand", 310, 310)
    assert max(masked) < 140  # hatched


def test_full_mask_is_refused_and_nothing_is_lost(page):
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (0, 0), (31, 31))
    assert n_missing(page) == 1024
    assert "Kein Pixel ist bekannt" in page.locator("#live .meldung").inner_text()
    below = (
        page.locator("#live .meldung").bounding_box()["y"] - page.locator("#live .malen").bounding_box()["y"]
    )
    assert below < page.locator("#live .malen").bounding_box()["height"] + 30  # where one looks
    assert psnr(page) == "–"
    assert page.locator("#live .gezeigt").inner_text() == "Nichts ist bekannt, also ist nichts gefüllt."
    assert max(read(page, ".ergebnis", 310, 310)) < 140  # hatched, not the true picture
    before = count(page)
    page.get_by_role("button", name="Rückgängig").click()
    assert page.locator("#live .meldung").inner_text() == ""
    wait_for_fill(page, before)


@pytest.mark.parametrize(
    "button, low, high",
    [
        ("Quadrat", 64, 64),
        ("Mitte", 256, 256),
        ("Linien", 1, 500),
        ("Freiform", 103, 425),
        ("Pixel", 430, 600),
        ("Hälfte", 512, 512),
    ],
)
def test_suites_cover_what_they_promise(page, button, low, high):
    for _ in range(5):
        page.get_by_role("button", name=button, exact=True).click()
        assert low <= n_missing(page) <= high


def test_keyboard_alone(page):
    page.get_by_role("radio", name="Füllen").focus()
    while page.evaluate("document.activeElement.className") != "leinwand":
        page.keyboard.press("Tab")
    said = page.locator("#live .ansage-taste")
    page.keyboard.press("r")
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    before = n_missing(page)
    assert "Zeile 18, Spalte 19" in said.inner_text()
    page.keyboard.press("Space")
    assert before <= n_missing(page) <= before + 6 and n_missing(page) >= 6
    assert not page.locator("#live .malen .einladung").is_visible()
    page.keyboard.press("z")
    assert n_missing(page) == before and said.inner_text() == f"Rückgängig gemacht: {before} Pixel fehlen."
    for key in ("b", "+", "+", "Home", "Enter"):
        page.keyboard.press(key)
    assert page.locator("#live .groesse").input_value() == "5"
    spoken = page.locator("#live .ansage")
    until(page, lambda: re.search(r"PSNR im Loch: .*unser Netz.* Dezibel", spoken.inner_text()))
    assert said.inner_text() == "Gemalt."  # the result has a voice of its own
    page.keyboard.press("Shift+ArrowLeft")
    assert "Spalte 11" in said.inner_text()


def test_all_views_and_tools_by_keyboard(page):
    page.get_by_role("radio", name="Füllen").focus()
    for view in ("vorschlaege", "schritte", "groesse", "spiel"):
        page.keyboard.press("ArrowRight")
        assert page.locator("#live").get_attribute("data-ansicht") == view
    page.keyboard.press("Tab")  # the level,
    page.keyboard.press("Tab")  # and the start
    page.keyboard.press("Enter")
    until(page, lambda: count(page, "paar") == 1)
    page.keyboard.press("2")
    assert page.locator("#live .urteil").inner_text().startswith(("Richtig", "Getäuscht"))
    page.keyboard.press("Enter")
    until(page, lambda: count(page, "paar") == 2)


def test_touch_paints_and_does_not_scroll(open_page, run):  # noqa: F811
    page = opened(open_page(run / "bericht.html", NARROW, has_touch=True, is_mobile=True))
    page.locator("#live .leeren").tap()
    page.locator("#live .leinwand").tap(position={"x": 100, "y": 100})
    assert n_missing(page) == 9
    assert page.locator("#live .leinwand").evaluate("e => getComputedStyle(e).touchAction") == "none"


@pytest.mark.parametrize("view", ["fuellen", "vorschlaege", "schritte", "groesse"])
def test_result_stands_beside_the_canvas_on_a_phone(open_page, run, view):  # noqa: F811
    page = opened(open_page(run / "bericht.html", NARROW))
    open_view(page, view)
    canvas = page.locator("#live .leinwand").bounding_box()
    result = page.locator(f"#live .gross[data-ansicht={view}]").bounding_box()
    assert result["x"] >= canvas["x"] + canvas["width"]
    assert abs(result["y"] - canvas["y"]) < 5 and canvas["width"] > 150


def test_slider_uncovers_the_hole(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15) and psnr(page) != "…")
    slider = page.get_by_role("slider", name="Vergleich")
    filled = read(page, ".ergebnis", 310, 310)
    slider.fill("100")
    assert read(page, ".ergebnis", 310, 310) != filled
    assert slider.get_attribute("aria-valuetext").startswith("links 100 Prozent")
    slider.fill("0")
    assert read(page, ".ergebnis", 310, 310) == filled
    page.get_by_role("button", name="Biharmonisch").click()
    until(page, lambda: page.locator("#live .gezeigt").inner_text().startswith("Biharmonisch · "))
    assert read(page, ".ergebnis", 310, 310) != filled


def test_painting_does_not_wait_and_the_newest_wins(page):
    before = count(page)
    during = page.evaluate("""() => { const canvas = document.querySelector('#live .leinwand');
      canvas.setPointerCapture = () => {};
      const area = canvas.getBoundingClientRect(), at = (type, i) => canvas.dispatchEvent(
        new PointerEvent(type, {pointerId: 1, button: 0, clientX: area.left + 5 + i, clientY: area.top + 80}));
      at('pointerdown', 0); for (let i = 0; i < 200; i++) at('pointermove', i); at('pointerup', 200);
      return Number(document.getElementById('live').dataset.gefuellt); }""")
    assert during == before  # 200 moves in one task, in which no network ran,
    assert n_missing(page) > 50  # and the mask is there
    until(page, lambda: psnr(page) not in ("…", "–"))
    until(page, lambda: psnr(page, "original") not in ("…", "–"))
    assert count(page) - before < 20  # not one fill a move: only the newest mask counts


def test_best_is_marked_and_ties_too(page):
    page.get_by_role("button", name="Mitte").click()
    methods = ("kompakt", "prior", "biharmonisch", "original")
    until(page, lambda: all(psnr(page, name).endswith("dB") for name in methods))
    values = {name: float(psnr(page, name)[:-3].replace(",", ".").replace("−", "-")) for name in methods}
    best = {name for name in methods if values[name] == max(values.values())}
    marked = {n for n in methods if page.locator(f"#live [data-tafel={n}] .marke").inner_text()}
    assert marked == best
    # where all is as its surroundings, everybody is right
    drop(page, "grau.png", "image/png", encode(Image.new("RGB", (32, 32), (90, 90, 90)), "PNG"))
    page.get_by_role("button", name="Quadrat").click()
    until(page, lambda: psnr(page, "biharmonisch") == psnr(page, "kompakt") == "60,0 dB" or psnr(page) != "…")


def test_single_pictures_scatter(page):
    text, mark = page.locator("#live .streuung"), page.locator("#live .streuung .zeiger")
    assert "der 10\u202f000 Testbilder (Quadrat 8×8)" in text.inner_text()
    until(page, lambda: re.search(r"Dieses Bild, dieses Loch: [+−]\d+,\d dB", text.inner_text()))
    assert mark.get_attribute("visibility") == "visible"
    page.get_by_role("button", name="Mitte").click()  # another hole: not among those that were counted
    until(page, lambda: re.search(r"[+−]\d+,\d dB; das Bild darüber zählt nur", text.inner_text()))
    assert mark.get_attribute("visibility") == "hidden"


# ---------------------------------------------------------------- the other views


def test_four_samples_their_steps_and_where_they_differ(page):
    page.get_by_role("button", name="Mitte").click()
    page.evaluate("""() => { const bar = document.querySelector('#live .vier progress');
      window.liveSteps = [];
      new MutationObserver(() => liveSteps.push(bar.value)).observe(bar, {attributes: true}); }""")
    open_view(page, "vorschlaege")
    until(page, lambda: count(page, "vorschlaege") >= 4)
    # each step was to be seen, and the start
    assert page.evaluate("new Set(liveSteps).size") == flow.STEPS + 1
    labels = page.locator("#live .vier figcaption").all_inner_texts()
    assert [re.match(r"Startwert (\d) · ", label).group(1) for label in labels] == ["1", "2", "3", "4"]
    first = [read(page, f".vier figure:nth-child({i}) canvas", 160, 160) for i in (1, 2)]
    assert first[0] != first[1]
    until(page, lambda: "Graustufen" in page.locator("#live .einigkeit").inner_text())
    page.get_by_role("button", name="noch ein Vorschlag").click()
    until(page, lambda: count(page, "vorschlaege") >= 5)
    labels = page.locator("#live .vier figcaption").all_inner_texts()
    assert [re.match(r"Startwert (\d) · ", label).group(1) for label in labels] == ["2", "3", "4", "5"]
    assert read(page, ".vier figure:nth-child(1) canvas", 160, 160) == first[1]


def test_a_seed_gives_the_same_fill(open_page, run):  # noqa: F811
    colours = []
    for _ in range(2):
        page = opened(open_page(run / "bericht.html"))
        open_view(page, "vorschlaege")
        page.get_by_role("button", name="Mitte").click()
        until(page, lambda: "Graustufen" in page.locator("#live .einigkeit").inner_text())  # noqa: B023
        colours.append([read(page, f".vier figure:nth-child({i}) canvas", 150, 170) for i in (1, 2, 3, 4)])
    assert colours[0] == colours[1]


def test_stages_of_the_network(page):
    open_view(page, "schritte")
    until(page, lambda: count(page, "stufen") >= 1)
    names = page.locator("#live .stufen-reihe li span:first-of-type").all_inner_texts()
    steps = [f"{i}. CG" for i in (1, 2, 3, 5, prior_unet.CG_STEPS)]
    assert names == ["Maskiert", "Pull-push", *steps, "Korrektur", "Ergebnis"]
    slider = page.get_by_role("slider", name="Stufe im Netz")
    shown = page.locator("#live .stufen-name")
    slider.fill("7")
    assert shown.inner_text() == "Korrektur"
    slider.fill("8")
    assert shown.inner_text().startswith("Ergebnis · ")
    told = re.search(r"(−?\d+,\d dB), Fehler (\d+,\d)", shown.inner_text())
    assert page.locator("#live .stufen-reihe .zahl").last.inner_text() == told.group(2)
    open_view(page, "fuellen")
    until(page, lambda: psnr(page).endswith("dB"))
    assert psnr(page) == told.group(1)  # the last stage is the fill


def test_hole_size_is_a_slider_with_its_place_on_the_curve(page):
    open_view(page, "groesse")
    slider = page.get_by_role("slider", name="Kantenlänge")
    for edge in (4, 16, 11):
        slider.fill(str(edge))
        assert n_missing(page) == edge**2
        assert page.locator("#live .kante-wert").inner_text() == f"{edge}×{edge}"
    point = page.locator("#live .punkt.original")
    until(page, lambda: point.get_attribute("visibility") == "visible")
    label = page.locator("#live .nebeneinander figcaption").nth(1).inner_text()
    assert re.fullmatch(r"2025 · −?\d+,\d dB", label)
    page.get_by_role("button", name="Rückgängig").click()
    assert n_missing(page) == 16**2


def test_hole_size_gives_the_readers_hole_back(page):
    page.get_by_role("button", name="Leeren").click()
    drag(page, (4, 10), (27, 10))
    painted = n_missing(page)
    open_view(page, "groesse")
    assert n_missing(page) == 8**2
    open_view(page, "fuellen")
    assert n_missing(page) == painted


def test_hole_size_asks_for_a_small_picture(page):
    page.get_by_title("Foto mit Kratzern").click()
    missing = n_missing(page)
    open_view(page, "groesse")
    assert page.get_by_text("bitte eines der kleinen Bilder wählen").is_visible()
    assert not page.locator("#live .nebeneinander").is_visible() and n_missing(page) == missing
    page.locator("#live .auswahl label").last.click()
    assert not page.get_by_text("bitte eines der kleinen Bilder wählen").is_visible()
    assert page.locator("#live .nebeneinander").is_visible() and n_missing(page) == 8**2


@pytest.mark.parametrize("level", ["leicht", "mittel", "schwer"])
def test_game_counts_what_was_told(page, level):
    open_view(page, "spiel")
    page.locator(f"#live input[value={level}]").check(force=True)
    page.get_by_role("button", name="Los").click()
    right = 0
    for n in range(1, 11):
        until(page, lambda: count(page, "paar") == n and page.locator("#live .paar").is_visible())  # noqa: B023
        assert not page.locator("#live .paar :is(.gefuellt, .echt)").count()  # nothing is given away
        page.keyboard.press("1")
        right += page.locator("#live .urteil").inner_text().startswith("Richtig")
        page.locator("#live .weiter").click()
    assert page.locator("#live .ergebnis-zahl").inner_text() == f"{right} von 10 erkannt"
    text = page.locator("#live .ergebnis-text").inner_text()
    assert (
        f"{10 - right}-mal von 10 als echt" in text
        and "Wer rät, erkennt im Mittel 5, und mit 89 % Wahrscheinlichkeit 3 bis 7." in text
    )
    assert {"leicht": "98 %", "mittel": "91 %", "schwer": "58 %"}[level] in text
    page.locator("#live").get_by_role("button", name="Noch einmal").click()
    assert "bleiben in diesem Browser" in page.locator("#live .spiel").inner_text()


def test_section_does_without_what_it_was_not_given(open_page, store, networks, part, tmp_path):  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", store)
        notebook = live_case.make_notebook({"kompakt": networks["kompakt"]}, live_case.choose_pictures(part))
        case.render_page(notebook, tmp_path / "bericht.html")
    page = opened(open_page(tmp_path / "bericht.html"))
    assert page.locator("#live .reiter label:visible").all_inner_texts() == [
        "Füllen",
        "Vorschläge",
        "Schritt für Schritt",
        "Lochgröße",
    ]
    open_view(page, "groesse")
    page.get_by_role("slider", name="Kantenlänge").fill("12")
    assert n_missing(page) == 144


# ---------------------------------------------------------------- the first screen


def test_first_screen_fills_and_can_be_painted_on(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html")
    teaser = page.locator(".teaser")
    until(page, lambda: page.locator(".teaser-stand").inner_text() == "von unserem Netz gefüllt (kompakt)")
    area = page.locator(".teaser-quelle").bounding_box()
    assert area["y"] + area["height"] < 1.35 * WIDE["height"]  # there without much scrolling
    before = int(teaser.get_attribute("data-gefuellt"))
    page.mouse.click(area["x"] + 40, area["y"] + 40)
    until(page, lambda: int(teaser.get_attribute("data-gefuellt")) > before)
    assert not teaser.locator(".einladung").is_visible()
    page.get_by_role("link", name="Echt oder gefüllt?").click()
    assert page.locator("#live").get_attribute("data-ansicht") == "spiel"
    assert page.evaluate("document.activeElement.className") == "los haupt"


def test_first_screen_is_a_slider_too(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html", reduced_motion="reduce")
    until(page, lambda: page.locator(".teaser-stand").inner_text() == "von unserem Netz gefüllt (kompakt)")
    slider = page.get_by_role("slider", name="Das Loch von links wieder aufdecken")
    assert slider.input_value() == "0" and slider.get_attribute("aria-valuetext") == "ganz gefüllt"
    filled = teaser_pixels(page)
    area = page.locator(".teaser-ergebnis").bounding_box()
    middle = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + 15, middle)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.75 * area["width"], middle, steps=4)
    page.mouse.up()
    assert 74 <= int(slider.input_value()) <= 76  # the line is where the pointer is
    grip = page.locator(".teaser .griff").bounding_box()
    assert abs(grip["x"] + grip["width"] / 2 - area["x"] - 0.75 * area["width"]) < 6
    assert teaser_pixels(page) != filled
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert (
        slider.get_attribute("aria-valuetext")
        == f"links {slider.input_value()} Prozent mit Loch, rechts gefüllt"
    )
    page.keyboard.press("Home")
    assert slider.input_value() == "0" and teaser_pixels(page) == filled


def test_first_screen_is_dragged_by_touch(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html", NARROW, has_touch=True, is_mobile=True)
    until(page, lambda: page.locator(".teaser").is_visible())
    canvas = page.locator(".teaser-ergebnis")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    touch = page.context.new_cdp_session(page)
    for kind, share in (("Start", 0.1), ("Move", 0.3), ("Move", 0.6), ("End", None)):
        points = [{"x": area["x"] + share * area["width"], "y": area["y"] + 40}] if share else []
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    until(page, lambda: 58 <= int(page.locator(".teaser-grenze").input_value()) <= 62)


def teaser_pixels(page) -> str:
    return page.locator(".teaser-ergebnis").evaluate("canvas => canvas.toDataURL()")


def test_reduced_motion_shows_the_end(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html", reduced_motion="reduce")
    told = page.locator(".teaser-stand")
    until(page, lambda: told.inner_text() != "")
    assert told.inner_text() == "von unserem Netz gefüllt (kompakt)"


# ---------------------------------------------------------------- pictures


def drop(page, name: str, kind: str, content: bytes) -> None:
    transfer = page.evaluate_handle(
        """([name, type, text]) => { const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
        transfer.items.add(new File([bytes], name, {type})); return transfer; }""",
        [name, kind, base64.b64encode(content).decode()],
    )
    page.dispatch_event("#live", "drop", {"dataTransfer": transfer})
    message = page.locator("#live .meldung")
    until(page, lambda: not re.search("^$|gelesen …", message.inner_text()), 90)


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    return image.convert(mode)


def is_red(colour) -> bool:
    return colour[0] > 150 and colour[2] < 80


def is_blue(colour) -> bool:
    return colour[2] > 120 and colour[0] < 110


@pytest.mark.parametrize(
    "name, kind, size, becomes",
    [
        ("klein.png", "PNG", (32, 32), "hat 32×32 Pixel"),
        ("foto.jpg", "JPEG", (300, 200), "ist von 300×200 auf 256×171 Pixel verkleinert"),
        ("hoch.png", "PNG", (100, 200), "hat 100×200 Pixel"),
        ("riesig.png", "PNG", (8000, 5000), "ist von 8000×5000 auf 256×160 Pixel verkleinert"),
    ],
    ids=["png", "jpeg", "upright", "40 megapixels"],
)
def test_own_picture_stays_as_large_as_it_can(page, name, kind, size, becomes):
    drop(page, name, f"image/{kind.lower()}", encode(halves(*size), kind))
    assert f"„{name}“ {becomes}" in page.locator("#live .meldung").inner_text()
    assert "bleibt in diesem Browser" in page.locator("#live .meldung").inner_text()
    assert is_red(pixel(page, 12, 16)) and is_blue(pixel(page, 19, 16))
    assert page.get_by_role("radio", name="eigenes Bild").is_checked()
    page.get_by_role("button", name="Quadrat").click()
    until(page, lambda: psnr(page) == "gefüllt", 120)  # nobody knows what was below: no decibels
    assert page.locator("#live [data-tafel=wahr] .name").inner_text() == "Ihr Bild"


def test_transparency_becomes_white(page):
    drop(page, "leer.png", "image/png", encode(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))
    assert pixel(page, 5, 5) == [255, 255, 255]


def test_exif_rotation_is_followed(page):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it turned by 90° clockwise
    drop(page, "quer.jpg", "image/jpeg", encode(halves(64, 40), "JPEG", exif=exif, quality=95))
    assert "hat 40×64 Pixel" in page.locator("#live .meldung").inner_text()
    assert is_red(pixel(page, 16, 4)) and is_blue(pixel(page, 16, 27))


def test_cmyk_is_read(page):
    drop(page, "druck.jpg", "image/jpeg", encode(halves(64, 64, "CMYK"), "JPEG", quality=95))
    assert is_red(pixel(page, 4, 16)) and is_blue(pixel(page, 27, 16))


def test_animated_gif_gives_its_first_frame(page):
    first, second = Image.new("RGB", (64, 64), "#c81414"), Image.new("RGB", (64, 64), "#1414c8")
    drop(page, "film.gif", "image/gif", encode(first, "GIF", save_all=True, append_images=[second]))
    assert is_red(pixel(page, 16, 16))
    assert "dient das erste" in page.locator("#live .meldung").inner_text()


@pytest.mark.parametrize(
    "content, what",
    [
        (b"", "lässt sich nicht als Bild lesen. Erlaubt sind PNG"),
        (b"kein Bild", "lässt sich nicht als Bild lesen. Erlaubt sind PNG"),
        (encode(halves(50, 50), "PNG")[:60], "lässt sich nicht als Bild lesen. Erlaubt sind PNG"),
        (encode(halves(1, 1), "PNG"), "hat 1×1 Pixel und ist damit zu klein. Verlangt sind mindestens 16"),
        (
            encode(halves(4000, 90), "PNG"),
            "hat 4000×90 Pixel, verkleinert 256×6, und ist damit zu klein. Verlangt sind",
        ),
    ],
    ids=["empty", "text", "cut", "one pixel", "strip"],
)
def test_bad_file_is_told_and_changes_nothing(page, content, what):
    before, missing = pixel(page, 3, 3), n_missing(page)
    drop(page, "kaputt.png", "image/png", content)
    assert f"„kaputt.png“ {what}" in page.locator("#live .meldung").inner_text()
    assert pixel(page, 3, 3) == before and n_missing(page) == missing
    page.get_by_role("button", name="Quadrat").click()
    assert n_missing(page) == 64


def test_chosen_file(page):
    page.locator("#live input[type=file]").set_input_files(
        {"name": "ich.png", "mimeType": "image/png", "buffer": encode(halves(64, 64), "PNG")}
    )
    page.get_by_role("radio", name="eigenes Bild").wait_for()
    assert is_red(pixel(page, 3, 3))


# ---------------------------------------------------------------- photographs


def test_scratch_goes_where_one_paints_and_the_rest_follows(page):
    page.get_by_title("Foto mit Kratzern").click()
    assert "NASA" in page.locator("#live .meldung").inner_text()
    assert n_missing(page) > 1000  # the scratches, at once
    until(page, lambda: float(psnr(page)[:-3].replace(",", ".") if "dB" in psnr(page) else 0) > 5, 120)
    assert psnr(page, "original") == "noch nicht gerechnet"
    page.get_by_role("button", name="Leeren").click()
    for start in (100, 180):  # the first stroke, and one more
        before = count(page)

        def wait_for_region():
            wait_for_fill(page, before)  # noqa: B023
            assert page.locator("#live .fortschritt").is_hidden()

        drag(page, (start, 100), (start + 10, 104), 256, before_release=wait_for_region)
        before = count(page)
        until(page, lambda: count(page) > before, 120)  # the whole, when the stroke is done  # noqa: B023
    page.get_by_role("button", name="Schriftzug").click()
    written = n_missing(page)
    page.get_by_role("button", name="Alle Kratzer").click()
    assert n_missing(page) == written > 1000  # writing does not leave the scratches


def test_samples_of_a_photograph_show_the_part_around_the_hole(page):
    page.get_by_title("Foto mit Kratzern").click()
    page.get_by_role("button", name="Leeren").click()
    open_view(page, "vorschlaege")
    told = page.locator("#live .hinweis-vorschlag")
    assert told.inner_text() == "Bitte links ein Loch malen."
    drag(page, (100, 100), (110, 104), 256)
    assert told.inner_text() == "Gezeigt ist der Ausschnitt von 64×64 Pixeln um das Loch."
    until(page, lambda: "Graustufen" in page.locator("#live .einigkeit").inner_text(), 120)
    filled = [read(page, f".vier figure:nth-child({i}) canvas", 160, 160) for i in (1, 2)]
    assert filled[0] != filled[1]
    before = count(page, "vorschlaege")
    page.get_by_role("button", name="Alle Kratzer").click()  # all over the photograph
    assert told.inner_text() == ""
    until(page, lambda: count(page, "vorschlaege") > before, 120)


def test_progress_is_shown_and_a_stroke_stops_the_work(page):
    page.evaluate("""() => { const cell = document.querySelector('#live [data-tafel=kompakt] .wert');
      window.seenTexts = [];
      new MutationObserver(() => seenTexts.push(cell.textContent))
        .observe(cell, {childList: true, characterData: true, subtree: true}); }""")
    page.get_by_title("Foto mit Kratzern").click()
    # a fast computer is done between two looks: what was shown is recorded
    until(page, lambda: "%" in page.evaluate("seenTexts.join()"), 120)
    before = count(page)
    drag(page, (50, 50), (60, 60), 256)  # while the last is still computed
    wait_for_fill(page, before)
    until(page, lambda: psnr(page).endswith("dB") and page.locator("#live .fortschritt").is_hidden(), 120)


# ---------------------------------------------------------------- the page around it


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_in_any_state(open_page, run, viewport, scheme):  # noqa: F811
    page = opened(open_page(run / "bericht.html", viewport, color_scheme=scheme, reduced_motion="reduce"))
    assert violations(page) == "[]"
    for view, done in (("vorschlaege", "vorschlaege"), ("schritte", "stufen"), ("groesse", "gefuellt")):
        before = count(page, done)
        open_view(page, view)
        until(page, lambda: count(page, done) > before)  # noqa: B023
        assert violations(page) == "[]", view
    open_view(page, "spiel")
    assert violations(page) == "[]", "the game's beginning"
    page.get_by_role("button", name="Los").click()
    until(page, lambda: count(page, "paar") == 1)
    assert violations(page) == "[]", "a pair"
    page.keyboard.press("1")
    assert violations(page) == "[]", "an answer"
    open_view(page, "fuellen")
    drop(page, "kaputt.png", "image/png", b"")
    assert violations(page) == "[]", "an error"


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_the_screen(open_page, run, width):  # noqa: F811
    page = opened(open_page(run / "bericht.html", {"width": width, "height": 800}))
    for view in ("fuellen", "vorschlaege", "schritte", "groesse", "spiel"):
        open_view(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_figure_stands_in_without_javascript(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html", java_script_enabled=False)
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()


def test_figure_stands_in_without_vector_instructions(browser, run):  # noqa: F811
    page = browser.new_page()
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto((run / "bericht.html").as_uri())
    assert "SIMD" in page.locator("#abb-live .live-meldung").inner_text()
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()
    page.close()


def test_figure_stands_in_without_a_worker(browser, run):  # noqa: F811
    page = browser.new_page()
    page.add_init_script("""window.Worker = class { constructor() { setTimeout(() => this.onerror(new Event("error"))); }
      postMessage() {} }""")
    page.goto((run / "bericht.html").as_uri())
    assert "nicht im Hintergrund rechnen" in page.locator("#abb-live .live-meldung").inner_text()
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible() and not page.locator(".teaser").is_visible()
    page.close()


def test_policy_forbids_connections(browser, run):  # noqa: F811
    page = browser.new_page()
    page.goto((run / "bericht.html").as_uri())
    refused = page.evaluate("fetch('data:text/plain,x').then(() => 'open', () => 'refused')")
    page.close()
    assert refused == "refused"


def test_page_stays_small():
    pages = list(config.RESULTS.glob("*/bericht.html"))
    if not pages:
        pytest.skip("there is no rendered report in results/")
    assert all(path.stat().st_size <= 12e6 for path in pages)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["fuellen", "vorschlaege", "schritte", "groesse", "spiel"])
def test_slide_fits_and_keeps_its_keys(open_page, run, view, scheme):  # noqa: F811
    page = test_browser.open_slides(open_page, run, color_scheme=scheme)
    page.evaluate("Reveal.slide(2)")
    opened(page)
    open_view(page, view)
    if view == "spiel":
        page.get_by_role("button", name="Los").click()
        until(page, lambda: count(page, "paar") == 1)
    over = page.evaluate("""() => { const f = Reveal.getCurrentSlide().getBoundingClientRect();
      return [...document.querySelectorAll('#live :is(canvas, button, input, p, svg)')].filter(e => {
        const b = e.getBoundingClientRect(), isHidden = getComputedStyle(e).clipPath !== 'none';
        return b.width && !isHidden && (b.bottom > f.bottom || b.right > f.right || b.top < f.top); })
        .map(e => e.className + e.tagName + e.textContent.slice(0, 20)); }""")
    assert over == []
    assert violations(page) == "[]"
    ours = page.locator("#live .kurve.kompakt").evaluate("e => getComputedStyle(e).color")
    assert ours == "rgb(0, 114, 178)"  # slides are light, whatever the reader prefers
    if view != "spiel":
        page.locator("#live .leinwand").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices().h") == 3
