"""The ranking's page: whole in one file, safe against names, sortable, and readable for everyone."""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

from inpainting import masks
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate
from inpainting.scoring import page
from inpainting.scoring.results import Result

N = 4
HOSTILE = "</style><script>window.boese = 1</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}.keras"
OPTIONS = {"split": "validation", "images": 5000}
SUITES = ("linien", "quadrat8", "quadrat5")


@pytest.fixture(scope="module")
def images(sample):
    return sample.test.images[:N]


def result(name: str, psnr: float, kind="bild", seed=0, **options) -> Result:
    rng = np.random.default_rng(seed)
    figures = {
        suite: {key: Estimate(psnr + i, psnr + i - 1, psnr + i + 1) for key in evaluation.FIGURES}
        for i, suite in enumerate(SUITES)
    }
    examples = {suite: rng.integers(0, 256, (N, 32, 32, 3), np.uint8) for suite in SUITES}
    return Result(name, "", kind, figures, seconds=psnr, examples=examples, **options)


def render(images, scored) -> str:
    holes = {suite: masks.suite_masks(suite, N, "test") for suite in SUITES}
    return page.render_page(scored, images, holes, OPTIONS)


SCORED = [
    result("Änne/zehn 10.keras", 21.5, "bild, maske", notes=["Ein Hinweis."], reading="Eingabe 0..255"),
    result("zwei 2.keras", 19.0, seed=1),
    result("Telea", 18.0, "", seed=2),
    result(HOSTILE, 9.25, seed=3),
    Result("defekt.keras", f"ist eine Textdatei (beginnt mit „{HOSTILE}“)"),
    Result("notiz.txt", "ist eine Textdatei", is_meant=False),
]


@pytest.fixture(scope="module")
def text(images):
    return render(images, SCORED)


@pytest.fixture(scope="module")
def soup(text):
    return BeautifulSoup(text, "html.parser")


def test_nothing_is_loaded_from_elsewhere(soup, text):
    addresses = [tag[key] for key in ("src", "href") for tag in soup.find_all(attrs={key: True})]
    assert addresses and all(address.startswith(("data:", "#")) for address in addresses)
    assert not re.search(r"url\((?!\"data:)|@import|https?://", text)
    assert "default-src 'none'" in soup.find("meta", {"http-equiv": True})["content"]


def test_names_and_reasons_are_text(soup):
    assert len(soup.find_all("script")) == 1 and len(soup.find_all("style")) == 1
    rows = [row.get_text() for row in soup.select("tbody th[scope=row]")]
    assert rows.count(HOSTILE) == 1 + len(SUITES)
    assert any(HOSTILE in cell.get_text() for cell in soup.select("td.grund"))


def test_every_hand_in_stands_in_every_suite(soup):
    tables = soup.find_all("table", class_="sortierbar")
    assert len(tables) == 1 + len(SUITES)
    for table in tables:
        assert {row.get_text() for row in table.select("tbody th")} == {r.name for r in SCORED[:4]}
    assert "defekt.keras" in soup.get_text() and "notiz.txt" in soup.get_text()
    assert "3 Modelle bewertet, 1 gescheitert, 1 andere Dateien übergangen" in " ".join(
        soup.get_text().split()
    )
    assert "5000 Validierungsbilder" in soup.get_text() and "Ein Hinweis." in soup.get_text()


def test_fills_stand_beside_the_truth(soup, images):
    import base64
    import io

    from PIL import Image

    row = soup.select("h2#linien ~ div tbody tr")[0]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(row.img["src"].partition(",")[2]))))
    shown = SCORED[0].examples["linien"]
    np.testing.assert_array_equal(picture, np.concatenate(list(shown), axis=1))
    truth = row.find("div", class_="wahr-linien")
    assert truth["role"] == "img" and truth["aria-label"]
    style = soup.style.get_text()
    encoded = re.search(r'\.wahr-linien \{ background-image: url\("data:image/png;base64,([^"]+)"', style)[1]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    np.testing.assert_array_equal(picture, np.concatenate(list(images), axis=1))


def test_a_thousand_hand_ins_make_a_page_that_opens(images):
    many = [result(f"{i}.keras", 30 - i / 100) for i in range(1000)]
    text = render(images, many)
    assert len(text) < 20e6 and f"besten {page.MOST_EXAMPLES} Modellen" in text
    assert text.count("<img") == len(SUITES) * (1 + page.MOST_EXAMPLES)


def test_a_page_of_failures_alone(images):
    text = render(images, SCORED[4:])
    assert (
        "defekt.keras" in text and "sortierbar" not in text.partition("</style>")[2].partition("<script")[0]
    )


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def open_page(browser, text, tmp_path):
    """Opens the page; afterwards there must have been no error and no request."""
    pages, problems = [], []

    def open_(width=1280, **options):
        tab = browser.new_page(viewport={"width": width, "height": 844}, **options)
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on(
            "request", lambda request: problems.append(request.url[:80]) if "http" in request.url[:5] else 0
        )
        path = tmp_path / "rangliste.html"
        path.write_text(text, encoding="utf-8")
        tab.goto(path.as_uri())
        pages.append(tab)
        return tab

    yield open_
    for tab in pages:
        tab.close()
    assert problems == []


def names(tab, table=0):
    return tab.locator("table.sortierbar").nth(table).locator("tbody th").all_text_contents()


@pytest.mark.browser
def test_headings_sort(open_page):
    tab = open_page()
    first, table = names(tab), tab.locator("table.sortierbar").nth(0)
    assert first == [r.name for r in SCORED[:4]]
    table.get_by_role("button", name="quadrat8").click()
    assert names(tab) == first[::-1]
    assert table.locator("th[aria-sort]").all_text_contents() == ["quadrat8"]
    table.get_by_role("button", name="Modell").click()
    assert names(tab)[1:3] == ["Änne/zehn 10.keras", "Telea"] and names(tab, 1) == first
    table.get_by_role("button", name="Rang").click()
    assert names(tab) == [first[0], first[1], first[3], "Telea"]  # what has no rank stays last
    table.get_by_role("button", name="Rang").click()
    assert names(tab) == [first[3], first[1], first[0], "Telea"]
    assert tab.get_by_role("status").text_content() == "Sortiert nach Rang, absteigend."
    assert tab.evaluate("window.boese") is None


@pytest.mark.browser
def test_keyboard_alone_sorts(open_page):
    tab = open_page()
    for _ in range(30):
        tab.keyboard.press("Tab")
        if (
            tab.evaluate("document.activeElement.textContent") == "quadrat8"
            and tab.evaluate("document.activeElement.tagName") == "BUTTON"
        ):
            break
    tab.keyboard.press("Enter")
    assert names(tab)[0] == HOSTILE
    tab.keyboard.press("Space")
    assert names(tab)[0] == SCORED[0].name


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_accessible_and_fits(open_page, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    tab = open_page(width, color_scheme=scheme)
    found = axe.Axe().run(tab).response["violations"]
    assert [violation["id"] for violation in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    fills = tab.locator("h2#linien ~ div tbody img").first
    assert fills.bounding_box()["x"] + fills.bounding_box()["width"] <= width  # seen without scrolling
