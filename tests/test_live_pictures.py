"""The live section fed with files of every kind, good and bad, and with a photograph."""

import re

import pytest
from browser_case import until
from live_page import (
    count,
    drag,
    drop,
    encode,
    n_missing,
    open_view,
    pixel,
    press,
    psnr,
    read,
    release,
    wait_for_fill,
)
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
    assert psnr(page, "original") == "antippen: rechnen"
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


def test_one_sample_of_a_whole_photograph_and_others_on_demand(page):
    page.evaluate("""() => { const told = document.querySelector('#live .hinweis-vorschlag');
      window.seenTexts = [];
      new MutationObserver(() => seenTexts.push(told.textContent)).observe(told, {childList: true}); }""")
    page.get_by_title("Foto mit Kratzern").click()
    open_view(page, "vorschlaege")
    told, stop = page.locator("#live .hinweis-vorschlag"), page.get_by_role("button", name="Anhalten")
    until(page, lambda: re.match(r"Vorschlag 1 wird gerechnet: \d+ %", told.inner_text()))
    labels = page.locator("#live .vier figcaption")
    assert all(text.endswith(" · offen") for text in labels.all_inner_texts()[1:])
    assert not page.locator("#live .vergleich-vorschlaege").is_visible()
    stop.click()
    assert told.inner_text() == "Angehalten." and not stop.is_visible()
    assert labels.first.inner_text() == "Startwert 1 · offen"
    more = page.get_by_role("button", name="noch ein Vorschlag")
    assert more.evaluate("e => e === document.activeElement")
    for n in (1, 2):
        more.click()
        until(page, lambda: told.inner_text() == "" and not stop.is_visible(), 120)
        assert count(page, "vorschlaege") == n
        texts = labels.all_inner_texts()
        assert all(re.fullmatch(r"Startwert \d · −?\d+,\d dB", text) for text in texts[:n])
        assert all(text.endswith(" · offen") for text in texts[n:])
    assert re.search(r"\d+ %, noch etwa \d+ (s|min)\.", page.evaluate("seenTexts.join()"))


def differing(page) -> list[int]:
    """Where the large fill differs from the masked picture: left, top, right, bottom in pixels of the photograph."""
    return page.evaluate("""() => { const [one, other] = ['.leinwand', '.ergebnis'].map(name => {
        const copy = new OffscreenCanvas(640, 640).getContext('2d');
        copy.drawImage(document.querySelector('#live ' + name), 0, 0);
        return copy.getImageData(0, 0, 640, 640).data; });
      const at = [640, 640, -1, -1];
      for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) {
        const x = (i >> 2) % 640, y = Math.floor((i >> 2) / 640);
        at[0] = Math.min(at[0], x); at[1] = Math.min(at[1], y); at[2] = Math.max(at[2], x); at[3] = Math.max(at[3], y); }
      return at.map(value => value / 2.5); }""")


def test_part_of_a_fill_is_no_result(page):
    page.get_by_title("Foto mit Kratzern").click()
    until(page, lambda: psnr(page).endswith("dB"), 120)
    fills = count(page)
    # the whole is not there yet, and is not asked for until the release
    press(page, (50, 50), (60, 60), after="[data-tafel=original] button")
    until(page, lambda: differing(page)[2] > 0)
    left, top, right, bottom = differing(page)
    assert min(left, top) >= 14 and max(right, bottom) <= 98  # elsewhere hatched as in the mask
    title, tile = page.locator("#live .gezeigt"), page.locator("#live [data-tafel=original]")
    assert title.inner_text() == "Netz von 2025 · wird gerechnet …"
    assert psnr(page, "original") == "wird gerechnet …" and tile.locator(".marke").inner_text() == ""
    assert "2025" not in page.locator("#live .ansage").inner_text()
    release(page)
    until(page, lambda: psnr(page, "original").endswith("dB"), 120)
    assert title.inner_text() == f"Netz von 2025 · {psnr(page, 'original')}"
    assert differing(page)[2] > 200
    # the other fill is of another mask: faded, until somebody asks
    assert psnr(page) == "antippen: rechnen" and count(page) == fills
    faded = "e => Number(getComputedStyle(e).opacity)"
    ours = page.locator("#live [data-tafel=kompakt] canvas")
    assert ours.evaluate(faded) < 0.5
    page.get_by_role("button", name="Unser Netz, kompakt").click()
    until(page, lambda: psnr(page).endswith("dB"), 120)
    assert ours.evaluate(faded) == 1


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
