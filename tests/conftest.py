"""Fixtures that several test files share: data, one small training of each kind, a browser, the live section."""

import json
import os
import signal
import sys

import browser_case
import live_page
import numpy as np
import pytest
import training_case
from console_case import ENGLISH
from filelock import FileLock

from inpainting import cli, config, data

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def sample():
    """The shipped sample of CIFAR-10."""
    return data.load_dataset(config.SAMPLE)


@pytest.fixture(scope="session")
def cifar10():
    """The whole of CIFAR-10 where it is in the cache; tests that need it carry ``full``."""
    if not (config.cache_dir() / data.sources.CACHE_NAME).exists():
        pytest.skip("CIFAR-10 is not in the cache")
    return data.load_dataset(config.CIFAR10, log=lambda line: None)


@pytest.fixture
def rng():
    """A fresh, seeded generator for each test."""
    return np.random.default_rng(7)


@pytest.fixture
def refused(capsys):
    """Call the command with bad input in this process; returns the message."""

    def call(*arguments) -> str:
        assert cli.main([str(argument) for argument in arguments]) == 2
        output = capsys.readouterr()
        assert output.out == "" and output.err.startswith("Fehler: ") and "Traceback" not in output.err
        assert not any(word in output.err.lower() for word in ENGLISH)
        return output.err

    return call


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory):
    """The folder that the shared trainings below are kept in; nobody else writes there."""
    return tmp_path_factory.mktemp("store")


def _train(recipe, sample, shared_store):
    from inpainting.training import store

    return store.load_or_train(recipe, sample, str, shared_store)


@pytest.fixture(scope="session")
def trained_original(sample, shared_store):
    """A network of 2025, trained for a moment."""
    return _train(training_case.ORIGINAL, sample, shared_store)


@pytest.fixture(scope="session")
def trained_kompakt(sample, shared_store):
    """A tiny network of the project with both answers, trained for a moment."""
    return _train(training_case.KOMPAKT, sample, shared_store)


@pytest.fixture(scope="session")
def trained_classifier(sample, shared_store):
    """A tiny classifier that has learned something."""
    return _train(training_case.CLASSIFIER, sample, shared_store)


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests of a process."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = browser_case.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens a file; afterwards there must have been no console error and no request."""
    pages, problems = [], []

    def note(message) -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def open_(path, viewport=browser_case.WIDE, query="", **options):
        own = ("data:", "blob:", path.parent.as_uri())
        page = browser.new_page(viewport=viewport, **options)
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(own) else problems.append(r.url))
        page.goto(path.as_uri() + query)
        if options.get("java_script_enabled", True):
            browser_case.hold_still(page)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert problems == []


@pytest.fixture(scope="session")
def part(sample):
    """Test images of the shipped sample."""
    return sample.test


def _once(tmp_path_factory, name: str, make):
    """A folder that one of the processes of a test run makes, and all of them use."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    folder = base / name
    with FileLock(base / f"{name}.lock"):
        if not (folder / "fertig").exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            (folder / "fertig").touch()
    return folder


@pytest.fixture(scope="session")
def live_store(tmp_path_factory):
    """A store with the two networks of the live section in miniature."""
    import live_case

    def make(folder) -> None:
        (folder / "netze.json").write_text(json.dumps(live_case.fill_store(folder)), "utf-8")

    return _once(tmp_path_factory, "modelle", make)


@pytest.fixture(scope="session")
def live_networks(live_store):
    """What a notebook says of these networks: name → entry and SHA-256."""
    return json.loads((live_store / "netze.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def live_run(live_store, live_networks, part, tmp_path_factory):
    """Page and slides of the notebook in miniature with the live section."""
    import live_case

    def make(folder) -> None:
        live_case.render(live_networks, live_store, part, folder)

    return _once(tmp_path_factory, "lauf", make)


@pytest.fixture
def page(open_page, live_run):
    """The live section in miniature, its first picture filled."""
    return live_page.opened(open_page(live_run / "bericht.html"))


def pytest_sessionfinish():
    """Keep what `make abdeckung` measured: a worker that is slow to end is killed."""
    measuring = "coverage" in sys.modules and sys.modules["coverage"].Coverage.current()
    if measuring:
        measuring.save()
