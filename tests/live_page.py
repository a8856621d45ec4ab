"""The live section in a browser, as a test handles it: looked at, painted on, given files."""

import base64
import io
import re

from browser_case import hold_still, until
from PIL import Image


def opened(page):
    """The page, when its section has filled the first picture, and text has its final width."""
    page.wait_for_selector("#live[data-gefuellt]", timeout=60_000)
    page.evaluate("document.fonts.ready.then(() => true)")
    hold_still(page)
    return page


def count(page, what: str = "gefuellt") -> int:
    """How often the section has told of something: a fill, a sample, a stage, a pair."""
    return int(page.locator("#live").get_attribute(f"data-{what}") or 0)


def wait_for_fill(page, before: int) -> None:
    until(page, lambda: count(page) > before)


def n_missing(page) -> int:
    return int(re.sub(r"\D", "", page.locator("#live .stand").inner_text().split(" von")[0]))


def psnr(page, method: str = "kompakt") -> str:
    return page.locator(f"#live [data-tafel={method}] .wert").inner_text()


def open_view(page, name: str) -> None:
    page.locator(f"#live input[value={name}]").check()


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


def press(page, start, end, edge=256, after="") -> None:
    """Begin a stroke on the canvas, and do not end it; in the page's same task as a click on ``after``."""
    page.evaluate(
        """([start, end, edge, after]) => { if (after) document.querySelector('#live ' + after).click();
        const canvas = document.querySelector('#live .leinwand');
        canvas.setPointerCapture = () => {};
        const area = canvas.getBoundingClientRect(), at = (type, [x, y]) => canvas.dispatchEvent(new PointerEvent(type, {
          pointerId: 1, button: 0, clientX: area.left + (x + 0.5) * area.width / edge, clientY: area.top + (y + 0.5) * area.width / edge}));
        at('pointerdown', start); at('pointermove', end); }""",
        [start, end, edge, after],
    )


def release(page) -> None:
    page.evaluate(
        "document.querySelector('#live .leinwand').dispatchEvent(new PointerEvent('pointerup', {pointerId: 1}))"
    )


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
