"""What goes wrong, in German: errors that the user can mend, and those of the system."""

import errno
import reprlib
import socket

USER_ERROR_MARK = "Fehler: "


class UserError(Exception):
    """An error that the user can mend: its German text says what, what is allowed, and how."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{USER_ERROR_MARK}{self}"]


def short(value) -> str:
    """A foreign value for a message: short, on one line, without control characters."""
    try:
        text = value if isinstance(value, str) else reprlib.repr(value)
    except ValueError:  # Python refuses to write integers of more than 4300 digits
        text = "zu viele Ziffern"
    shown = text if len(text) <= 60 else text[:60] + "…"
    return "".join(character if character.isprintable() else "�" for character in shown)


def reason(error: OSError) -> str:
    """German reason of a system error, for the errors that users can mend; else the system's."""
    if isinstance(error, PermissionError):
        return "keine Schreib- oder Leserechte"
    if isinstance(error, socket.gaierror):  # its numbers are not those of errno
        return "der Name des Servers ist unbekannt"
    return {
        errno.ENOENT: "nicht gefunden",
        errno.EROFS: "das Dateisystem ist schreibgeschützt",
        errno.EISDIR: "das ist ein Ordner",
        errno.ENOTDIR: "ein Teil des Pfades ist kein Ordner",
        errno.EEXIST: "es gibt schon eine Datei dieses Namens",
        errno.ENAMETOOLONG: "der Name ist zu lang",
        errno.ENOSPC: "kein Speicherplatz mehr",
        errno.EDQUOT: "das Kontingent an Speicherplatz ist erschöpft",
        errno.EFBIG: "die Datei würde größer, als eine gesetzte Grenze erlaubt (sie zeigt ulimit -f)",
        errno.EIO: "der Datenträger liest oder schreibt nicht",
        errno.EBUSY: "in Gebrauch oder eingehängt",
        errno.ELOOP: "die Verknüpfungen führen im Kreis",
        errno.EMFILE: "zu viele offene Dateien",
        errno.ENFILE: "zu viele offene Dateien",
        errno.ENOMEM: "zu wenig Arbeitsspeicher",
        errno.ENOTEMPTY: "der Ordner ist nicht leer",
        errno.EXDEV: "Quelle und Ziel liegen auf verschiedenen Datenträgern",
        errno.ETIMEDOUT: "keine Antwort",
        errno.ECONNREFUSED: "Verbindung abgelehnt",
        errno.ECONNRESET: "Verbindung abgebrochen",
        errno.EHOSTUNREACH: "Rechner nicht erreichbar",
        errno.ENETUNREACH: "kein Netzzugang",
    }.get(error.errno, error.strerror or str(error))


NO_MEMORY = (
    "Der Arbeitsspeicher reicht nicht. Bitte andere Programme schließen oder eine gesetzte Grenze "
    "(ulimit -v) anheben; ein Bericht braucht etwa 2,5 GB. Fertige Epochen sind gesichert: Derselbe "
    "Aufruf rechnet dort weiter."
)
NO_SPACE = (
    "Auf dem Datenträger{place} ist kein Speicherplatz mehr. Ein Bericht braucht etwa {need} MB in "
    "seinem Ergebnisordner und im Modellspeicher. Bitte Platz schaffen oder einen anderen Ort angeben: "
    "--results für Ergebnisse, INPAINTING_MODELS für Modelle, INPAINTING_CACHE für die Daten, TMPDIR für "
    "Zwischenstände. Fertige Epochen sind gesichert: Derselbe Aufruf rechnet dort weiter."
)
SPACE_NEEDED = 200
"""What a report writes at most, in MB: three documents, a network and its checkpoint, scores."""


def is_lack_of_memory(error: Exception) -> bool:
    """Whether an error is one of memory, whatever its kind: a library that does not fit is no import."""
    text = str(error).lower()
    words = (
        "failed to map segment",
        "cannot allocate memory",
        "unable to allocate",
        "can't start new thread",
    )
    return isinstance(error, MemoryError) or any(word in text for word in words)


def explain(error: OSError) -> str:
    """What a system error that nobody expected means, where, and the way out, in German."""
    place = short(str(error.filename)) if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NO_SPACE.format(place=f" von {place}" if place else "", need=SPACE_NEEDED)
    if error.errno == errno.ENOMEM:
        return NO_MEMORY
    return f"{reason(error)}{f' ({place})' if place else ''}."
