"""Properties of parameters, names of files, numbers, masks, measures: for whatever hypothesis invents."""

import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inpainting import classical, config, console, errors, files, masks
from inpainting.config import PARAMETERS, ConfigError
from inpainting.german import numbers
from inpainting.measuring import evaluation
from inpainting.runs import execution, folders, soundness

settings.register_profile(
    "inpainting", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), max_examples=100
)
settings.load_profile("inpainting")

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


# ---------------------------------------------------------------- parameters


@pytest.mark.parametrize("name", sorted(PARAMETERS))
@given(value=ANYTHING)
def test_a_value_is_of_its_type_and_range_or_refused_in_german(name, value):
    parameter = PARAMETERS[name]
    try:
        parsed = parameter.parse(value)
    except ConfigError as error:
        message = str(error)
        assert message.startswith(f"Der Parameter {name} hat den Wert „") and "Erlaubt ist: " in message
        assert message.isprintable() and len(message) < 700
        return
    assert type(parsed) is parameter.type
    if parameter.choices:
        assert parsed in parameter.choices
    elif isinstance(parsed, str):
        assert parameter.minimum <= len(parsed) <= parameter.maximum and parsed == parsed.strip()
        assert parameter.paragraphs or "\n" not in parsed
    else:
        assert parameter.minimum <= parsed <= parameter.maximum
    assert parameter.parse(parsed) == parsed


@given(number=st.integers())
def test_whole_numbers_are_taken_exactly_within_their_bounds(number):
    for name in ("seed", "mask_size", "batch_size", "epochs", "original_epochs", "patience", "page_limit"):
        parameter = PARAMETERS[name]
        allowed = parameter.minimum <= number <= parameter.maximum
        for written in (number, str(number), f" {number} "):
            if allowed:
                assert parameter.parse(written) == number
            else:
                with pytest.raises(ConfigError):
                    parameter.parse(written)


@given(names=st.lists(st.text(max_size=12), max_size=4))
def test_unknown_parameters_are_refused_by_name(names):
    given_values = dict.fromkeys(names, 1)
    if given_values.keys() - PARAMETERS.keys():
        with pytest.raises(ConfigError, match="Den Parameter .*gibt es nicht"):
            config.load_config(given_values)


@given(seed=st.integers(0, 2**31 - 1), size=st.integers(1, 31), epochs=st.integers(1, 1000))
def test_names_of_runs_are_names_of_folders_and_tell_runs_apart(seed, size, epochs):
    run = config.load_config({"seed": seed, "mask_size": size, "epochs": epochs})
    assert config.check_run_name(run.run_name()) == run.run_name()
    other = config.load_config({"seed": seed, "mask_size": 32 - size, "epochs": epochs})
    assert (run.run_name() == other.run_name()) == (size == 32 - size)


@given(name=st.text(max_size=120))
def test_a_name_of_a_folder_is_safe_on_every_system_or_refused(name):
    try:
        assert config.check_run_name(name) == name
    except ConfigError as error:
        assert "taugt nicht für einen Ergebnisordner" in str(error) and str(error).isprintable()
        return
    assert re.fullmatch(r"[A-Za-z0-9._=-]{1,100}", name) and name[0].isalnum() and name[-1] != "."
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name, re.I) and not name.endswith(".fehler")


@given(value=ANYTHING)
def test_what_is_foreign_is_shown_short_and_on_one_line(value):
    shown = errors.short(value)
    assert shown.isprintable() and len(shown) <= 61


@given(text=st.text(max_size=80))
def test_addresses_are_of_the_web_or_refused(text):
    try:
        parsed = PARAMETERS["url"].parse(text)
    except ConfigError:
        return
    assert parsed == "" or re.match(r"https?://[^/\s]", parsed, re.I)
    assert not set(parsed) & set(' <>"{}|\\^`\n')


# ---------------------------------------------------------------- the command line


@given(words=st.lists(st.text(max_size=12), max_size=5))
def test_odd_words_never_end_in_a_traceback(words):
    from inpainting import cli

    assert cli.main(["parameter", *words]) in (0, 2) or {"-h", "--help"} & set(words)


@given(
    words=st.lists(st.sampled_from(["--range", "-1..1", "a", "-5", "--json", "-0,5", "--", "-x"]), max_size=6)
)
def test_joining_negative_values_loses_no_word(words):
    joined = console._join_negative(words)
    assert " ".join(joined).replace("=-", " -") == " ".join(words)


# ---------------------------------------------------------------- numbers and files


@given(value=st.floats(allow_nan=True), digits=st.integers(1, 15))
def test_rounding_keeps_the_leading_digits(value, digits):
    rounded = files.round_figure(value, digits)
    if not math.isfinite(value):
        assert math.isnan(rounded) if math.isnan(value) else rounded == value
    else:
        assert rounded == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=5e-324)
        assert files.round_figure(rounded, digits) == rounded


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
def test_json_comes_back_as_it_was(value):
    import json

    text = files.to_json(value)
    assert json.loads(text) == value and files.to_json(json.loads(text)) == text


@given(
    content=st.dictionaries(
        st.sampled_from(["a.csv", "b.json", "c.pdf"]), st.binary(max_size=30), min_size=1
    ),
    data=st.data(),
)
def test_every_changed_file_of_a_run_is_found(tmp_path_factory, content, data):
    folder = tmp_path_factory.mktemp("lauf")
    files.write_json(folder / "run.json", {"parameters": {}})
    for name, text in content.items():
        (folder / name).write_bytes(text)
    soundness.seal(folder)
    assert soundness.find_changes(folder) == []
    name = data.draw(st.sampled_from(sorted(content)))
    changed = data.draw(st.binary(max_size=30))
    (folder / name).write_bytes(changed)
    expected = [] if changed == content[name] else [f"{name} ist verändert"]
    assert soundness.find_changes(folder) == expected


@given(
    name=st.text(
        st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=40
    )
)
def test_papermill_takes_every_path_as_it_is(name):
    from papermill.parameterize import parameterize_path

    path = "/ordner/" + name
    place = execution.SCHEME + path.replace("{", "{{").replace("}", "}}")
    assert parameterize_path(place, {"x": 1}).removeprefix(execution.SCHEME) == path


@given(content=st.binary(max_size=200) | st.sampled_from([b"[]", b'{"cells": [1]}', b'{"cells": null}']))
def test_counting_cells_survives_any_file(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("n") / "a.ipynb"
    path.write_bytes(content)
    assert folders.count_executed(path) == 0


# ---------------------------------------------------------------- masks and compositing

IMAGES = arrays.arrays(np.float32, (2, 32, 32, 3), elements=st.floats(0, 1, width=32))


@given(size=st.integers(1, 31), seed=st.integers(0, 2**31 - 1))
def test_square_holes_have_their_size_and_lie_inside(size, seed):
    holes = masks.square_masks(5, np.random.default_rng(seed), size)
    assert holes.shape == (5, 32, 32, 1) and set(np.unique(holes)) <= {0, 1}
    for hole in holes[..., 0]:
        rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        assert len(rows) == len(columns) == size and hole.sum() == size**2
        assert np.ptp(rows) == np.ptp(columns) == size - 1


@pytest.mark.parametrize("suite", masks.SUITES)
@given(n=st.integers(1, 30))
def test_a_suite_begins_the_same_whatever_its_length(suite, n):
    longer = masks.suite_masks(suite, 30, "test")
    assert np.array_equal(masks.suite_masks(suite, n, "test"), longer[:n])
    assert (longer.reshape(30, -1).sum(1) > 0).all() and (longer.reshape(30, -1).sum(1) < 1024).all()


@given(images=IMAGES, seed=st.integers(0, 1000))
def test_the_mean_colour_lies_between_the_known_pixels(images, seed):
    holes = masks.square_masks(2, np.random.default_rng(seed), 8)
    filled = classical.METHODS["mittelwert"](images, holes)
    for image, hole, result in zip(images, holes[..., 0] == 1, filled, strict=True):
        low, high = image[~hole].min(0), image[~hole].max(0)
        assert (result[hole] >= low - 1e-5).all() and (result[hole] <= high + 1e-5).all()


# ---------------------------------------------------------------- compositing, scores

PIXELS = st.floats(0, 1, width=32)
ANY_PIXELS = st.floats(width=32, allow_nan=False)


@st.composite
def cases(draw, elements=PIXELS):
    """Predictions, images and masks of some size; every mask has a hole and a known pixel."""
    n, height, width = draw(st.integers(1, 4)), draw(st.integers(2, 9)), draw(st.integers(2, 9))
    shape = (n, height, width, 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    predictions = draw(arrays.arrays(np.float32, shape, elements=elements))
    images = rng.random(shape, np.float32)
    holes = (rng.random((n, height, width, 1)) < draw(st.floats(0.05, 0.95))).astype(np.uint8)
    holes[:, 0, 0], holes[:, -1, -1] = 1, 0
    return predictions, images, holes


@given(case=cases(ANY_PIXELS))
def test_a_composite_is_the_image_outside_and_in_range_inside(case):
    predictions, images, holes = case
    whole = masks.composite(predictions, images, holes)
    known = np.broadcast_to(holes == 0, images.shape)
    assert whole.dtype == np.float32 and whole[known].tobytes() == images[known].tobytes()
    assert whole.min() >= 0 and whole.max() <= 1
    inside = ~known & (predictions >= 0) & (predictions <= 1)
    np.testing.assert_array_equal(whole[inside], predictions[inside])


@given(case=cases())
def test_masked_images_know_nothing_of_their_holes(case):
    predictions, images, holes = case
    one, other = (masks.mask_images(masks.composite(p, images, holes), holes) for p in (predictions, images))
    np.testing.assert_array_equal(one, other)


@given(case=cases(ANY_PIXELS))
def test_scores_are_numbers_in_their_ranges(case):
    scores = evaluation.score(*case)
    n_values = 3 * case[2].sum((1, 2, 3))
    np.testing.assert_array_equal(scores.hole_count, n_values)
    assert (scores.hole_squared_error >= 0).all() and (scores.hole_squared_error <= n_values).all()
    assert (scores.hole_squared_error <= scores.hole_absolute_error).all()  # no difference is over 1
    assert (scores.hole_psnr >= 0).all() and (scores.hole_psnr <= evaluation.HOLE_PSNR_CAP).all()
    assert (scores.image_psnr >= scores.hole_psnr - 1e-9).all()  # known pixels have no error
    assert (scores.ssim <= 1 + 1e-9).all() and (scores.seam >= 0).all() and (scores.sharpness >= 0).all()


@given(case=cases())
def test_scores_do_not_depend_on_order_or_mirroring(case):
    scores = evaluation.score(*case)
    turned = evaluation.score(*(array[::-1] for array in case))
    mirrored = evaluation.score(*(np.ascontiguousarray(array[:, ::-1, ::-1]) for array in case))
    swapped = evaluation.score(*(np.ascontiguousarray(array.swapaxes(1, 2)) for array in case))
    for name in vars(scores):
        expected = getattr(scores, name)
        np.testing.assert_array_equal(getattr(turned, name)[::-1], expected)
        np.testing.assert_allclose(getattr(mirrored, name), expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(getattr(swapped, name), expected, rtol=1e-9, atol=1e-9)


@given(case=cases())
def test_the_truth_scores_best_and_a_bootstrap_interval_holds_the_figure(case):
    predictions, images, holes = case
    best = evaluation.score(images, images, holes)
    assert (best.hole_psnr == 60).all() and (best.image_psnr == 100).all()
    np.testing.assert_allclose(best.ssim, 1)
    found = evaluation.summarise(evaluation.score(predictions, images, holes), 20)
    assert list(found) == list(evaluation.FIGURES)
    for estimate in found.values():
        assert math.isnan(estimate.low) or estimate.low <= estimate.high


# ---------------------------------------------------------------- German numbers


@given(value=st.floats(-1e12, 1e12), digits=st.integers(0, 6))
def test_a_german_number_can_be_read_back(value, digits):
    text = numbers.number(value, digits)
    plain = text.replace(numbers.NARROW_SPACE, "").replace(",", ".").replace("−", "-")
    assert float(plain) == pytest.approx(round(value, digits), abs=10.0**-digits / 2)
    assert "-" not in text and "." not in text and not re.fullmatch("−[0,]*", text)
    assert (numbers.NARROW_SPACE in text) == (abs(round(value, digits)) >= 10_000)
    assert len(text.partition(",")[2]) == digits
    signed = numbers.number(value, digits, sign=True)
    assert signed.lstrip("+") == text and signed[0] in "+−"


@given(value=st.sampled_from([math.nan, math.inf, -math.inf]), digits=st.integers(0, 6))
def test_what_is_no_number_is_a_dash(value, digits):
    assert numbers.number(value, digits) == numbers.number(value, digits, sign=True) == "–"


@given(seconds=st.floats(0, 1e6))
def test_a_duration_is_in_seconds_or_minutes(seconds):
    value, unit = numbers.duration(seconds).split(numbers.NO_BREAK_SPACE)
    read = float(value.replace(numbers.NARROW_SPACE, "").replace(",", "."))
    assert unit == ("s" if seconds < 90 else "min")
    assert read * {"s": 1, "min": 60}[unit] == pytest.approx(seconds, abs=3.01)


@given(words=st.lists(st.text("abc", min_size=1), min_size=1, max_size=5))
def test_a_listing_names_every_word_once(words):
    text = numbers.listing(words)
    assert re.split(", | und ", text) == words
    assert text.count(" und ") == (len(words) > 1)


@given(text=st.text())
def test_what_a_user_wrote_means_nothing_in_markdown(text):
    assert numbers._unescape(numbers.escape(text)) == text
