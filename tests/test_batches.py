"""Batches: seed, epoch and step determine them alone; holes, weights and losses are what the recipe says."""

from dataclasses import replace

import numpy as np
import pytest
from training_case import CLASSIFIER, KOMPAKT

from inpainting import classical, masks
from inpainting.data import Split, to_float
from inpainting.networks import keras
from inpainting.training import batches, recipes
from inpainting.training.batches import TrainingBatches, ValidationBatches
from inpainting.training.flow import FlowBatches

ORIGINAL = replace(recipes.ORIGINAL, batch_size=300)
KINDS = {"original": ORIGINAL, "kompakt": KOMPAKT, "klassifikator": CLASSIFIER}


def of_epoch(training, epoch=0) -> list:
    training.start_epoch(epoch)
    return [training[step] for step in range(len(training))]


def images_of(inputs):
    return inputs["image"] if isinstance(inputs, dict) else inputs


def without_mirroring(images) -> set[bytes]:
    return {min(image.tobytes(), image[:, ::-1].tobytes()) for image in images}


# ---------------------------------------------------------------- order


@pytest.mark.parametrize("recipe", KINDS.values(), ids=KINDS)
def test_batches_depend_on_seed_epoch_and_step_alone(sample, recipe):
    one, again = TrainingBatches(sample.train, recipe), TrainingBatches(sample.train, recipe)
    one.start_epoch(1)
    again.start_epoch(1)
    inputs, targets = one[2]
    _ = again[0]  # the order of access plays no part
    same_inputs, same_targets = again[2]
    np.testing.assert_array_equal(targets, same_targets)
    for x, y in zip(keras.tree.flatten(inputs), keras.tree.flatten(same_inputs), strict=True):
        np.testing.assert_array_equal(x, y)
    again.start_epoch(2)
    assert not np.array_equal(images_of(inputs), images_of(again[2][0]))
    other = TrainingBatches(sample.train, replace(recipe, seed=2))
    other.start_epoch(1)
    assert not np.array_equal(images_of(inputs), images_of(other[2][0]))


def test_an_epoch_shows_every_image_once(sample):
    training = TrainingBatches(sample.train, replace(ORIGINAL, batch_size=128))
    seen = np.concatenate([targets for _, targets in of_epoch(training)])
    assert len(training) == 8 and len(seen) == 900
    assert {image.tobytes() for image in seen} == {image.tobytes() for image in to_float(sample.train.images)}


def test_epochs_of_fixed_length_show_every_image_before_one_comes_again(sample):
    training = TrainingBatches(sample.train, replace(KOMPAKT, batch_size=300))
    shown = np.concatenate([inputs["image"] for inputs, _ in of_epoch(training)])
    assert without_mirroring(shown) == without_mirroring(to_float(sample.train.images))


def test_flips_mirror_every_second_image(sample):
    plain, flipped = (
        np.concatenate([i["image"] for i, _ in of_epoch(TrainingBatches(sample.train, recipe))])
        for recipe in (replace(KOMPAKT, flips=False), KOMPAKT)
    )
    mirrored = (flipped == plain[:, :, ::-1]).all((1, 2, 3))
    assert ((flipped == plain).all((1, 2, 3)) | mirrored).all() and 0.35 < mirrored.mean() < 0.65


def test_no_epoch_waits_for_the_autotuner_of_tf_data(sample):
    """Of the environment: Keras leaves batches to tf.data unless it is told otherwise."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    kinds = [TrainingBatches(sample.train, recipe) for recipe in KINDS.values()]
    for training in (*kinds, FlowBatches(sample.train, KOMPAKT)):
        assert PyDatasetAdapter(training).get_tf_dataset().options().autotune.enabled is False


# ---------------------------------------------------------------- holes


@pytest.mark.parametrize(("holes", "fixed"), [("fest", True), ("quadrat", False)])
def test_holes_of_an_image_stay_only_in_the_recipe_of_2025(sample, holes, fixed):
    training = TrainingBatches(sample.train, replace(ORIGINAL, holes=holes))

    def hole_of_each_image(epoch):
        return {
            image.tobytes(): mask.tobytes()
            for inputs, _ in of_epoch(training, epoch)
            for image, mask in zip(inputs["image"], inputs["mask"], strict=True)
        }

    assert (hole_of_each_image(0) == hole_of_each_image(1)) is fixed


@pytest.mark.parametrize("extra", [0, 2])
def test_extra_squares_are_added_to_small_holes_only(sample, extra):
    recipe = replace(KOMPAKT, holes="quadrat", mask_size=4, extra_squares=extra, batch_size=200)
    inputs, _ = TrainingBatches(sample.train, recipe)[0]
    enlarged = (inputs["mask"].sum((1, 2, 3)) > 16).mean()
    assert enlarged == 0 if extra == 0 else 0.35 < enlarged < 0.65


def test_validation_is_the_same_in_every_epoch_and_for_every_seed(sample):
    for recipe in (ORIGINAL, KOMPAKT):
        validation, other = (ValidationBatches(sample.validation, replace(recipe, seed=s)) for s in (1, 2))
        assert len(validation) == 1
        (inputs, targets), (same_inputs, same_targets) = validation[0], other[0]
        np.testing.assert_array_equal(inputs["mask"], same_inputs["mask"])
        np.testing.assert_array_equal(targets, same_targets)
        np.testing.assert_array_equal(inputs["image"], to_float(sample.validation.images))


# ---------------------------------------------------------------- the error in the hole


def test_error_counts_every_image_alike_and_only_its_hole(sample):
    recipe = replace(KOMPAKT, weighting="gleich")
    inputs, targets = TrainingBatches(sample.train, recipe)[0]
    weights, mask = targets[..., 3:], inputs["mask"]
    np.testing.assert_array_equal(targets[..., :3], inputs["image"])
    np.testing.assert_allclose(weights.sum((1, 2, 3)), 1, rtol=1e-5)
    assert (weights[mask == 0] == 0).all()
    wrong = targets[..., :3] + np.float32(0.1) + 9 * (1 - mask)
    np.testing.assert_allclose(batches.hole_error(targets, wrong), 0.01, rtol=1e-4)


def test_expected_error_makes_the_suites_weigh_alike(sample):
    images = to_float(sample.validation.images)
    fill = classical.fit_gaussian(sample.train.images).fill
    ratios = []
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        error = np.mean((fill(images, holes) - images)[holes[..., 0] == 1] ** 2)
        expected = np.average(batches.expected_error(holes).ravel(), weights=holes.sum((1, 2, 3)).ravel())
        ratios.append(error / expected)
    assert max(ratios) < 2 * min(ratios), ratios


def test_expected_error_follows_the_distance_to_known_pixels():
    one, block = np.zeros((2, 8, 8, 1), np.uint8)
    one[3, 3] = 1
    block[2:5, 2:5] = 1
    hard = batches.expected_error(np.stack([one, block]))
    np.testing.assert_allclose(hard[:, 0, 0, 0], [1 / 13, (8 * 1 / 13 + 4 / 16) / 9], rtol=1e-6)
    _, targets = batches.hole_batch(np.zeros((2, 8, 8, 3), np.float32), np.stack([one, block]), KOMPAKT)
    np.testing.assert_allclose(targets[..., 3].sum((1, 2)), 1 / hard.ravel(), rtol=1e-6)


def test_losses(rng):
    images, holes = rng.random((4, 32, 32, 3), np.float32), masks.suite_masks("haelfte", 4)
    predictions = rng.uniform(0.1, 0.9, images.shape).astype(np.float32)
    error = (predictions - images) ** 2
    hole = np.broadcast_to(holes, images.shape) == 1
    entropy = -images * np.log(predictions) - (1 - images) * np.log(1 - predictions)
    expected = {"kreuzentropie": entropy.mean(), "quadratisch": error.mean(), "loch": error[hole].mean()}
    for name, value in expected.items():
        recipe = replace(KOMPAKT, loss=name, weighting="gleich")
        _, targets = batches.hole_batch(images, holes, recipe)
        loss = batches.make_loss(recipe)
        loss = loss if callable(loss) else keras.losses.get(loss)
        found = np.mean(keras.ops.convert_to_numpy(loss(targets, predictions)))
        assert found == pytest.approx(value, rel=1e-4), name


# ---------------------------------------------------------------- the classifier's


def test_an_epoch_shows_every_whole_batch_with_its_classes(sample):
    training = TrainingBatches(sample.train, replace(CLASSIFIER, batch_size=128, max_shift=0))
    assert len(training) == 900 // 128
    label_of = {
        image.tobytes(): label
        for images in (sample.train.images, sample.train.images[:, :, ::-1])
        for image, label in zip(to_float(images), sample.train.labels, strict=True)
    }
    images, classes = training[6]
    assert images.dtype == classes.dtype == np.float32 and (classes.sum(1) == 1).all()
    assert [label_of[image.tobytes()] for image in images] == classes.argmax(1).tolist()


def test_validation_of_the_classifier_shows_every_image_unchanged(sample):
    validation = ValidationBatches(sample.validation, CLASSIFIER)
    images = np.concatenate([validation[i][0] for i in range(len(validation))])
    np.testing.assert_array_equal(images, to_float(sample.validation.images))


def test_shifts_mirror_at_the_border(rng):
    """A shifted image is a window of the image padded by reflection; about half are flipped."""
    images = rng.integers(256, size=(200, 8, 9, 3), dtype=np.uint8)
    shifted = batches.shift_and_flip(images, rng, 2)
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="reflect")
    n_flipped = 0
    for image, wide in zip(shifted, padded, strict=True):
        windows = [wide[y : y + 8, x : x + 9] for y, x in np.ndindex(5, 5)]
        plain = any(np.array_equal(image, window) for window in windows)
        flipped = any(np.array_equal(image[:, ::-1], window) for window in windows)
        assert plain != flipped
        n_flipped += flipped
    assert 70 < n_flipped < 130


# ---------------------------------------------------------------- sizes


def of_size(n):
    """A split of n images, each of one grey of its own."""
    images = np.zeros((n, 32, 32, 3), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = np.arange(n) % 256, np.arange(n) // 256
    return Split(images, np.arange(n) % 10)


@pytest.mark.parametrize(
    "recipe, n_used, size",
    [(ORIGINAL, 2300, 500), (CLASSIFIER, 2300, 500), (KOMPAKT, 2000, 250)],
    ids=["original", "klassifikator", "kompakt"],
)
def test_validation_of_fresh_holes_takes_the_first_2000_images(recipe, n_used, size):
    split = of_size(2300)
    validation = ValidationBatches(split, recipe)
    assert len(validation) == -(-n_used // size)
    parts = [validation[i] for i in range(len(validation))]
    assert [len(targets) for _, targets in parts[:-1]] == [size] * (len(parts) - 1)
    seen = np.concatenate([images_of(inputs) for inputs, _ in parts])
    np.testing.assert_array_equal(seen, to_float(split.images[:n_used]))
    assert len(ValidationBatches(of_size(251), recipe)) == (1 if size == 500 else 2)


def test_holes_of_the_validation_are_those_of_the_benchmark_seed(sample):
    n = len(sample.validation)
    drawn = masks.original_masks(n, np.random.default_rng([2025, 8]), 8)
    np.testing.assert_array_equal(ValidationBatches(sample.validation, ORIGINAL)[0][0]["mask"], drawn)
    drawn = masks.training_masks("mischung", n, 2025, 0, 0)
    np.testing.assert_array_equal(ValidationBatches(sample.validation, KOMPAKT)[0][0]["mask"], drawn)
    fixed = batches.fixed_masks(replace(ORIGINAL, seed=5, mask_size=6), 9)
    np.testing.assert_array_equal(fixed, masks.original_masks(9, np.random.default_rng([5, 0]), 6))


@pytest.mark.parametrize("n, size, n_steps, n_whole", [(900, 300, 3, 3), (901, 300, 4, 3), (299, 300, 1, 0)])
def test_last_batch_may_be_small_but_not_for_the_classifier(n, size, n_steps, n_whole):
    assert len(TrainingBatches(of_size(n), replace(ORIGINAL, batch_size=size))) == n_steps
    assert len(TrainingBatches(of_size(n), replace(CLASSIFIER, batch_size=size))) == n_whole
    assert len(TrainingBatches(of_size(n), replace(KOMPAKT, batch_size=size, steps_per_epoch=7))) == 7


def test_batches_are_drawn_from_seed_epoch_and_step_as_documented(sample):
    """Written out once more: an interrupted training goes on with the same images and holes."""
    recipe = replace(KOMPAKT, batch_size=250, steps_per_epoch=3, extra_squares=0, seed=4)
    training = TrainingBatches(sample.train, recipe)
    training.start_epoch(2)
    inputs, _ = training[1]
    position = (2 * 3 + 1) * 250 + np.arange(250)  # from image 1750 of the endless sequence
    chosen = np.concatenate([np.random.default_rng([4, i]).permutation(900) for i in range(3)])[position]
    rng = np.random.default_rng([4, 2, 1, 1])
    images = to_float(sample.train.images[chosen])
    flipped = rng.random(250) < 0.5
    images[flipped] = images[flipped, :, ::-1]
    np.testing.assert_array_equal(inputs["image"], images)
    np.testing.assert_array_equal(inputs["mask"], masks.training_masks("mischung", 250, 4, 2, 1))

    recipe = replace(CLASSIFIER, batch_size=100, seed=4)
    training = TrainingBatches(sample.train, recipe)
    training.start_epoch(2)
    chosen = np.random.default_rng([4, 2]).permutation(900)[300:400]
    shifted = batches.shift_and_flip(sample.train.images[chosen], np.random.default_rng([4, 2, 3]), 3)
    np.testing.assert_array_equal(training[3][0], to_float(shifted))


def test_extra_squares_are_drawn_where_less_than_a_quarter_is_missing(sample):
    recipe = replace(KOMPAKT, batch_size=200, extra_squares=2, mask_size=5)
    inputs, _ = TrainingBatches(sample.train, recipe)[0]
    plain = masks.training_masks("mischung", 200, 1, 0, 0).astype(np.uint8)
    share = plain.mean((1, 2, 3))
    grown = inputs["mask"].sum((1, 2, 3)) - plain.sum((1, 2, 3))
    assert (grown >= 0).all() and (grown[share >= 0.25] == 0).all() and grown.max() <= 50
    assert 25 < grown.max() and 0.3 < (grown[share < 0.25] > 0).mean() < 0.6
    rng = np.random.default_rng([1, 0, 0, 1])
    rng.random(200)  # the flips
    more = (rng.random(200) < 0.5) & (share < 0.25)
    for _ in range(2):
        plain[more] |= masks.square_masks(np.count_nonzero(more), rng, 5)
    np.testing.assert_array_equal(inputs["mask"], plain)


def test_losses_of_the_classifier():
    loss = batches.make_loss(CLASSIFIER)
    logits, classes = (
        np.array([[2.0, 1.0, 0, 0, 0, 0, 0, 0, 0, 0]], np.float32),
        np.eye(10, dtype=np.float32)[:1],
    )
    smooth = 0.9 * classes + 0.01
    expected = -(smooth * (logits - np.log(np.exp(logits).sum()))).sum()
    assert float(loss(classes, logits)) == pytest.approx(expected, rel=1e-5)
