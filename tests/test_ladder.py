"""The ladder: one change a rung, resumed without a trace, intervals as theory has them."""

import json
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from filelock import FileLock
from matplotlib.colors import to_hex
from matplotlib.text import Text

from inpainting import cli, config, data, evaluation, figures, ladder, masks, models, training

ALL = ladder.RUNGS
NAMES = [rung.name for rung in ALL]
KOMPAKT = ladder.KOMPAKT
FEW = ("entwurf", "verlust_im_loch", "compositing")
MEASURED = ("seconds", "trained_at", "git")


@pytest.fixture(scope="module")
def sample():
    return data.load_dataset(config.SAMPLE, log=lambda line: None)


@pytest.fixture(scope="module", autouse=True)
def few_rungs(tmp_path_factory):
    """A short ladder of three rungs and a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        changes = [rung for rung in ladder.RUNGS if rung.name in FEW]
        patch.setattr(ladder, "RUNGS", tuple(changes))
        patch.setattr(ladder, "KOMPAKT", FEW[-1])
        patch.setenv("INPAINTING_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def all_rungs(monkeypatch):
    """The whole ladder, as the package has it."""
    monkeypatch.setattr(ladder, "RUNGS", ALL)
    monkeypatch.setattr(ladder, "KOMPAKT", KOMPAKT)


def climb(sample, path, log=lambda line: None, seeds=(1,), steps=10, factors=(2,)):
    ladder.climb(sample, seeds, steps, factors, path, log)


@pytest.fixture(scope="module")
def climbed(sample, tmp_path_factory):
    """Results of the short ladder with one seed, and the lines that it logged."""
    path, lines = tmp_path_factory.mktemp("ladder") / "ladder.json", []
    climb(sample, path, lines.append)
    return path, lines


def comparable(path) -> dict:
    """A results file without what was measured."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for entry in content["entries"].values():
        for name in MEASURED:
            entry.pop(name)
    return content


def synthetic_ladder(levels, rng, seed_spread=0.0, n_seeds=3) -> dict:
    """A results file's content: rungs whose pooled hole PSNR is about the levels, in dB."""
    n_images = 10 * ladder.N_GROUPS
    hardness = rng.gamma(4, 0.25, n_images)
    hardness /= hardness.mean()
    entries, rungs = {}, []
    for rung, level in zip(ALL, levels, strict=False):
        keys = {}
        for seed in range(1, n_seeds + 1):
            shift = seed_spread * rng.standard_normal()
            psnr = level + shift - 10 * np.log10(hardness)
            squared = 100 * 10 ** (-psnr / 10)
            sums = dict.fromkeys(masks.SUITES, squared)
            sums |= dict.fromkeys(("hole_psnr", "image_psnr"), psnr)
            sums["image_psnr_composited"] = psnr + 12
            keys[str(seed)] = key = f"{rung.name}-{seed}"
            entries[key] = {
                "sums": {k: ladder._group_sums(v) for k, v in sums.items()}, "seconds": 5.0,
                "n_parameters": 100, "diverged": False, "precision": "float32",
                "hardware": {"processor": "Rechenwerk"},
            }  # fmt: skip
        rungs.append({"name": rung.name, "label": rung.label, "judged_by": rung.judged_by,
                      "composited": len(rungs) > 5, "keys": keys})  # fmt: skip
    last = rungs[-1]["keys"]["1"]
    return {
        "format": ladder.FORMAT, "steps": 100, "batch_size": 64, "n_images": n_images,
        "data": {"name": "x", "sha256": "0"}, "rungs": rungs, "entries": entries,
        "compute": {"1": last, "2": rungs[0]["keys"]["1"]},
        "hole_counts": {suite: [1000] * ladder.N_GROUPS for suite in masks.SUITES},
    }  # fmt: skip


LEVELS = np.array([16, 17, 17.0, 18, 17.5, 18, 18, 18.2, 19, 20, 20.5, 20.7, 20.6, 20.9, 21, 21.3])


@pytest.fixture
def results(tmp_path, rng):
    """Figures of a synthetic ladder with all rungs."""
    config.write_json(tmp_path / "l.json", synthetic_ladder(LEVELS, rng))
    return ladder.load_results(tmp_path / "l.json")


# ---------------------------------------------------------------- rungs


def test_each_rung_changes_one_thing_and_keeps_the_others(all_rungs):
    below = asdict(ladder.make_recipe(NAMES[0]))
    assert below == asdict(replace(ladder.LadderRecipe(), precision=training.native_precision()))
    for rung in ladder.RUNGS[1:]:
        own = asdict(ladder.make_recipe(rung.name))
        changed = {name for name in own if own[name] != below[name]}
        assert len(changed - {"learning_rate"}) == 1 and changed == set(rung.changes), rung.name
        below = own


def test_rung_of_kompakt_is_its_network(all_rungs):
    recipe, final = ladder.make_recipe(KOMPAKT), training.FinalRecipe()
    shared = {f.name for f in fields(recipe)} & {f.name for f in fields(final)}
    shared -= {"network", "version", "epochs", "precision", "seed"}
    assert {"widths", "holes", "optimizer", "weighting", "extra_squares"} < shared
    assert [n for n in shared if getattr(recipe, n) != getattr(final, n)] == []
    kompakt = training.NETWORKS["kompakt"]
    longer = {"steps", "batch_size", "learning_rate"}
    assert {n for n in shared if getattr(recipe, n) != getattr(kompakt, n)} <= longer


def test_last_rung_has_the_blocks_of_gruendlich(all_rungs):
    recipe, gruendlich = ladder.make_recipe(NAMES[-1]), training.NETWORKS["gruendlich"]
    assert recipe.detail == gruendlich.detail
    network = ladder.build_network(replace(recipe, widths=(8, 8), detail=(4, 2), precision="float32"))
    assert {f"detail_{i}" for i in range(4)} <= {layer.name for layer in network.layers}


def test_names_and_labels_are_unique_and_fit_the_figure():
    assert len(set(NAMES)) == len(NAMES) == len({rung.label for rung in ALL})
    assert max(len(rung.label) for rung in ALL) <= 24
    assert {rung.judged_by for rung in ALL} <= set(ladder.FIGURES)


@pytest.mark.parametrize("field", [f.name for f in fields(ladder.LadderRecipe)])
def test_key_follows_every_part_but_compositing(field):
    recipe = ladder.LadderRecipe()
    value = getattr(recipe, field)
    channels = {"widths": (9,), "detail": (9, 1)}
    other = not value if isinstance(value, bool) else channels.get(field) or value * 2 or 1
    same = replace(recipe, **{field: other}).key("47af") == recipe.key("47af")
    assert same is (field == "composited")


def test_compositing_shares_its_training(all_rungs):
    keys = [ladder.make_recipe(name).key("47af") for name in NAMES]
    same = [name for name, key, below in zip(NAMES[1:], keys[1:], keys, strict=False) if key == below]
    assert same == ["compositing"]


# ---------------------------------------------------------------- networks


def predict(network, images, holes) -> np.ndarray:
    return network.predict_on_batch({"image": images, "mask": holes.astype(np.float32)})


@pytest.mark.parametrize("output", ["relu", "sigmoid"])
def test_draft_is_the_original_network(sample, output):
    own = ladder.build_network(ladder.LadderRecipe(output=output, seed=3))
    original = models.build_original(output, seed=3)
    images, holes = models.to_float(sample.test.images[:4]), masks.suite_masks("quadrat8", 4)
    expected = original.predict_on_batch(models.mask_images(images, holes))
    np.testing.assert_allclose(predict(own, images, holes), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["entwurf", "skip", "prior"])
def test_holes_content_never_reaches_the_network(sample, all_rungs, rng, name):
    network = ladder.build_network(ladder.make_recipe(name))
    for variable in network.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    images, holes = models.to_float(sample.test.images[:4]), masks.suite_masks("freiform", 4)
    other = np.where(holes, np.float32(0.7), images)
    np.testing.assert_array_equal(predict(network, images, holes), predict(network, other, holes))


def test_prior_rung_starts_where_the_final_network_starts(sample, all_rungs):
    images, holes = models.to_float(sample.test.images[:8]), masks.suite_masks("quadrat8", 8)
    started = predict(ladder.build_network(ladder.make_recipe("prior")), images, holes)
    final = models.predict_final(models.build_final((8, 8)), images, holes)
    np.testing.assert_allclose(masks.composite(started, images, holes), final, atol=1e-5)
    residual = ladder.build_network(replace(ladder.make_recipe("residual"), widths=(8, 8)))
    np.testing.assert_allclose(predict(residual, images, holes), started, atol=1e-5)


def test_losses(rng):
    images, holes = rng.random((4, 32, 32, 3), np.float32), masks.suite_masks("haelfte", 4)
    predictions = rng.uniform(0.1, 0.9, images.shape).astype(np.float32)
    targets = training.hole_batch(images, holes)[1]
    error = (predictions - images) ** 2
    hole = np.broadcast_to(holes, images.shape) == 1
    entropy = -images * np.log(predictions) - (1 - images) * np.log(1 - predictions)
    expected = {"kreuzentropie": entropy.mean(), "quadratisch": error.mean(), "loch": error[hole].mean()}
    for name, loss in ladder.LOSSES.items():
        value = np.mean(models.keras.ops.convert_to_numpy(loss(targets, predictions)))
        assert value == pytest.approx(expected[name], rel=1e-4), name


# ---------------------------------------------------------------- batches


def test_every_rung_sees_the_same_images(sample, all_rungs):
    def shown(name):
        batches = ladder.LadderBatches(sample.train.images, ladder.make_recipe(name, steps=30))
        images = batches[29][1][..., :3]
        return np.minimum(images, images[:, :, ::-1])  # mirrored or not

    for name in ("mehr_loecher", "mischung"):
        np.testing.assert_array_equal(shown("entwurf"), shown(name))


def test_holes_of_a_rung(sample, all_rungs):
    def masks_of(name, epoch=0):
        recipe = ladder.make_recipe(name, steps=30, epochs=2)
        batches = ladder.LadderBatches(sample.train.images, recipe)
        batches.start_epoch(epoch)
        return np.concatenate([batches[step][0]["mask"] for step in range(len(batches))])

    fixed = {mask.tobytes() for mask in masks_of("sigmoid")}
    assert fixed == {mask.tobytes() for mask in masks_of("sigmoid", 1)}
    fresh = masks_of("frische_masken")
    assert (fresh != masks_of("frische_masken", 1)).any()
    assert not masks_of("sigmoid")[:, -1].any() and fresh[:, -1].any()
    assert (fresh.sum((1, 2, 3)) == 64).all()
    covered = masks_of("mehr_loecher").sum((1, 2, 3))
    assert 0.4 < np.mean(covered == 64) < 0.6 and covered.max() == 64 * (1 + ladder.FINAL.extra_squares)
    assert masks_of("mischung").sum((1, 2, 3)).max() > 300


def test_flips_mirror_every_second_image(sample, all_rungs):
    def images(name):
        batches = ladder.LadderBatches(sample.train.images, ladder.make_recipe(name, steps=4))
        return np.concatenate([batches[i][1][..., :3] for i in range(4)])

    plain, flipped = images("compositing"), images("spiegeln")
    mirrored = (flipped == plain[:, :, ::-1]).all((1, 2, 3))
    assert ((flipped == plain).all((1, 2, 3)) | mirrored).all() and 0.4 < mirrored.mean() < 0.6


# ---------------------------------------------------------------- judging


def test_sums_give_the_benchmarks_figures(sample):
    images = sample.validation.images
    network = ladder.build_network(ladder.LadderRecipe(output="sigmoid"))
    entry = {"sums": ladder.judge(network, images)}
    content = ladder._empty_file(sample, 10)
    shown, copied = (ladder.resampled_figures(content, [entry], c, 1) for c in (False, True))

    truth, pooled = models.to_float(images), []
    for suite in masks.SUITES:
        holes = masks.suite_masks(suite, len(images))
        prediction = predict(network, truth, holes)
        for figures_, composited in ((shown, False), (copied, True)):
            scores = evaluation.score(prediction, truth, holes, composited)
            expected = evaluation.summarise(scores, 1)
            if suite == "quadrat8":
                assert figures_["image"][0] == pytest.approx(expected["image_psnr"].value, abs=1e-3)
        pooled.append(expected["hole_psnr_pooled"].value)
        if suite == "quadrat8":
            assert copied["quadrat8"][0] == pytest.approx(pooled[0], abs=1e-3)
            mean = expected["hole_psnr_mean"].value
            assert copied["quadrat8_mean"][0] == pytest.approx(mean, abs=1e-3)
    assert copied["suites"][0] == pytest.approx(np.mean(pooled), abs=1e-3)


def resampled(content, rung=0, n_resamples=4000):
    entries = [content["entries"][key] for key in content["rungs"][rung]["keys"].values()]
    return ladder.resampled_figures(content, entries, False, n_resamples)


def test_intervals_over_images_are_those_of_theory(rng):
    content = synthetic_ladder([18], rng, n_seeds=1)
    values = resampled(content)["quadrat8_mean"]
    groups = np.array(content["entries"]["entwurf-1"]["sums"]["hole_psnr"]) / 10
    assert values[0] == pytest.approx(groups.mean(), rel=1e-5)
    assert values[1:].std() == pytest.approx(groups.std(ddof=1) / np.sqrt(len(groups)), rel=0.05)


def test_three_seeds_give_an_unbiased_variance(rng):
    content = synthetic_ladder([18], rng, seed_spread=3.0)
    seeds = [np.mean(entry["sums"]["hole_psnr"]) / 10 for entry in content["entries"].values()]
    values = resampled(content)["quadrat8_mean"]
    images = resampled(synthetic_ladder([18], rng, n_seeds=1))["quadrat8_mean"][1:].var()
    expected = np.var(seeds, ddof=1) / 3
    assert expected > 20 * images
    assert values[1:].var() == pytest.approx(expected, rel=0.1)


def test_differences_are_paired_in_images_and_seeds(tmp_path, rng):
    content = synthetic_ladder([17, 18], rng, seed_spread=2.0)
    for seed in "123":  # the second rung is the first plus 1 dB, on every image
        sums = content["entries"][f"entwurf-{seed}"]["sums"]["hole_psnr"]
        better = [value + 10 for value in sums]
        content["entries"][f"sigmoid-{seed}"]["sums"]["hole_psnr"] = better
    config.write_json(tmp_path / "l.json", content)
    below, above = ladder.load_results(tmp_path / "l.json").rungs
    assert below.differences == {} and below.verdict() == ""
    difference = above.differences["quadrat8_mean"]
    np.testing.assert_allclose([difference.value, difference.low, difference.high], 1, atol=1e-9)
    assert above.verdict("quadrat8_mean") == "gewinnt"
    wide = above.estimates["quadrat8_mean"]
    assert wide.high - wide.low > 0.5


# ---------------------------------------------------------------- climbing


def test_climb_says_in_german_what_it_does(climbed):
    lines = [line for line in climbed[1] if line[0].isdigit()]
    assert [line.split(":")[0] for line in lines] == [
        "1/3 Entwurf des Originals, Startwert 1", "2/3 Fehler nur im Loch, Startwert 1",
        "3/3 Stufe von kompakt, 2-fache Schritte",
    ]  # fmt: skip
    assert all("dB im Loch" in line for line in lines)
    assert ["noch etwa" in line for line in lines] == [True, True, False]


def test_results_of_a_climb(climbed):
    results = ladder.load_results(climbed[0])
    assert [rung.name for rung in results.rungs] == list(FEW)
    assert (results.seeds, results.steps, results.n_images) == ((1,), 10, 100)
    loss, copied = results.rungs[1:]
    assert loss.estimates["quadrat8"] == copied.estimates["quadrat8"]
    assert copied.estimates["image"].value > loss.estimates["image"].value + 3
    assert copied.verdict() == "gewinnt" and copied.verdict("quadrat8") == "unklar"
    assert [(point.factor, point.n_steps) for point in results.compute] == [(1, 10), (2, 20)]
    assert results.compute[0].estimates == copied.estimates


def test_second_call_trains_nothing(sample, climbed, tmp_path):
    path, lines = tmp_path / "ladder.json", []
    path.write_bytes(climbed[0].read_bytes())
    climb(sample, path, lines.append)
    assert lines == ["3 von 3 Trainings sind schon gerechnet."]
    assert path.read_bytes() == climbed[0].read_bytes()


def test_interrupted_climb_ends_with_the_same_results(sample, climbed, tmp_path):
    path = tmp_path / "ladder.json"

    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        climb(sample, path, interrupt)
    with pytest.raises(ladder.LadderError, match="unvollständig"):
        ladder.load_results(path)
    log = []
    climb(sample, path, log.append)
    assert log[0] == "1 von 3 Trainings sind schon gerechnet."
    assert comparable(path) == comparable(climbed[0])


def test_changed_recipe_is_trained_anew_and_the_old_one_kept_till_the_end(
    sample, climbed, tmp_path, monkeypatch
):
    path = tmp_path / "ladder.json"
    path.write_bytes(climbed[0].read_bytes())
    old = set(json.loads(path.read_text())["entries"])
    draft, loss, copied = ladder.RUNGS
    changed = replace(loss, changes={"loss": "quadratisch"})
    monkeypatch.setattr(ladder, "RUNGS", (draft, changed, copied))
    trained = []

    def make_entry(recipe, *rest):
        assert old <= set(json.loads(path.read_text())["entries"])
        trained.append(recipe.loss)
        return json.loads(climbed[0].read_text())["entries"][next(iter(old))]

    monkeypatch.setattr(ladder, "_make_entry", make_entry)
    climb(sample, path)
    assert trained == ["quadratisch"] * 2
    assert len(set(json.loads(path.read_text())["entries"]) & old) == 1


def test_stored_training_counts_in_whatever_precision(sample, climbed, monkeypatch):
    other = {"float32": "mixed_bfloat16", "mixed_bfloat16": "float32"}[training.native_precision()]
    monkeypatch.setattr(training, "native_precision", lambda: other)
    lines = []
    climb(sample, climbed[0], lines.append)
    assert lines == ["3 von 3 Trainings sind schon gerechnet."]


def test_committed_results_belong_to_this_code(all_rungs):
    if not ladder.RESULTS.exists():
        pytest.skip("no results are committed yet")
    assert ladder.RESULTS.stat().st_size <= 300_000
    content = json.loads(ladder.RESULTS.read_text(encoding="utf-8"))
    results = ladder.load_results()
    for rung in results.rungs:
        for seed in results.seeds:
            recipe = ladder.make_recipe(rung.name, seed, results.steps)
            assert ladder._find_key(content, recipe), (rung.name, seed)


# ---------------------------------------------------------------- bad input


def test_other_steps_or_data_are_refused_and_the_file_is_kept(sample, climbed):
    before = climbed[0].read_bytes()
    with pytest.raises(ladder.LadderError, match="mit 10 Schritten, verlangt ist eine mit 20"):
        climb(sample, climbed[0], steps=20)
    with pytest.raises(ladder.LadderError, match="mit den Daten stichprobe"):
        climb(replace(sample, sha256="0"), climbed[0])
    assert climbed[0].read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 99}'])
def test_damaged_file_is_refused_and_kept(sample, tmp_path, content):
    path = tmp_path / "ladder.json"
    path.write_text(content)
    for call in (lambda: climb(sample, path), lambda: ladder.load_results(path)):
        with pytest.raises(ladder.LadderError, match="anderen Aufbau"):
            call()
    assert path.read_text() == content


def test_missing_file():
    with pytest.raises(ladder.LadderError, match="nicht gefunden"):
        ladder.load_results(config.RESULTS / "gibt-es-nicht.json")


def test_two_climbs_at_once_are_refused(sample, tmp_path):
    busy = FileLock(config.cache_dir() / "leiter.lock")
    with busy, pytest.raises(ladder.LadderError, match="Ein anderer Prozess"):
        climb(sample, tmp_path / "ladder.json")
    assert not (tmp_path / "ladder.json").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--seeds", "3..1"], "Die Option --seeds hat den Wert „3..1“. Erlaubt sind ganze Zahlen von 0"),
        (["--seeds", "eins"], "wie 1,2,5 oder 1..3"),
        (["--seeds", "1..9999999999"], "höchstens 20"),
        (["--seeds", "1..20,30"], "höchstens 20"),
        (["--steps", "9"], "von 10 bis 100000"),
        (["--steps", "10,20"], "--steps"),
        (["--factors", "0"], "von 1 bis 64"),
        (["--dataset", "cifar"], "Gemeint ist vielleicht „cifar10“"),
        (["--seed", "1"], "Gemeint ist vielleicht --seeds"),
    ],
)  # fmt: skip
def test_bad_options(capsys, arguments, message):
    assert cli.main(["ladder", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_command(sample, climbed, capsys, monkeypatch):
    monkeypatch.setattr(data, "load_dataset", lambda *arguments: sample)
    arguments = ["--seeds", "1", "--steps", "10", "--factors", "2", "--output", str(climbed[0])]
    assert cli.main(["ladder", "--dataset", "stichprobe", *arguments]) == 0
    output = capsys.readouterr().out
    assert "3 von 3 Trainings" in output and "Bekanntes kopieren" in output and "gewinnt" in output


# ---------------------------------------------------------------- German and figures


def test_table_has_a_row_a_rung_and_signed_differences(results):
    table = ladder.make_table(results)
    assert [row[0] for row in table.rows] == [rung.label for rung in ALL]
    assert table.rows[0][2] == table.rows[0][-1] == ""
    assert table.rows[1][2].startswith("+1,00 [") and table.rows[1][-1] == "gewinnt"
    assert table.rows[2][2] == "+0,00 [+0,00; +0,00]" and table.rows[2][-1] == "unklar"
    assert table.rows[4][2].startswith("−0,50 [") and table.rows[4][-1] == "verliert"
    assert table.rows[6][-1] == "gewinnt"  # compositing: in the whole image
    assert all(len(row) == len(table.header) for row in table.rows)


def test_description_follows_the_results(results):
    text = ladder.describe(results)
    assert "15 Änderungen, zusammen +5,30 dB" in text
    lost = text.split("verlieren: ")[1].split(".")[0]
    assert "„Quadratischer Fehler“" in lost and "„Sigmoid am Ausgang“" not in lost
    unclear = text.split("darunter: ")[1].split(".")[0]
    assert "„Frische Löcher“" in unclear
    assert "Mit 2-mal so vielen Schritten ändert sich die Stufe von kompakt noch um −5,30 dB" in text


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def assert_nothing_is_cut_off(figure):
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert width == figures.WIDTH
    assert min(box.x0, box.y0) > -0.01 and box.x1 < width + 0.01 and box.y1 < height + 0.01


def test_ladder_figure_marks_what_loses(results):
    figure = figures.draw_ladder(results)
    assert_nothing_is_cut_off(figure)
    assert {rung.label for rung in ALL} | {"gewinnt", "verliert"} <= set(texts(figure))
    quadrat8 = figure.axes[0]
    assert [t.get_text() for t in quadrat8.get_yticklabels()] == [rung.label for rung in ALL]
    assert quadrat8.get_ylim()[0] > quadrat8.get_ylim()[1]  # the draft on top
    dots = [line for line in quadrat8.lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose([dot.get_xdata()[0] for dot in dots], LEVELS, atol=0.01)
    assert to_hex(dots[4].get_color()).upper() == figures.RED and dots[4].get_marker() == "v"
    assert to_hex(dots[1].get_color()).upper() == figures.BLUE


def test_compute_figure_doubles_along_the_axis(results):
    figure = figures.draw_compute(results)
    assert_nothing_is_cut_off(figure)
    assert {"100\n×1", "200\n×2", "21,30", "16,00", "Schritte"} <= set(texts(figure))
