"""Benchmarks that nobody measured: what the rules of the German text must be able to tell apart."""

from types import SimpleNamespace

from inpainting.classical import METHODS
from inpainting.german.ladder import DECIDES
from inpainting.masks import SUITES
from inpainting.measuring import evaluation
from inpainting.measuring.evaluation import Estimate

BASE = dict(zip(METHODS, (13.0, 17.4, 17.6, 18.4), strict=True)) | {
    "gauss": 18.8,
    "prior": 17.7,
    "original": 17.2,
    "original_relu": 17.3,
    "kompakt": 19.4,
    "gruendlich": 20.0,
}
"""Pooled hole PSNR of every method, in dB, as it is about measured."""

COMPARED = ("hole_psnr_pooled", "hole_psnr_mean", "ssim")


def around(value: float, half: float = 0.03) -> Estimate:
    return Estimate(value, value - half, value + half)


def figures_of(pooled: float, sharpness: float = 0.6, seam: float = 0.75) -> dict[str, Estimate]:
    """All figures of a method whose pooled PSNR is given; the others follow it."""
    values = {
        "hole_psnr_pooled": pooled,
        "hole_psnr_mean": pooled + 2,
        "hole_mae": 40 - pooled,
        "ssim": 0.9 + pooled / 300,
        "image_psnr": pooled + 14,
        "seam_ratio": seam,
        "sharpness": sharpness,
    }
    assert set(values) == set(evaluation.FIGURES)
    return {key: around(value, 0.0001 if key == "ssim" else 0.03) for key, value in values.items()}


def make_benchmark(
    pooled=None,
    gaps=None,
    samples=(),
    suites=SUITES,
    n_images=10_000,
    shares=None,
    without=(),
    sizes=None,
    twin=None,
    draws=None,
    distances=None,
):
    """A benchmark as the German text reads it.

    Parameters
    ----------
    pooled : method → pooled PSNR where it is not that of :data:`BASE`.
    gaps : (suite, a, b, figure) → Estimate of a − b where it does not follow from ``pooled``.
    samples : networks that draw samples.
    shares : (suite, method) → Estimate of the classifier's accuracy.
    without : methods that are missing.
    sizes : edge of a hole → pooled PSNR of the network of 2025.
    twin : the same of its twin with ReLU.
    draws : figure of the draws → Estimate where it is not the usual one.
    distances : (suite, method) → Fréchet distance, an Estimate; ``wahr`` is that of true images.
    """
    values = {m: x for m, x in (BASE | (pooled or {})).items() if m not in without}
    values |= {f"{n}_vorschlag": values[n] - 2.3 for n in samples}
    looks = {"original": (0.62, 1.0), "mittelwert": (0.01, 2.8)} | {
        f"{n}_vorschlag": (0.96, 1.02) for n in samples
    }
    figures = {s: {m: figures_of(x, *looks.get(m, (0.6, 0.75))) for m, x in values.items()} for s in suites}
    differences = {
        s: {
            a: {
                b: {
                    key: (gaps or {}).get((s, a, b, key))
                    or around(of[a][key].value - of[b][key].value, 0.0002 if key == "ssim" else 0.04)
                    for key in COMPARED
                }
                for b in of
                if b != a
            }
            for a in of
            if a in ("original", "original_relu", "kompakt", "gruendlich") or a.endswith("_vorschlag")
        }
        for s, of in figures.items()
    }
    semantics = {
        s: {"wahr": around(0.9, 0.006), "maskiert": around(0.5, 0.01)}
        | {m: (shares or {}).get((s, m)) or around(0.8, 0.008) for m in values}
        for s in suites
    }
    edges = ("4", "6", "8", "10", "12", "16")
    falling = {m: {e: around(x + 3 - int(e) / 4) for e in edges} for m, x in values.items()}
    if sizes:
        falling["original"] = {e: around(sizes[int(e)]) for e in edges}
    if twin:
        falling["original_relu"] = {e: around(twin[int(e)]) for e in edges}
    draw = {
        "energy_ratio": around(0.715, 0.005),
        "coverage": around(0.79, 0.01),
        "mean_psnr": around(values.get("gruendlich", 20.0) - 0.4),
        "mean_loss": around(0.4),
        "best_of_few": around(18.9),
        "best_of_many": around(19.4),
        "diversity": around(0.1, 0.01),
    } | (draws or {})
    networks = [m for m in values if m in ("original", "original_relu", "kompakt", "gruendlich")]
    return SimpleNamespace(
        question=SimpleNamespace(n_images=n_images, suites=tuple(suites), split="test"),
        methods=tuple(values),
        n_images={m: min(n_images, 2000) if m.endswith("_vorschlag") else n_images for m in values},
        own_networks=tuple(m for m in networks if not m.startswith("original")),
        figures=figures,
        as_shown={s: {"original": {"image_psnr": around(23.8), "ssim": around(0.78)}} for s in suites},
        differences=differences,
        validation={m: around(0.5) for m in networks if not m.startswith("original")},
        classes={
            m: {"Hund": around(x), "Schiff": around(x + 1), "LKW": around(x - 1)} for m, x in values.items()
        },
        positions={m: [[(40 - x) ** 2 / 255**2] * 8] * 8 for m, x in values.items()},
        hole_sizes=falling,
        semantics=semantics,
        semantic_differences={},
        frechet={
            s: {
                m: (distances or {}).get((s, m)) or around(0.3 + 0.1 * i, 0.04)
                for i, m in enumerate(("wahr", *values))
            }
            for s in suites
        }
        if samples
        else {},
        draws={s: {n: draw for n in samples} for s in suites},
        gains={},
        examples={m: {"misserfolge": [0, 1, 2, 3]} for m in networks},
    )


def make_seeds(spread: float = 0.05, networks=("original", "original_relu", "kompakt")):
    """Three seeds of each network, ``spread`` dB apart from end to end."""
    return {
        n: {
            s: {
                key: [BASE[n], BASE[n] + spread / 2, BASE[n] + spread]
                for key in ("hole_psnr_pooled", "hole_psnr_mean")
            }
            | {"ssim": [0.97, 0.97 + spread / 600, 0.97 + spread / 300]}
            for s in SUITES
        }
        for n in networks
    }


def make_rungs(**gains):
    """A ladder of invented gains: name → (what decides, gain by it)."""
    rungs = [SimpleNamespace(name="start", label="Start", differences={}, estimates={"quadrat8": around(15)})]
    for name, (decides, gain) in gains.items():
        differences = {figure: around(gain if figure == decides else 0.01) for figure in DECIDES}
        rungs.append(
            SimpleNamespace(
                name=name,
                label=name,
                differences=differences,
                estimates={"quadrat8": around(16)},
                judged_by=decides,
                n_parameters=100,
                verdict=lambda: "gewinnt",
            )
        )
    return SimpleNamespace(rungs=tuple(rungs), steps=1200, batch_size=64, seeds=(1, 2, 3), n_images=2000)
