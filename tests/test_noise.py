"""Seeded noise: which seeds there are, and what does not fit is refused."""

import numpy as np
import pytest

from inpainting.noise import SampleError, draw_noise, fitting_noise

SHAPE = (2, 4, 4, 3)


def test_zero_is_a_seed_like_any_other():
    zero = draw_noise(0, SHAPE)
    assert not np.array_equal(zero, draw_noise(1, SHAPE))
    np.testing.assert_array_equal(draw_noise([0, 3], SHAPE)[:1], zero[:1])
    np.testing.assert_array_equal(draw_noise(np.array([0, 3]), SHAPE)[:1], zero[:1])


def test_an_image_draws_from_its_seed_and_number():
    for i in range(2):
        known = np.random.default_rng([5, i]).standard_normal(SHAPE[1:], dtype=np.float32)
        np.testing.assert_array_equal(draw_noise(5, SHAPE)[i], known)


@pytest.mark.parametrize("seed", [-1, 1.0, True, "7", None, [1, -1], [1, True]])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(SampleError, match="ganze Zahlen ab 0"):
        draw_noise(seed, SHAPE)


@pytest.mark.parametrize("seeds", [[1], [1, 2, 3], []])
def test_there_is_one_seed_an_image(seeds):
    with pytest.raises(SampleError, match="einer je Bild"):
        draw_noise(seeds, SHAPE)


def test_given_noise_is_taken_as_it_is(rng):
    noise = rng.standard_normal(SHAPE)
    fitted = fitting_noise(7, noise, SHAPE)
    assert fitted.dtype == np.float32
    np.testing.assert_array_equal(fitted, noise.astype(np.float32))
    np.testing.assert_array_equal(fitting_noise(7, None, SHAPE), draw_noise(7, SHAPE))
    for wrong in (noise[:1], np.where(noise > 1, np.inf, noise)):
        with pytest.raises(SampleError):
            fitting_noise(7, wrong, SHAPE)
