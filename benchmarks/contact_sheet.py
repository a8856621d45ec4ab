"""Every page and slide of a run as images: ``python benchmarks/contact_sheet.py RUN``.

Needs Debian's ``chromium`` and ``poppler-utils`` and the Python package ``playwright``.  Writes
``RUN/kontaktbogen/``: the PDF's pages, the slides, the page wide and narrow, light and dark.
"""

import argparse
import contextlib
import shutil
import subprocess
from pathlib import Path

from PIL import Image

VIEWS = {
    "breit-hell": (1360, 900, "light"),
    "breit-dunkel": (1360, 900, "dark"),
    "schmal-hell": (390, 844, "light"),
    "schmal-dunkel": (390, 844, "dark"),
}
TALLEST = 2400
"""Height of one image of a long page, in pixels."""


@contextlib.contextmanager
def open_browser():
    """Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    from inpainting import machine

    if (program := machine.find_chromium()) is None:
        raise SystemExit("Chromium fehlt: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=machine.CHROMIUM_FLAGS)
        yield browser
        browser.close()


ALL_IMAGES = """Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode();
}))"""
"""Load what the page would load on scrolling, and wait for it."""


def shoot_html(browser, path: Path, folder: Path) -> None:
    """The whole page in every view, cut into images that can be looked at."""
    for name, (width, height, scheme) in VIEWS.items():
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(path.resolve().as_uri())
        page.evaluate(ALL_IMAGES)
        whole = folder / f"html-{name}.png"
        page.screenshot(path=whole, full_page=True)
        page.close()
        _cut(whole)


def shoot_slides(browser, path: Path, folder: Path) -> None:
    """Each slide at 1280×720."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(path.resolve().as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    for n in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({n})")
        page.wait_for_timeout(150)
        page.screenshot(path=folder / f"folie-{n + 1:02}.png")
    page.close()


def shoot_pdf(path: Path, folder: Path, dpi: int = 80) -> None:
    """Each page of the PDF."""
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", path, folder / "seite"], check=True)


def make_sheet(images: list[Path], target: Path, columns: int, width: int) -> None:
    """Images side by side on one."""
    if not images:
        return
    shots = [Image.open(image).convert("RGB") for image in images]
    shots = [shot.resize((width, round(shot.height * width / shot.width))) for shot in shots]
    height = max(shot.height for shot in shots)
    rows = -(-len(shots) // columns)
    sheet = Image.new("RGB", (columns * (width + 8), rows * (height + 8)), "#888")
    for i, shot in enumerate(shots):
        sheet.paste(shot, (i % columns * (width + 8), i // columns * (height + 8)))
    sheet.save(target)


def _cut(whole: Path) -> None:
    image = Image.open(whole)
    for part, top in enumerate(range(0, image.height, TALLEST)):
        bottom = min(top + TALLEST, image.height)
        image.crop((0, top, image.width, bottom)).save(whole.with_stem(f"{whole.stem}-{part + 1:02}"))
    whole.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="Ordner eines Laufs")
    run = parser.parse_args().run
    folder = run / "kontaktbogen"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if (run / "bericht.pdf").exists():
        shoot_pdf(run / "bericht.pdf", folder)
        make_sheet(sorted(folder.glob("seite-*.png")), folder / "pdf.png", 4, 480)
    with open_browser() as browser:
        if (run / "bericht.html").exists():
            shoot_html(browser, run / "bericht.html", folder)
        if (run / "folien.html").exists():
            shoot_slides(browser, run / "folien.html", folder)
            make_sheet(sorted(folder.glob("folie-*.png")), folder / "folien.png", 3, 640)
    print(f"{len(list(folder.iterdir()))} Bilder in {folder}")


if __name__ == "__main__":
    main()
