"""Muon for convolutions and dense layers: which weights it takes, and what a step looks like."""

import numpy as np
import pytest

from inpainting.networks import keras
from inpainting.networks.muon import KernelMuon


def stepped(optimizer, shape, name="kernel"):
    rng = np.random.default_rng(3)
    variable = keras.Variable(np.zeros(shape, np.float32), name=name)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(rng.normal(size=shape).astype(np.float32))])
    return keras.ops.convert_to_numpy(variable)


def test_a_kernels_step_has_nearly_equal_singular_values():
    step = stepped(KernelMuon(0.01), (3, 3, 16, 24)).reshape(-1, 24)
    values = np.linalg.svd(step, compute_uv=False)
    assert values.max() < 2 * values.min()
    plain = np.random.default_rng(3).normal(size=(144, 24))
    spread = np.linalg.svd(plain, compute_uv=False)
    assert spread.max() > 2 * spread.min()


@pytest.mark.parametrize("shape", [(3, 3, 16, 24), (2, 2, 64, 16), (1, 1, 12, 96), (96, 40), (40, 96)])
def test_a_step_is_as_long_as_adams(shape):
    step = stepped(KernelMuon(0.01), shape)
    assert 0.001 < np.sqrt(np.mean(step**2)) < 0.004  # 0.2 of the rate, like Adam's in training


@pytest.mark.parametrize("shape", [(24,), (4, 4, 7, 64), (4, 4, 3, 64), (24, 10)])
def test_the_rest_is_left_to_adam(shape):
    step = abs(stepped(KernelMuon(0.01), shape))  # Adam's first step: the sign times the rate
    assert np.mean(abs(step / 0.01 - 1) < 1e-2) > 0.98
