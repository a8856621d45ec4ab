"""The control: ``kompakt`` without its prior, after a whole training, beside what it is compared with."""

from inpainting.german.numbers import (
    POOLED,
    SSIM,
    Table,
    called,
    count,
    label,
    listing,
    number,
    signed,
    suite_label,
    suite_names,
)
from inpainting.german.verdicts import MEASURES, sign
from inpainting.masks import SUITES
from inpainting.measuring.control import Control
from inpainting.measuring.seeds import Seeds, values


def lead_sign(
    control: Control, method: str, suite: str, key: str = POOLED, seeds: Seeds | None = None
) -> int:
    """1 or −1 where a method is ahead of the control, or behind, by more than both differ over their seeds; else 0."""
    difference = control.ahead[method][suite][key]
    ranges = [values(seeds or {}, method, suite, key), control.figures[suite][key]]
    both = sum(max(found) - min(found) for found in ranges if found)
    return sign(difference) if abs(difference.value) > both else 0


def compare(control: Control, method: str, seeds: Seeds | None = None) -> dict[int, list[str]]:
    """1, −1 and 0 → suites: a method is ahead of the control by all three measures, behind it, or neither."""
    found: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for suite in sorted(control.ahead[method], key=list(SUITES).index):
        signs = {lead_sign(control, method, suite, key, seeds) for key in MEASURES}
        found[signs.pop() if len(signs) == 1 else 0].append(suite)
    return found


def describe(control: Control | None, seeds: Seeds | None = None) -> str:
    """The main part: what the prior is worth after a whole training; "" without the control."""
    if control is None:
        return ""
    lead, of = control.ahead["kompakt"], compare(control, "kompakt", seeds)
    parts = [
        f"{verb} auf {listing([f'{suite_label(s)} ({number(lead[s][POOLED].value, 2, sign=True)})' for s in of[wanted]])}"
        for wanted, verb in ((1, "hilft sie"), (-1, "schadet"))
        if of[wanted]
    ]
    text = " und ".join(parts).replace("schadet", "schadet" if of[1] else "schadet sie")
    text = f"{text} dB" if parts else "ändert sie in keinem Maskensatz in allen drei Maßen etwas"
    rest = f"; auf {suite_names(of[0])} sind die Maße uneins" if of[0] and parts else ""
    return f"Gegen „kompakt“ mit Grau statt der Vorfüllung (@tab:kontrolle) {text}{rest}."


def summarise(control: Control | None, seeds: Seeds | None = None) -> str:
    """Predicate of a sentence on the prior, for summary and conclusion: where the prior helps after a whole training, and where not."""
    if control is None:
        return ""
    of = compare(control, "kompakt", seeds)
    if not of[-1] and not of[0]:
        return "hilft „kompakt“ auch nach ganzem Training auf allen Maskensätzen"
    if not of[1]:
        return "hilft „kompakt“ nach ganzem Training auf keinem Maskensatz in allen drei Maßen"
    harm = f" und schadet auf {suite_names(of[-1])}" if of[-1] else ""
    return f"hilft „kompakt“ nach ganzem Training in allen drei Maßen nur auf {suite_names(of[1])}{harm}"


def table(control: Control) -> Table:
    """Suite by suite, the control's figures and how far others are ahead of it, pooled."""
    methods = [m for m in ("kompakt", "gauss", "original") if m in control.ahead]
    rows = [
        [
            suite_label(suite),
            *(number(figures[key][0], 4 if key == SSIM else 2) for key in MEASURES),
            *(signed(control.ahead[m][suite][POOLED]).replace("; ", ";\u00a0") for m in methods),
        ]
        for suite, figures in sorted(control.figures.items(), key=lambda of: list(SUITES).index(of[0]))
    ]
    header = ["Masken", "gepoolt (dB)", "Mittel (dB)", "SSIM", *map(label, methods)]
    return Table(header, rows, "l" + "r" * (len(header) - 1))


def caption(control: Control) -> str:
    return (
        f"„kompakt“ mit Grau statt der Vorfüllung ({number(control.n_parameters)} Parameter), auf {number(control.images)} Testbildern, und wie weit "
        "andere gepoolt vor ihm liegen, gepaart, in dB; Zahlen: `results/control.json`."
    )


def describe_table(control: Control, seeds: Seeds | None = None) -> str:
    """The appendix: how the control was made, and what a learned network reaches without the prior."""
    n = len(control.seeds)
    text = (
        "*Kontrolle.* Was bringt die Vorfüllung nach ganzem Training? Wir trainieren den Mittelwert von „kompakt“ noch einmal, mit demselben "
        "Rezept, denselben Bildern und Löchern; nur steht im Loch ein mittleres Grau statt der Vorfüllung "
        f"({count(n, 'Startwert', 'Startwerte')}{', der erste' if n > 1 else ''} in @tab:kontrolle). Gesichert heißt hier: das Intervall enthält die Null nicht, und der "
        "Abstand ist größer als die Spannen über die Startwerte."
    )
    mean = sum(of[POOLED].value for of in control.ahead["kompakt"].values()) / len(control.ahead["kompakt"])
    text += f" Im Mittel der gepoolten PSNR aller Maskensätze bringt die Vorfüllung {number(mean, 2, sign=True)} dB."
    return " ".join(filter(None, [text, *(_beside(control, m, seeds) for m in ("kompakt", "gauss"))]))


def _beside(control: Control, method: str, seeds: Seeds | None) -> str:
    """Where a method is for certain better or worse than the control by all three measures."""
    if method not in control.ahead:
        return ""
    of = compare(control, method, seeds)
    parts = [f"auf {suite_names(of[s])} {word}" for s, word in ((1, "besser"), (-1, "schlechter")) if of[s]]
    return (
        f"In allen drei Maßen gesichert ist {called(method)} {listing(parts)} als dieses Netz."
        if parts
        else ""
    )
