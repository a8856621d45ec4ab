"""The classifier: its batches, that it learns, its place in the store, and the shipped one."""

from dataclasses import replace

import numpy as np
import pytest

from inpainting import classifier, config, models, training
from inpainting.classifier import ClassifierRecipe

RECIPE = ClassifierRecipe(widths=(8, 16), epochs=8, batch_size=50, precision="float32")


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """A tiny classifier, trained on the sample."""
    return training.load_or_train(RECIPE, sample, str, tmp_path_factory.mktemp("store"))


# ---------------------------------------------------------------- recipe


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"widths": (8,)}, {"epochs": 2}, {"warmup": 0.1}, {"max_shift": 1},
     {"learning_rate": 1e-3}, {"precision": "float32"}, {"seed": 2}],
)  # fmt: skip
def test_key_follows_every_part_of_the_recipe(change):
    assert replace(ClassifierRecipe(), **change).key("47af") != ClassifierRecipe().key("47af")


def test_a_stored_classifier_counts_whatever_its_precision(sample, tmp_path):
    fresh = classifier.classifier_recipe(sample, tmp_path)
    assert fresh.precision == training.native_precision()
    (other,) = {"float32", "mixed_bfloat16"} - {fresh.precision}
    stored = replace(fresh, precision=other)
    (tmp_path / f"klassifikator-{stored.key(sample.sha256)}").mkdir()
    assert classifier.classifier_recipe(sample, tmp_path) == stored


# ---------------------------------------------------------------- batches


def test_batches_depend_on_seed_epoch_and_step_alone(sample):
    batches, again = (classifier.ClassifierBatches(sample.train, RECIPE) for _ in range(2))
    batches.start_epoch(1)
    again.start_epoch(1)
    _ = again[0]  # the order of access plays no part
    for array, same in zip(batches[2], again[2], strict=True):
        np.testing.assert_array_equal(array, same)
    again.start_epoch(2)
    assert not np.array_equal(batches[2][0], again[2][0])


def test_an_epoch_shows_every_whole_batch_with_its_classes(sample):
    recipe = replace(RECIPE, batch_size=128, max_shift=0)
    batches = classifier.ClassifierBatches(sample.train, recipe)
    assert len(batches) == 900 // 128
    label_of = {
        image.tobytes(): label
        for images in (sample.train.images, sample.train.images[:, :, ::-1])
        for image, label in zip(models.to_float(images), sample.train.labels, strict=True)
    }
    images, classes = batches[6]
    assert images.dtype == classes.dtype == np.float32 and (classes.sum(1) == 1).all()
    assert [label_of[image.tobytes()] for image in images] == classes.argmax(1).tolist()


def test_validation_shows_every_image_unchanged(sample):
    batches = classifier.ValidationBatches(sample.validation)
    images = np.concatenate([batches[i][0] for i in range(len(batches))])
    np.testing.assert_array_equal(images, models.to_float(sample.validation.images))


def test_shifts_mirror_at_the_border(rng):
    """A shifted image is a window of the image padded by reflection; about half are flipped."""
    images = rng.integers(256, size=(200, 8, 9, 3), dtype=np.uint8)
    shifted = classifier.shift_and_flip(images, rng, 2)
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    n_flipped = 0
    for image, wide in zip(shifted, padded, strict=True):
        windows = [wide[y : y + 8, x : x + 9] for y, x in np.ndindex(5, 5)]
        plain = any(np.array_equal(image, window) for window in windows)
        flipped = any(np.array_equal(image[:, ::-1], window) for window in windows)
        assert plain != flipped
        n_flipped += flipped
    assert 70 < n_flipped < 130


# ---------------------------------------------------------------- network and training


def test_network_is_small_and_the_same_for_a_seed():
    network, again, other = (classifier.build_classifier(seed=seed) for seed in (1, 1, 2))
    assert network.count_params() == 835_434 < 1e6
    assert "835 434 parameters" in classifier.build_classifier.__doc__
    kernels = [[w for w in n.get_weights() if w.ndim > 1] for n in (network, again, other)]
    for a, b, c in zip(*kernels, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_training_learns_and_is_stored(trained, sample):
    part = sample.validation
    correct = classifier.accuracy(trained.model, part.images, part.labels)
    assert correct.shape == (100,) and correct.dtype == bool
    assert correct.mean() > 0.25  # ten classes; five standard deviations above chance
    again = training.load_or_train(RECIPE, sample, str, trained.folder.parent)
    assert again.from_store
    np.testing.assert_array_equal(
        classifier.accuracy(again.model, models.to_float(part.images), part.labels), correct
    )


def test_accuracy_compares_with_the_labels(trained, sample):
    images = sample.validation.images
    found = trained.model.predict(models.to_float(images), verbose=0).argmax(-1)
    labels = found.copy()
    labels[::2] = (labels[::2] + 1) % 10
    correct = classifier.accuracy(trained.model, images, labels)
    np.testing.assert_array_equal(correct, np.arange(len(images)) % 2 == 1)


@pytest.mark.full
@pytest.mark.slow
def test_shipped_classifier_is_good_enough(cifar10):
    recipe = classifier.classifier_recipe(cifar10)
    entry = config.MODELS / f"{recipe.network}-{recipe.key(cifar10.sha256)}"
    path = entry / recipe.file_name
    assert path.stat().st_size <= 4 * 2**20
    part = cifar10.validation
    correct = classifier.accuracy(models.load_model(path), part.images, part.labels)
    assert correct.mean() >= 0.88
