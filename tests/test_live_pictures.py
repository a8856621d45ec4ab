"""The live section fed with files of every kind, good and bad, and with a photograph."""

import pytest
from browser_case import until
from live_page import count, drag, drop, encode, n_missing, open_view, pixel, psnr, read, wait_for_fill
from PIL import Image

pytestmark = pytest.mark.browser


# ---------------------------------------------------------------- pictures


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
        fills = [count(page)]

        def wait_for_region():
            wait_for_fill(page, fills[-1])  # noqa: B023
            assert page.locator("#live .fortschritt").is_hidden()
            fills.append(count(page))  # noqa: B023

        drag(page, (start, 100), (start + 10, 104), 256, before_release=wait_for_region)
        until(page, lambda: count(page) > fills[-1], 120)  # the whole, when the stroke is done  # noqa: B023
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
