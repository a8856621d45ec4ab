"""Fixtures that several test files share."""

import numpy as np
import pytest

from inpainting import config, data


@pytest.fixture(scope="session")
def sample():
    """The shipped sample of CIFAR-10."""
    return data.load_dataset(config.SAMPLE)


@pytest.fixture(scope="session")
def cifar10():
    """The whole of CIFAR-10 where it is in the cache; tests that need it carry ``full``."""
    if not (config.cache_dir() / data.CACHE_NAME).exists():
        pytest.skip("CIFAR-10 is not in the cache")
    return data.load_dataset(config.CIFAR10, log=lambda line: None)


@pytest.fixture
def rng():
    """A fresh, seeded generator for each test."""
    return np.random.default_rng(7)
