"""The loop: golden losses, the same bytes after an interruption, and when it stops."""

import contextlib
import io
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from training_case import ORIGINAL, assert_same_course, assert_same_weights

from inpainting.networks import keras
from inpainting.training import loop, recipes
from inpainting.training.loop import History, TrainingError, fit
from inpainting.training.tasks import build_network, make_task

GOLDEN = replace(recipes.ORIGINAL, epochs=2)


@pytest.fixture(scope="module")
def golden(sample, tmp_path_factory):
    """The recipe of 2025 on the sample, two epochs in one go: network, history, checkpoint."""
    checkpoint = tmp_path_factory.mktemp("golden") / "c.npz"
    return *fit(make_task(GOLDEN, sample), checkpoint, str), checkpoint


def assert_same(result, golden) -> None:
    assert_same_weights(result[0], golden[0])
    assert_same_course(result[1], golden[1])


# ---------------------------------------------------------------- golden losses


def test_golden_losses_of_2025(golden):
    """A change of a recipe's result without a new version is noticed here."""
    history = golden[1]
    np.testing.assert_allclose(history.loss, [0.6909380555152893, 0.679638147354126], atol=2e-5)
    np.testing.assert_allclose(history.val_loss, [0.6833289265632629, 0.6637335419654846], atol=2e-5)


def test_golden_losses_of_the_draft(sample, tmp_path):
    task = make_task(replace(GOLDEN, output="relu"), sample)
    _, history = fit(task, tmp_path / "c.npz", str)
    np.testing.assert_allclose(history.loss, [3.34153461, 0.77130258], rtol=1e-3)


def test_golden_losses_of_kompakt(sample, tmp_path):
    recipe = replace(recipes.KOMPAKT, epochs=2, steps_per_epoch=10, warmup=4, flow=None)
    _, history = fit(make_task(recipe, sample), tmp_path / "c.npz", str)
    np.testing.assert_allclose(history.loss, [0.06536708772, 0.0646892637], rtol=1e-3)
    np.testing.assert_allclose(history.val_loss, [0.0687219799, 0.0681177527], rtol=1e-3)


def test_golden_losses_of_the_classifier(sample, tmp_path):
    recipe = replace(recipes.CLASSIFIER, epochs=2, batch_size=128)
    _, history = fit(make_task(recipe, sample), tmp_path / "c.npz", str)
    np.testing.assert_allclose(history.loss, [2.6162188, 2.0141218], rtol=2e-3)
    np.testing.assert_allclose(history.val_loss, [3.8604021, 2.2069414], rtol=2e-3)


# ---------------------------------------------------------------- going on


def test_training_that_was_cut_off_ends_bit_identical(sample, golden, tmp_path):
    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(make_task(GOLDEN, sample), tmp_path / "c.npz", interrupt)
    log = []
    assert_same(fit(make_task(GOLDEN, sample), tmp_path / "c.npz", log.append), golden)
    assert log[0] == "Training wird nach Epoche 1 fortgesetzt."
    assert len(log) == 2 and log[1].startswith("Epoche  2/2")


def test_finished_checkpoint_is_not_trained_again(sample, golden, tmp_path, monkeypatch):
    shutil.copy(golden[2], tmp_path / "c.npz")
    monkeypatch.setattr(keras.Model, "fit", None)
    log = []
    assert_same(fit(make_task(GOLDEN, sample), tmp_path / "c.npz", log.append), golden)
    assert log == ["Training wird nach Epoche 2 fortgesetzt."]


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_truncated_checkpoint_is_set_aside(sample, golden, tmp_path, monkeypatch, keep):
    path = tmp_path / "c.npz"
    content = golden[2].read_bytes()
    path.write_bytes(content[: int(len(content) * keep) if keep == 0.5 else keep])
    script_losses(monkeypatch, [3, 2])
    log = []
    network, history = fit(make_task(GOLDEN, sample), path, log.append)
    assert "beschädigt" in log[0] and path.with_suffix(".defekt").exists()
    assert history.val_loss == [3, 2] and epoch_of(network) == 2  # from nothing


# ---------------------------------------------------------------- stopping


def script_losses(monkeypatch, val_losses, losses=None):
    """Let training run without arithmetic: losses as given, weights count the epochs."""
    losses, val_losses = iter(losses or val_losses), iter(val_losses)

    class Fitted:
        def __init__(self):
            self.history = {"loss": [next(losses)]}

    def scripted(model, *args, **kwargs):
        model.set_weights([weight + 1 for weight in model.get_weights()])
        return Fitted()

    monkeypatch.setattr(keras.Model, "fit", scripted)
    monkeypatch.setattr(keras.Model, "evaluate", lambda *a, **k: next(val_losses))


def epoch_of(network) -> int:
    """The epoch that a network's weights come from, after :func:`script_losses`."""
    start = build_network(ORIGINAL).get_weights()[0]
    return round(float((network.get_weights()[0] - start).mean()))


@pytest.mark.parametrize(
    ("val_losses", "stopped", "best", "n"),
    [
        ([5, 4, 3, 2, 1, 1, 1], "epochs", 5, 7),
        ([5, 3, 4, 4, 4, 9, 9], "patience", 2, 5),
        ([5, 3, 4, 4, 2, 3, 3], "epochs", 5, 7),
        ([1, 2, 2, 2], "patience", 1, 4),
    ],
)
def test_stops_and_keeps_the_best(monkeypatch, sample, tmp_path, val_losses, stopped, best, n):
    script_losses(monkeypatch, val_losses)
    task = make_task(replace(ORIGINAL, epochs=7, patience=3), sample)
    network, history = fit(task, tmp_path / "c.npz", str)
    assert (history.stopped, history.best_epoch, history.n_epochs) == (stopped, best, n)
    assert epoch_of(network) == best


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("losses", "val_losses", "epoch"),
    [([3, NAN], [3, 2], 2), ([3, 2, 1], [5, 4, NAN], 3), ([3, 2], [5, INF], 2), ([NAN], [NAN], 1)],
)
def test_loss_that_is_no_number_ends_it(monkeypatch, sample, tmp_path, losses, val_losses, epoch):
    script_losses(monkeypatch, val_losses, losses)
    with pytest.raises(TrainingError, match=f"Epoche {epoch} entgleist.*anderen Startwert"):
        fit(make_task(ORIGINAL, sample), tmp_path / "c.npz", str)
    assert not (tmp_path / "c.npz").exists()  # going on would not help


def test_progress_is_a_few_lines(monkeypatch, sample, tmp_path):
    script_losses(monkeypatch, list(range(92, 0, -1)))
    lines = []
    fit(make_task(replace(ORIGINAL, epochs=92, patience=92), sample), tmp_path / "c.npz", lines.append)
    assert len(lines) <= loop.N_LINES + 1
    assert lines[0].startswith("Epoche  1/92") and lines[-1].startswith("Epoche 92/92")


# ---------------------------------------------------------------- history


def test_history_before_the_first_epoch():
    assert (History().best_epoch, History().best_val_loss, History().n_epochs) == (0, np.inf, 0)


def test_log_has_the_columns_of_the_original():
    text = History(loss=[0.6, 0.5], val_loss=[0.7, 0.65], seconds=[1, 1]).to_csv()
    assert text == "epoch,loss,val_loss\n0,0.6,0.7\n1,0.5,0.65\n"


def test_epoch_line_is_german():
    history = History(loss=[0.6, 0.51234], val_loss=[0.7, 0.65], seconds=[60, 90.25])
    assert loop.epoch_line(history, 4) == (
        "Epoche  2/4 · Verlust 0,51234 · Validierung 0,65000 · 90,2 s · noch höchstens 2:30 min"
    )
    history.stopped = "patience"
    assert loop.epoch_line(history, 4).endswith("90,2 s")


# ---------------------------------------------------------------- memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_freed_memory_is_kept_while_a_network_trains_and_no_longer():
    """Of the environment: glibc obeys."""
    program = (
        "import contextlib, resource\n"
        "from inpainting.training import loop\n"
        "def share_cleared():\n"
        "    faults = []\n"
        "    for _ in range(6):\n"
        "        bytearray(b'x') * 2**26\n"
        "        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)\n"
        "    return (faults[-1] - faults[0]) * resource.getpagesize() / (5 * 2**26)\n"
        "before = share_cleared()\n"
        "with contextlib.suppress(KeyError), loop.freed_memory_kept():\n"
        "    kept = share_cleared()\n"
        "    raise KeyError\n"
        "print(before, kept, share_cleared())\n"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, kept, after = map(float, process.stdout.split()[-3:])
    assert before > 0.5 and kept < 0.1 and after > 0.5


def test_training_keeps_freed_memory(sample, tmp_path, monkeypatch):
    entered = []

    @contextlib.contextmanager
    def note():
        entered.append(True)
        yield
        entered.append(False)

    monkeypatch.setattr(loop, "freed_memory_kept", note)
    script_losses(monkeypatch, [3, 2])
    fit(make_task(GOLDEN, sample), tmp_path / "c.npz", str)
    assert entered == [True, False] * GOLDEN.epochs


# ---------------------------------------------------------------- when it ends, and what is told


@pytest.mark.parametrize(
    "losses, epochs, patience, why",
    [
        ([0.5], 1, 9, "epochs"),
        ([0.5], 2, 9, ""),
        ([0.5, 0.6, 0.6], 9, 2, "patience"),
        ([0.5, 0.6, 0.6], 9, 3, ""),
        ([0.5, 0.6, 0.6], 3, 2, "patience"),
        ([0.5, np.nan], 2, 1, "nan"),
        ([0.5, np.inf], 9, 9, "nan"),
    ],
)
def test_reasons_to_stop(losses, epochs, patience, why):
    task = SimpleNamespace(epochs=epochs, patience=patience)
    history = History(loss=[0.5] * len(losses), val_loss=losses)
    assert loop._reason_to_stop(history, task) == why
    if why == "nan":  # of the training as well as of the validation
        assert loop._reason_to_stop(History(loss=losses, val_loss=[0.5] * len(losses)), task) == why


def test_best_epoch_is_the_first_of_the_lowest():
    history = History(val_loss=[0.7, 0.5, 0.5, np.nan, -np.inf], seconds=[1, 2, 3.5])
    assert (history.best_epoch, history.best_val_loss, history.total_seconds) == (2, 0.5, 6.5)


@pytest.mark.parametrize(
    "n, told", [(1, [1]), (4, [1, 2, 3, 4]), (12, [1, 3, 6, 9, 12]), (92, [1, 19, 38, 57, 76, 92])]
)
def test_epochs_that_are_told(n, told):
    lines, history = [], History()
    meter = loop._Meter(SimpleNamespace(epochs=n), lines.append)
    for epoch in range(1, n + 1):
        for values in (history.loss, history.val_loss, history.seconds):
            values.append(0.5)
        history.stopped = "epochs" if epoch == n else ""
        meter.report(history)
    assert [int(line.split("/")[0].split()[-1]) for line in lines] == told


def test_a_terminal_gets_a_bar(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(loop.sys, "stderr", terminal)
    meter = loop._Meter(SimpleNamespace(epochs=9), str)
    (callback,) = meter.callbacks(History(val_loss=[0.5]), 20)
    callback.on_train_batch_end(0, {})
    callback.on_train_batch_end(15, {})
    callback.on_train_end({})
    shown = terminal.getvalue()
    assert "Epoche 2/9" in shown and "/20" in shown
    monkeypatch.setattr(loop.sys, "stderr", io.StringIO())
    assert loop._Meter(SimpleNamespace(epochs=9), str).callbacks(History(), 20) == []


def test_time_that_remains():
    history = History(loss=[1.0] * 3, val_loss=[1.0] * 3, seconds=[10, 20, 33])
    assert loop.epoch_line(history, 8).endswith("noch höchstens 1:45 min")
    assert loop.epoch_line(history, 3).endswith("noch höchstens 0:00 min")
