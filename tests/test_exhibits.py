"""Pictures of the report: chosen by a rule, filled and composited, with the truth beside them."""

from types import SimpleNamespace

import numpy as np
import pytest

from inpainting import exhibits, masks
from inpainting.data import Split, to_float
from inpainting.measuring.evaluation import Estimate
from inpainting.measuring.judged import Judged
from inpainting.networks import prior_unet


def constant(images, holes):
    """A fill that leaves nothing as it is: known pixels must come from elsewhere."""
    return np.full_like(images, 0.25)


def test_the_first_image_of_each_class_in_the_images_order(sample):
    labels = np.array([3, 3, 8, 0, 8, 6, 1])
    assert exhibits.first_of_classes(labels, 3) == [0, 2, 3]
    assert exhibits.first_of_classes(labels, 2, skip=3) == [5, 6]
    assert len(exhibits.first_of_classes(sample.test.labels, 10)) == 10


def test_filled_pictures_are_composited_and_scored(sample):
    filled = exhibits.fill_pictures(sample.test, [(0, "quadrat8"), (3, "mitte16")], {"original": constant})
    for example, (index, suite) in zip(filled.examples, [(0, "quadrat8"), (3, "mitte16")], strict=True):
        truth = to_float(sample.test.images[index])
        hole = masks.suite_masks(suite, index + 1, "test")[index]
        np.testing.assert_array_equal(example.truth, truth)
        np.testing.assert_array_equal(example.mask, hole)
        ((image, note),) = example.fills.values()
        np.testing.assert_array_equal(image, np.where(hole, np.float32(0.25), truth))
        assert note.endswith(" dB") and list(example.fills) == ["Netz von\n2025"]
        assert (example.masked[hole[..., 0] == 1] == 0).all()
    error = ((0.25 - filled.examples[0].truth)[filled.examples[0].mask[..., 0] == 1] ** 2).mean()
    assert filled.psnr["original"][0] == pytest.approx(-10 * np.log10(error), abs=1e-4)
    assert "Netz von 2025" in exhibits.describe(filled) and "8×8" in exhibits.describe(filled)


def test_a_picture_is_followed_through_the_real_prior(sample):
    image = to_float(sample.test.images[0])
    hole = masks.suite_masks("mitte16", 1, "test")[0]
    stages = exhibits.follow(image, hole, {"Mittelwert": constant, "Vorschlag 1": constant})
    names = [" ".join(stage.name.split()) for stage in stages]
    assert names == [
        "maskiert",
        "Pull-Push",
        "Gauß- Vorfüllung",
        "Korrektur ×4",
        "Mittelwert",
        "Vorschlag 1",
        "wahres Bild",
    ]
    known = hole[..., 0] == 0
    for stage in (stages[1], stages[2], stages[4]):
        np.testing.assert_array_equal(stage.image[known], image[known])
    prior = prior_unet.prior_alone().predict([image[None], hole[None].astype(np.float32)], verbose=0)[0]
    np.testing.assert_allclose(stages[2].image[~known], prior[~known].clip(0, 1), atol=1e-6)
    expected = np.clip(0.5 + 4 * (stages[4].image - stages[2].image), 0, 1)
    np.testing.assert_allclose(stages[3].image, expected)
    np.testing.assert_array_equal(stages[3].image[known], np.full_like(image[known], 0.5))


def test_the_strip_shows_every_suite_once(sample):
    shown, images = exhibits.strip_of_masks(sample.train.images, masks.SUITES)
    assert len(shown) == len(images) == 6 and list(shown)[0] == "Quadrat 8×8"
    for hole, image in zip(shown.values(), images, strict=True):
        assert (image[hole[..., 0] == 1] == 0).all()


def test_gallery_and_failures_show_no_picture_twice(sample):
    picked = {"beste": [5, 1, 2], "quantile": [7, 8, 9, 10, 11, 12], "misserfolge": [12, 13, 14, 15]}
    fills = dict.fromkeys(("original", "gauss", "kompakt"), constant)
    result = SimpleNamespace(methods=tuple(fills), examples={"kompakt": picked})
    field = SimpleNamespace(result=result, best="kompakt", fills=fills)
    gallery = exhibits.show_gallery(sample.test, field).examples
    failures = exhibits.show_failures(sample.test, field, 4).examples
    shown = [example.truth.tobytes() for example in gallery + failures]
    assert len(gallery) == 6 and len(failures) == 4 and len(set(shown)) == 10
    assert list(gallery[0].fills) == ["2025", "Gauß", "Mittelwert"]


def test_game_has_the_judge_of_its_own_holes():
    rng = np.random.default_rng(0)
    split = Split(rng.integers(256, size=(40, 32, 32, 3), dtype=np.uint8), np.arange(40, dtype=np.uint8) % 10)
    edges = {"4": Estimate(20, 19, 21), "16": Estimate(15, 14, 16)}
    result = SimpleNamespace(
        hole_sizes={"biharmonisch": edges}, question=SimpleNamespace(n_images=40), gains={}
    )
    shares = {
        "original": {"quadrat8": Estimate(0.9, 0.8, 1)},
        "kompakt": {"haelfte": Estimate(0.7, 0.6, 0.8)},
    }
    about = (split, SimpleNamespace(result=result, best="kompakt"), masks.suite_masks("quadrat8", 40, "test"))
    assert exhibits._more_for_the_page(*about, Judged(40, "test", 50, 1, 1, {}, shares))["verdict"] == {
        "original": 0.9
    }
    assert "verdict" not in exhibits._more_for_the_page(*about, None)
