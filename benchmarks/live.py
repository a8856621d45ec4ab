"""How long the reader of a rendered report waits for the live section, on one core.

    python benchmarks/live.py results/referenz/bericht.html [other.html ...]

Opens each page in headless Chromium, several times, each in a context of its own (no cache), and
prints milliseconds: from opening to the first fill of our network; from a stroke to its fill on a
picture of 32×32 pixels; from a stroke on the photograph to the fill of its region, and from the mask
of all scratches to that of the whole; and of one sample of each network that draws any, with how many
of its steps were to be seen.  The median, and the slowest.  With several
pages, all numbers of the second and later ones are also given as multiples of the first's.  The
browser's own start is over before a page is opened.  Only an idle machine tells absolute numbers;
ratios of one run hold on a busy one too, roughly.
"""

import argparse
import os
import statistics
from pathlib import Path

N_OPENINGS = 5
N_STROKES = 40
N_REGIONS = 10
N_SAMPLES = 8
SETTLE = 1500
"""Milliseconds that the browser gets to put up an empty window."""

OBSERVE = """
window.fills = [];
new MutationObserver(() => { fills.push(performance.now()); window.onfill?.(); })
  .observe(document, {subtree: true, attributes: true, attributeFilter: ["data-gefuellt"]});
"""

STROKE = """async (i) => {
  const canvas = document.querySelector("#live .leinwand");
  canvas.setPointerCapture = () => {};
  const {left, top, width} = canvas.getBoundingClientRect(), at = (t) => ({pointerId: 1, button: 0,
    clientX: left + width * (0.1 + 0.8 * t), clientY: top + width * (0.1 + 0.8 * ((i * 0.37) % 1))});
  const send = (type, t) => canvas.dispatchEvent(new PointerEvent(type, at(t)));
  const t = (i * 0.61) % 0.9, filled = new Promise((resolve) => { window.onfill = resolve; });
  const started = performance.now();
  send("pointerdown", t);
  await filled;
  const time = performance.now() - started;
  window.onfill = null;
  send("pointerup", t);
  await new Promise((resolve) => setTimeout(resolve, 250));
  return time;
}"""

WHOLE = """async () => {
  const value = () => document.querySelector("#live [data-tafel=kompakt] .wert").textContent;
  const started = performance.now();
  document.querySelector("#live [data-maske=kratzer]").click();
  while (!value().endsWith("dB")) await new Promise((resolve) => setTimeout(resolve, 10));
  return performance.now() - started;
}"""

SAMPLE = """async () => {
  const root = document.getElementById("live"), n = () => Number(root.dataset.vorschlaege ?? 0);
  const steps = new Set(), bar = root.querySelector(".vier figure:last-child progress");
  const observer = new MutationObserver(() => bar.value && steps.add(bar.value));
  observer.observe(bar, {attributes: true});
  const before = n(), started = performance.now();
  root.querySelector(".noch-einer").click();
  while (n() === before) await new Promise((resolve) => setTimeout(resolve, 5));
  const time = performance.now() - started;
  observer.disconnect();
  return [time, steps.size];
}"""


def open_page(browser, address: str):
    """A new window with the page; returns it, and milliseconds until its first fill."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(OBSERVE)
    page.wait_for_timeout(SETTLE)
    page.goto(address, timeout=120_000)
    page.wait_for_selector("#live[data-gefuellt]", timeout=120_000)
    return page, page.evaluate("fills[0]")


def measure(browser, path: Path) -> dict[str, list[float]]:
    """Name → milliseconds, what a page does not have being left out."""
    times: dict[str, list[float]] = {"first fill": []}
    for _ in range(N_OPENINGS):
        page, first = open_page(browser, path.resolve().as_uri())
        times["first fill"].append(first)
        if len(times["first fill"]) < N_OPENINGS:
            page.context.close()
    page.wait_for_timeout(SETTLE)
    times["stroke, 32×32"] = [page.evaluate(STROKE, i) for i in range(N_STROKES)]
    photo = page.get_by_title("Foto mit Kratzern")
    if photo.count():
        photo.click()
        page.evaluate("document.querySelector('#live .leeren').click()")  # strokes on an unfilled picture
        page.wait_for_timeout(SETTLE)
        times["stroke's region, 256×256"] = [page.evaluate(STROKE, i) for i in range(N_REGIONS)]
        times["whole photograph"] = []
        for _ in range(3):
            page.evaluate("document.querySelector('#live .leeren').click()")
            times["whole photograph"].append(page.evaluate(WHOLE))
    samples = page.locator("#live input[value=vorschlaege]")
    if samples.count() and not page.locator("#live .reiter label[hidden] input[value=vorschlaege]").count():
        page.locator("#live .auswahl label").nth(1).click()
        page.evaluate("document.querySelector('#live [data-maske=mitte16]').click()")
        samples.check(force=True)
        sampler = page.locator("#live .sampler")
        for network in sampler.locator("option").evaluate_all("all => all.map(option => option.value)"):
            sampler.evaluate(
                "(e, value) => { e.value = value; e.dispatchEvent(new Event('change')); }", network
            )
            while not page.locator("#live .einigkeit").inner_text():  # until four are drawn
                page.wait_for_timeout(100)
            found = [page.evaluate(SAMPLE) for _ in range(N_SAMPLES)]
            times[f"a sample, {network}, {min(steps for _, steps in found)} steps seen"] = [
                t for t, _ in found
            ]
    page.context.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="+")
    arguments = parser.parse_args()

    from playwright.sync_api import sync_playwright

    from inpainting import machine

    if hasattr(os, "sched_setaffinity"):  # the browser inherits it
        os.sched_setaffinity(0, {0})
    first: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=machine.find_chromium(), args=machine.CHROMIUM_FLAGS
        )
        for path in arguments.pages:
            print(f"{path}, {path.stat().st_size / 1e6:.1f} MB")
            for name, values in measure(browser, path).items():
                median = statistics.median(values)
                ratio = f"   ×{median / first[name]:.2f}" if name in first else ""
                print(f"  {name:36} {median:7.0f} ms, slowest {max(values):7.0f}{ratio}")
                if path == arguments.pages[0]:
                    first[name] = median
        browser.close()


if __name__ == "__main__":
    main()
