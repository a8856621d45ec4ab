"""What tests in Chromium share: how it is started, how a page is asked and waited for."""

import json
import time

import pytest

from inpainting import machine

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 720}

CHANGE = """() => new Promise((resolve) => {
  const seen = () => { observer.disconnect(); clearTimeout(timer); resolve(); };
  const observer = new MutationObserver(seen), timer = setTimeout(seen, 100);
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
})"""
"""Resolves at the next change of the document; soon in any case, for not all that is seen is in it."""


def launch(playwright):
    """A headless Chromium; skips the test if there is none."""
    if (program := machine.find_chromium()) is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return playwright.chromium.launch(executable_path=program, args=machine.CHROMIUM_FLAGS)


def until(page, is_true, seconds: float = 90) -> None:
    """Look after every change of the page until a condition holds.

    Playwright's own waiting asks inside the page, which the page's policy forbids.
    """
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "nothing happened"
        page.evaluate(CHANGE)


def hold_still(page) -> None:
    """Scroll at once: who looks where something is, and then clicks there, would miss what still moves."""
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")


def violations(page) -> str:
    """What axe finds, "[]" if nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(page).response["violations"]
    return json.dumps([(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found], indent=1)


def open_slides(open_page, run, **options):
    """The slides of a run, ready."""
    page = open_page(run / "folien.html", **options)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return page
