"""The live section in Firefox: it runs, and is equal to Keras."""

import live_case
import numpy as np
import pytest
from firefox import find_firefox, start_firefox
from PIL import Image

from inpainting import masks
from inpainting.data import to_float
from inpainting.live import program as live
from inpainting.networks import fill, flow, load_model

pytestmark = pytest.mark.browser

TURNED = Image.Exif()
TURNED[0x0112] = 6  # the camera was turned by 90°


@pytest.fixture(scope="module")
def window(live_run):
    if find_firefox() is None:
        pytest.skip("Firefox is not installed: apt-get install firefox-esr")
    with start_firefox() as firefox:
        firefox.open((live_run / "bericht.html").as_uri())
        firefox.until("document.querySelector('#live[data-gefuellt]')")
        yield firefox


def evaluate(firefox):
    """As Playwright's: run a function in the page, wait for what it promises."""
    script = "const [about, done] = arguments; ({})(about).then(done, error => done(String(error)));"
    return lambda function, about: firefox.run_async(script.replace("{}", function), about)


@pytest.mark.parametrize("name", ["original", "kompakt"])
def test_equal_to_keras(window, live_networks, live_store, part, name):
    images = np.tile(part.images[:1], (len(masks.SUITES), 1, 1, 1))
    holes = np.concatenate([masks.suite_masks(s, 1, "test") for s in masks.SUITES])
    expected = fill(load_model(live.find_network(**live_networks[name], store=live_store)), images, holes)
    expected = np.where(holes > 0, expected.clip(0, 1), to_float(images))
    assert np.abs(live_case.fill_in(evaluate(window), name, images, holes) - expected).max() <= 1 / 255


def test_sample_is_equal_to_keras(window, live_networks, live_store, part):
    model = load_model(live.find_network(**live_networks["kompakt"], store=live_store))
    images, holes = part.images[:1], masks.suite_masks("mitte16", 1)
    noise = np.random.default_rng(8).standard_normal(images.shape, np.float32)
    expected = flow.sample(model, images, holes, noise=noise)
    found = live_case.fill_in(evaluate(window), "kompakt", images, holes, noise)
    assert np.abs(found - expected).max() <= 1 / 255


def test_a_hole_is_filled_and_scored(window):
    window.run("document.querySelector('#live [data-maske=mitte16]').click()")
    window.until(
        "/^-?\\d+,\\d dB$/.test(document.querySelector('#live [data-tafel=kompakt] .wert').textContent)"
    )
    assert (
        window.run("return document.querySelector('#live .stand').textContent")
        == "256 von 1024 Pixeln fehlen"
    )


def test_every_view_opens(window):
    window.run("document.querySelector('#live input[value=vorschlaege]').click()")
    window.until("Number(document.querySelector('#live').dataset.vorschlaege) >= 4", 120)
    window.run("document.querySelector('#live input[value=schritte]').click()")
    window.until("Number(document.querySelector('#live').dataset.stufen) >= 1")
    window.run("document.querySelector('#live input[value=spiel]').click()")
    window.run("document.querySelector('#live .los').click()")
    window.until("document.querySelector('#live').dataset.paar === '1'")


def test_first_screen_is_filled(window):
    window.until(
        "document.querySelector('.teaser-stand').textContent === 'von unserem kleinen Netz „kompakt“ gefüllt'"
    )


@pytest.mark.parametrize(
    "name, image, options, told",
    [
        ("leer.png", None, {}, "lässt sich nicht als Bild lesen. Erlaubt sind PNG"),
        ("punkt.png", Image.new("RGB", (1, 1)), {}, "hat 1×1 Pixel und ist damit zu klein"),
        ("klar.png", Image.new("RGBA", (40, 40), (0, 0, 0, 0)), {}, "hat 40×40 Pixel"),
        ("druck.jpg", Image.new("CMYK", (64, 48), (0, 200, 200, 0)), {}, "hat 64×48 Pixel"),
        ("quer.jpg", Image.new("RGB", (64, 40)), {"exif": TURNED}, "hat 40×64 Pixel"),
        ("film.gif", Image.new("P", (40, 40)), {"save_all": True}, "dient das erste"),
        ("riesig.png", Image.new("L", (8000, 5000)), {}, "von 8000×5000 auf 256×160 Pixel verkleinert"),
    ],
    ids=["empty", "one pixel", "transparent", "cmyk", "turned", "animated", "40 megapixels"],
)
def test_files_are_read_as_in_chromium(window, tmp_path, name, image, options, told):
    path = tmp_path / name
    if image is None:
        path.write_bytes(b"")
    else:
        image.save(path, **options)
    window.upload("#live input[type=file]", path)
    message = "document.querySelector('#live .meldung').textContent"
    window.until(f"{message}.startsWith('„{name}“') && !{message}.includes('gelesen')")
    assert told in window.run(f"return {message}")
