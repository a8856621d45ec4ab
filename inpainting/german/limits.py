"""What remains: where our networks fail, what was not measured, and where to go from here."""

from inpainting.german.numbers import POOLED, called, listing, number, percent
from inpainting.german.results import own_networks
from inpainting.german.verdicts import value
from inpainting.measuring.seeds import Seeds


def describe_limits(result, field, suite: str, seeds: Seeds) -> str:
    """Failures, blur, seeds, the history of the test images, and the next steps."""
    parts = [f"@abb:misserfolge zeigt, woran {called(field.best)} scheitert: am Unerwarteten."]
    gains = getattr(result, "gains", {}).get(field.best)
    if gains:
        parts.append(
            f"Auf {percent(gains['share'].value, 0)} aller Testbilder füllt es besser als die biharmonische Fläche; einzelne Bilder streuen."
        )
    sharp = value(result, suite, field.best, "sharpness")
    if sharp < 0.9:
        parts.append(f"Der Mittelwert bleibt unscharf ({number(sharp, 2)} der wahren Schärfe).")
    single = [n for n in own_networks(result) if len(seeds.get(n, {}).get(suite, {}).get(POOLED, ())) < 2]
    if single:
        verb = "ist" if len(single) == 1 else "sind"
        parts.append(f"{listing([called(n) for n in single])} {verb} mit einem einzigen Startwert trainiert.")
    parts.append(
        "Zwei frühe Entscheidungen, Gauß-Füllung vorweg und Breite des Netzes, fielen nach Vorversuchen auf Testbildern. Alles gilt "
        "für 32×32 Pixel und für Maskenarten, die unsere Netze kennen; größere Bilder verlangen ein größeres Blickfeld, etwa Gated "
        "oder Fourier-Faltungen [@yu2019; @suvorov2022]."
    )
    return " ".join(parts)
