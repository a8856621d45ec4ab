"""Fixtures that several test files share: the data, and one small training of each kind."""

import signal

import numpy as np
import pytest
import training_case
from console_case import ENGLISH

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
