"""The control: ``kompakt`` without its prior, after a whole training, beside what it is compared with."""

from inpainting.german.numbers import (
    MEAN,
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
from inpainting.german.verdicts import sign
from inpainting.measuring.control import Control
from inpainting.measuring.seeds import Seeds, values

MEASURES = (POOLED, MEAN, SSIM)


def lead_sign(
    control: Control, method: str, suite: str, key: str = POOLED, seeds: Seeds | None = None
) -> int:
    """1 or −1 where a method is ahead of the control, or behind, by more than both differ over their seeds; else 0."""
    difference = control.ahead[method][suite][key]
    ranges = [values(seeds or {}, method, suite, key), control.figures[suite][key]]
    both = sum(max(found) - min(found) for found in ranges if found)
    return sign(difference) if abs(difference.value) > both else 0


def compare(control: Control, method: str, seeds: Seeds | None = None) -> dict[int, list[str]]:
    """1, −1 and 0 → the suites where a method is pooled ahead of the control, behind it, or neither for certain."""
    found: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for suite in control.ahead[method]:
        found[lead_sign(control, method, suite, seeds=seeds)].append(suite)
    return found


def describe(control: Control | None, seeds: Seeds | None = None) -> str:
    """The main part: what the prior is worth after a whole training; "" without the control."""
    if control is None:
        return ""
    lead, of = control.ahead["kompakt"], compare(control, "kompakt", seeds)
    parts = [
        f"{verb} die Vorfüllung auf {listing([f'{suite_label(s)} ({number(lead[s][POOLED].value, 2, sign=True)} dB)' for s in of[wanted]])}"
        for wanted, verb in ((1, "hilft"), (-1, "schadet"))
        if of[wanted]
    ]
    text = (
        " und ".join(parts).replace(" und schadet die Vorfüllung", " und schadet")
        or "ändert die Vorfüllung nichts Gesichertes"
    )
    rest = "; sonst ist nichts gesichert" if of[0] and parts else ""
    return f"Gemessen an demselben Netz „kompakt“, ganz trainiert mit Grau statt der Vorfüllung (@tab:kontrolle), {text}{rest}."


def summarise(control: Control | None, seeds: Seeds | None = None) -> str:
    """One sentence for the summary and the conclusion: where the prior helps after a whole training, and where not."""
    if control is None:
        return ""
    of = compare(control, "kompakt", seeds)
    if not of[-1] and not of[0]:
        return "Auch nach ganzem Training hilft sie auf allen Maskensätzen"
    if not of[1]:
        return "Nach ganzem Training hilft sie auf keinem Maskensatz gesichert"
    harm = f" und schadet auf {suite_names(of[-1])}" if of[-1] else ""
    return f"Nach ganzem Training hilft sie nur auf {suite_names(of[1])}{harm}"


def table(control: Control) -> Table:
    """Suite by suite, the control's figures and how far others are ahead of it, pooled."""
    methods = [m for m in ("kompakt", "gauss", "original") if m in control.ahead]
    rows = [
        [
            suite_label(suite),
            *(number(figures[key][0], 4 if key == SSIM else 2) for key in MEASURES),
            *(signed(control.ahead[m][suite][POOLED]).replace("; ", ";\u00a0") for m in methods),
        ]
        for suite, figures in control.figures.items()
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
    return " ".join(filter(None, [text, *(_beside(control, m, seeds) for m in ("kompakt", "gauss"))]))


def _beside(control: Control, method: str, seeds: Seeds | None) -> str:
    """Where a method is for certain better or worse than the control by all three measures."""
    if method not in control.ahead:
        return ""
    signs = {
        s: {lead_sign(control, method, s, key, seeds) for key in MEASURES} for s in control.ahead[method]
    }
    better, worse = ([s for s, found in signs.items() if found == {wanted}] for wanted in (1, -1))
    parts = [f"auf {suite_names(better)} besser"] if better else []
    parts += [f"auf {suite_names(worse)} schlechter"] if worse else []
    return (
        f"In allen drei Maßen gesichert ist {called(method)} {listing(parts)} als dieses Netz."
        if parts
        else ""
    )
