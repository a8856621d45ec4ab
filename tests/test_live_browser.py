"""The live section in Chromium: equal to Keras, painted on by pointer and keyboard, fed with files."""

import base64
import io
import json
import re
import time

import live_case
import numpy as np
import pytest
import test_browser
from PIL import Image
from test_browser import NARROW, WIDE, browser, open_page, violations  # noqa: F401

from inpainting import classical, config, data, masks, models
from inpainting.report import html, live, slides

pytestmark = pytest.mark.browser

N_IMAGES = 100

RUN_NETWORK = """({name, images, masks}) => {
  const decode = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const pixels = decode(images), holes = decode(masks), n = holes.length / 1024;
  const {networks, kernel} = JSON.parse(document.getElementById("live-daten").textContent);
  const engine = liveEngine();
  const run = name in networks ? engine.loadNetwork(networks[name], kernel)
    : ({image, mask}) => engine.fillBiharmonic(image, mask, 32);
  const outputs = new Float32Array(n * 3072);
  for (let k = 0; k < n; k++) {
    const image = Float32Array.from(pixels.subarray(3072 * k, 3072 * k + 3072), v => v / 255);
    const mask = Float32Array.from(holes.subarray(1024 * k, 1024 * k + 1024));
    const masked_image = image.map((v, i) => mask[Math.floor(i / 3)] ? 0 : v);
    outputs.set(run({image, mask, masked_image}), 3072 * k);
  }
  const bytes = new Uint8Array(outputs.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768)
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def part():
    return data.load_dataset(config.SAMPLE, log=str).test


@pytest.fixture(scope="module")
def reference():
    """The networks of the committed run, if it has both; else None."""
    try:
        about = json.loads((config.RESULTS / "standard" / "run.json").read_text("utf-8"))["models"]
        found = {
            name: {"entry": about[name]["entry"], "sha256": about[name]["model_sha256"]}
            for name in ("original", "kompakt")
        }
        for origin in found.values():
            live.find_network(**origin)
        return found
    except (OSError, KeyError, live.ReportError):
        return None


@pytest.fixture(scope="module")
def store(reference, tmp_path_factory):
    return config.MODELS if reference else tmp_path_factory.mktemp("modelle")


@pytest.fixture(scope="module")
def networks(reference, store):
    return reference or live_case.fill_store(store)


@pytest.fixture(scope="module")
def run(networks, store, part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lauf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "MODELS", store)
        notebook = live_case.make_notebook(networks, live_case.choose_pictures(part))
        html.render_html(notebook, folder / "bericht.html")
        slides.render_slides(notebook, folder / "folien.html")
    return folder


@pytest.fixture
def page(open_page, run):  # noqa: F811
    return opened(open_page(run / "bericht.html"))


def opened(page):
    page.wait_for_selector("#live[data-gefuellt]", timeout=30_000)
    return page


def count(page) -> int:
    return int(page.locator("#live").get_attribute("data-gefuellt"))


def until(page, is_true, seconds: float = 30) -> None:
    """Wait for a condition; the page's policy forbids that Playwright asks inside the page."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "nothing happened"
        page.wait_for_timeout(50)


def wait_for_fill(page, before: int) -> None:
    until(page, lambda: count(page) > before)


def n_missing(page) -> int:
    return int(page.locator("#live .stand").inner_text().split()[0])


def psnr(page, method: str = "kompakt") -> str:
    return page.locator(f"#live [data-tafel={method}] .wert").inner_text()


def pixel(page, x: int, y: int, panel: str = "wahr") -> list[int]:
    """Colour of a pixel of the 32×32 picture, as a panel shows it."""
    return read(page, f"[data-tafel={panel}] canvas", 8 * x + 4, 8 * y + 4)


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["original", "kompakt"])
def test_equal_to_keras(page, networks, store, part, name):
    images = np.tile(part.images[:N_IMAGES], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, N_IMAGES, "test") for s in masks.SUITES])
    expected = live.fill(models.load_model(live.find_network(**networks[name], store=store)), images, holes)
    assert np.abs(run_in_page(page, name, images, holes) - expected).max() <= 1 / 255


def test_biharmonic_is_that_of_the_report(page, part):
    images = np.tile(part.images[:5], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 5, "test") for s in masks.SUITES])
    expected = classical.fill_biharmonic(models.to_float(images), holes)
    assert np.abs(run_in_page(page, "biharmonisch", images, holes) - expected).max() < 1e-4


def test_browsers_without_base64_of_their_own_decode_the_same(page, part):
    images, holes = part.images[:3], masks.suite_masks("mitte16", 3, "test")
    expected = run_in_page(page, "original", images, holes)
    page.evaluate("delete Uint8Array.fromBase64")
    assert np.array_equal(run_in_page(page, "original", images, holes), expected)


def run_in_page(page, name, images, holes):
    encode = {"images": images, "masks": holes}
    given = {key: base64.b64encode(array.tobytes()).decode() for key, array in encode.items()}
    outputs = page.evaluate(RUN_NETWORK, given | {"name": name})
    return np.frombuffer(base64.b64decode(outputs), "<f4").reshape(images.shape)


# ---------------------------------------------------------------- painting


def drag(page, start, end):
    """Press at one place of the canvas, release at another; both in pixels of the picture."""
    canvas = page.locator("#live .leinwand")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    step = area["width"] / 32
    points = [(area["x"] + (x + 0.5) * step, area["y"] + (y + 0.5) * step) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=5)
    page.mouse.up()


def test_brush_rectangle_eraser_and_undo(page):
    page.get_by_role("button", name="Leeren").click()
    assert n_missing(page) == 0 and psnr(page) == "–"
    drag(page, (4, 10), (27, 10))
    assert n_missing(page) == 26 * 3  # a brush of three pixels
    wait_for_fill(page, 1)
    assert re.fullmatch(r"-?\d+,\d dB", psnr(page))
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (2, 20), (5, 24))
    assert n_missing(page) == 26 * 3 + 20
    page.get_by_role("radio", name="Radierer").check()
    drag(page, (2, 20), (2, 24))
    erased = n_missing(page)
    assert erased < 26 * 3 + 20 - 9
    page.get_by_role("button", name="Rückgängig").click()
    assert n_missing(page) == 26 * 3 + 20


def test_fill_follows_the_mask(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15))
    masked, filled = pixel(page, 15, 15, "maskiert"), pixel(page, 15, 15, "kompakt")
    assert masked != filled and max(masked) < 140
    assert pixel(page, 2, 2, "kompakt") == pixel(page, 2, 2)  # known pixels stay


def test_full_mask_is_refused(page):
    page.get_by_role("radio", name="Rechteck").check()
    drag(page, (0, 0), (31, 31))
    assert n_missing(page) == 1024
    assert "Kein Pixel ist bekannt" in page.locator("#live .meldung").inner_text()
    assert psnr(page) == "–"


@pytest.mark.parametrize(
    "button, low, high",
    [("Quadrat", 64, 64), ("Mitte", 256, 256), ("Linien", 1, 500), ("Freiform", 103, 425),
     ("Pixel", 430, 600), ("Hälfte", 512, 512)],
)  # fmt: skip
def test_suites_cover_what_they_promise(page, button, low, high):
    for _ in range(5):
        page.get_by_role("button", name=button, exact=True).click()
        assert low <= n_missing(page) <= high


def test_keyboard_alone(page):
    page.get_by_role("radio", name="bestes").focus()
    while page.evaluate("document.activeElement.className") != "leinwand":
        page.keyboard.press("Tab")
    page.keyboard.press("r")
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    before = n_missing(page)
    assert "Zeile 18, Spalte 19" in page.locator("#live .ansage").inner_text()
    page.keyboard.press("Space")
    assert before <= n_missing(page) <= before + 6 and n_missing(page) >= 6
    page.keyboard.press("z")
    assert n_missing(page) == before
    for key in ("b", "+", "+", "Home", "Enter"):
        page.keyboard.press(key)
    assert page.locator("#live .groesse").input_value() == "5"
    spoken = page.locator("#live .ansage")
    until(page, lambda: re.search(r"PSNR im Loch: .*Unser Netz .* Dezibel", spoken.inner_text()))


def test_nothing_is_said_of_the_picture_before(page):
    spoken = page.locator("#live .ansage")
    until(page, lambda: "PSNR im Loch" in spoken.inner_text())
    before, said = count(page), spoken.inner_text()
    page.clock.install()
    page.clock.pause_at(time.time() + 60)  # nothing is spoken unless the test turns the clock
    page.get_by_role("button", name="Quadrat").click()
    wait_for_fill(page, before)
    page.wait_for_timeout(200)  # the last method's fill
    page.evaluate("Worker.prototype.postMessage = () => {}")  # the next picture stays unfilled
    page.get_by_role("radio", name="mittleres").click()
    page.clock.run_for(5_000)
    assert spoken.inner_text() == said


def test_touch_paints_and_does_not_scroll(open_page, run):  # noqa: F811
    page = opened(open_page(run / "bericht.html", NARROW, has_touch=True, is_mobile=True))
    page.locator("#live .leeren").tap()
    page.locator("#live .leinwand").tap(position={"x": 100, "y": 100})
    assert n_missing(page) == 9
    assert page.locator("#live .leinwand").evaluate("e => getComputedStyle(e).touchAction") == "none"


def test_slider_moves_the_border(page):
    page.get_by_role("button", name="Mitte").click()
    until(page, lambda: pixel(page, 15, 15, "kompakt") != pixel(page, 15, 15))
    slider = page.get_by_role("slider", name="Grenze")
    slider.fill("0")
    filled = read(page, ".vergleich canvas", 310, 310)
    slider.fill("100")
    assert read(page, ".vergleich canvas", 310, 310) != filled
    assert slider.get_attribute("aria-valuetext").startswith("links 100 Prozent maskiert")
    slider.fill("0")
    page.get_by_role("button", name="Biharmonisch").click()
    assert page.locator("#live .gezeigt").inner_text() == "gefüllt: Biharmonisch"
    assert read(page, ".vergleich canvas", 310, 310) != filled


def test_painting_does_not_wait_for_the_networks(page):
    before = count(page)
    during = page.evaluate("""() => { const canvas = document.querySelector('#live .leinwand');
      canvas.setPointerCapture = () => {};
      const area = canvas.getBoundingClientRect(), at = (type, i) => canvas.dispatchEvent(
        new PointerEvent(type, {pointerId: 1, button: 0, clientX: area.left + 5 + i, clientY: area.top + 80}));
      at('pointerdown', 0); for (let i = 0; i < 200; i++) at('pointermove', i); at('pointerup', 200);
      return [Number(document.getElementById('live').dataset.gefuellt), parseInt(document.querySelector('#live .stand').textContent)]; }""")
    assert during[0] == before  # 200 moves in one task, in which no network ran,
    assert during[1] > 50  # and the mask is there
    wait_for_fill(page, before)
    until(page, lambda: page.locator("#live .ansage").inner_text().startswith(f"{during[1]} von"))
    assert count(page) - before < 20  # not one fill a move: only the newest mask counts


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
    until(page, lambda: not re.search("^$|gelesen …", message.inner_text()), 60)


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(width: int, height: int) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), (200, 20, 20))
    image.paste((20, 20, 200), (width // 2, 0, width, height))
    return image


def is_red(colour) -> bool:
    return colour[0] > 170 and colour[2] < 60


def is_blue(colour) -> bool:
    return colour[2] > 170 and colour[0] < 60


@pytest.mark.parametrize(
    "name, kind, size",
    [("klein.png", "PNG", (32, 32)), ("foto.jpg", "JPEG", (300, 200)), ("hoch.png", "PNG", (1, 90)),
     ("riesig.png", "PNG", (8000, 5000))],
    ids=["png", "jpeg", "strip", "40 megapixels"],
)  # fmt: skip
def test_dropped_picture_is_reduced(page, name, kind, size):
    before = count(page)
    drop(page, name, f"image/{kind.lower()}", encode(halves(*size), kind))
    message = page.locator("#live .meldung").inner_text()
    assert f"„{name}“ ({size[0]}×{size[1]} Pixel) ist auf 32×32" in message
    if size[0] > 1:
        assert is_red(pixel(page, 3, 16)) and is_blue(pixel(page, 28, 16))
    wait_for_fill(page, before)
    assert page.get_by_role("radio", name="eigenes Bild").is_checked()


def test_transparency_becomes_white(page):
    drop(page, "leer.png", "image/png", encode(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))
    assert pixel(page, 5, 5) == [255, 255, 255]


def test_animated_gif_gives_its_first_frame(page):
    first, second = Image.new("RGB", (64, 48), "#c81414"), Image.new("RGB", (64, 48), "#1414c8")
    drop(page, "film.gif", "image/gif", encode(first, "GIF", save_all=True, append_images=[second]))
    assert is_red(pixel(page, 16, 16))
    assert "dient das erste Bild" in page.locator("#live .meldung").inner_text()


@pytest.mark.parametrize("content", [b"", b"kein Bild", encode(halves(50, 50), "PNG")[:60]])
def test_broken_file_is_told_and_changes_nothing(page, content):
    before = pixel(page, 3, 3)
    drop(page, "kaputt.png", "image/png", content)
    message = page.locator("#live .meldung")
    assert "„kaputt.png“ lässt sich nicht als Bild lesen. Erlaubt sind PNG" in message.inner_text()
    assert pixel(page, 3, 3) == before
    page.get_by_role("button", name="Quadrat").click()
    assert n_missing(page) == 64


def test_chosen_file(page):
    page.locator("#live input[type=file]").set_input_files(
        {"name": "ich.png", "mimeType": "image/png", "buffer": encode(halves(64, 64), "PNG")}
    )
    page.get_by_role("radio", name="eigenes Bild").wait_for()
    assert is_red(pixel(page, 3, 3))


# ---------------------------------------------------------------- the page around it


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(open_page, run, viewport, scheme):  # noqa: F811
    page = opened(open_page(run / "bericht.html", viewport, color_scheme=scheme))
    assert violations(page) == "[]"


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_the_screen(open_page, run, width):  # noqa: F811
    page = opened(open_page(run / "bericht.html", {"width": width, "height": 800}))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_figure_stands_in_without_javascript(open_page, run):  # noqa: F811
    page = open_page(run / "bericht.html", java_script_enabled=False)
    assert page.locator("#abb-live .standbild img").is_visible()
    assert not page.locator("#live").is_visible()


def test_policy_forbids_connections(browser, run):  # noqa: F811
    page = browser.new_page()
    page.goto((run / "bericht.html").as_uri())
    refused = page.evaluate("fetch('data:text/plain,x').then(() => 'open', () => 'refused')")
    page.close()
    assert refused == "refused"


def test_section_adds_little(run):
    assert (run / "bericht.html").stat().st_size < 6_000_000


def test_slide_fits_and_keeps_its_keys(open_page, run):  # noqa: F811
    page = test_browser.open_slides(open_page, run)
    page.evaluate("Reveal.slide(2)")
    opened(page)
    over = page.evaluate("""() => { const f = Reveal.getCurrentSlide().getBoundingClientRect();
      return [...document.querySelectorAll('#live :is(canvas, button, input, .wert, .zeit)')].filter(e => {
        const b = e.getBoundingClientRect();
        return b.width && (b.bottom > f.bottom || b.right > f.right); }).length; }""")
    assert over == 0
    assert violations(page) == "[]"
    page.locator("#live .leinwand").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices().h") == 3
