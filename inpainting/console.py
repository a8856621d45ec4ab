"""The frame around the commands: a table of them, argparse in German, and how a call ends.

It knows no command; those stand in :mod:`inpainting.cli`.
"""

import argparse
import contextlib
import difflib
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inpainting import config, errors, machine

DESCRIPTION = "Image Inpainting mit CNNs: Bericht auf CIFAR-10 rechnen, prüfen und ansehen."


@dataclass(frozen=True)
class Option:
    """An option or an operand of a command.

    Attributes
    ----------
    flags : ``--name``, also with a short form; or the operand's name, without dashes.
    help : German, one line.
    settings : what else ``argparse.ArgumentParser.add_argument`` takes.
    """

    flags: tuple[str, ...]
    help: str
    settings: Mapping

    @property
    def is_operand(self) -> bool:
        return not self.flags[0].startswith("-")


def option(words: str, help: str, **settings) -> Option:
    """An option with a value, from words such as ``-o --output AUSGABE``: capitals name the value."""
    flags = tuple(word for word in words.split() if not word.isupper())
    values = tuple(word for word in words.split() if word.isupper())
    several = {"nargs": len(values)} if len(values) > 1 else {}
    return Option(flags, help, {"metavar": values if several else values[0], **several, **settings})


def path(words: str, help: str, **settings) -> Option:
    """An option whose value is a path."""
    return option(words, help, type=_read_path, **settings)


def _read_path(text: str) -> Path:
    if not text:
        raise config.ConfigError(
            "Ein Pfad ist leer (''). Verlangt ist der Name einer Datei oder eines Ordners; der Ordner, in dem "
            "der Befehl läuft, heißt „.“."
        )
    return Path(text)


def switch(flag: str, help: str) -> Option:
    """An option without a value."""
    return Option((flag,), help, {"action": "store_true"})


def typed(parameter: config.Parameter) -> Option:
    """An option whose value :meth:`config.Parameter.parse` reads."""
    shown = str(parameter.default).removesuffix(".0")
    return option(f"{parameter.flag} WERT", f"{parameter.help} (sonst: {shown})", default=parameter.default)


@dataclass(frozen=True)
class Command:
    """One command: its German help, its options, and the function that runs it."""

    help: str
    options: tuple[Option, ...]
    run: Callable[[argparse.Namespace], int]

    def parser(self, name: str) -> "_Parser":
        parser = _Parser(prog=f"inpainting {name}", description=f"inpainting {name}: {self.help}")
        operands, options = parser.add_argument_group("Angaben"), parser.add_argument_group("Optionen")
        options.add_argument("-h", "--help", action="help", help="zeigt diese Hilfe")
        for option in self.options:
            group = operands if option.is_operand else options
            group.add_argument(*option.flags, help=option.help, **option.settings)
        return parser

    def flags(self) -> list[str]:
        """Every spelling of every option."""
        return ["-h", "--help"] + [
            f for option in self.options if not option.is_operand for f in option.flags
        ]


class _Parser(argparse.ArgumentParser):
    """argparse with German texts."""

    def __init__(self, **settings):
        super().__init__(add_help=False, allow_abbrev=False, **settings)

    def _print_message(self, message: str, file=None):
        say(message.removesuffix("\n"))

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "Aufruf:", 1)

    def error(self, message: str):
        for english, german in (
            ("the following arguments are required:", "es fehlt:"),
            ("expected one argument", "braucht einen Wert"),
            ("expected at least one argument", "braucht mindestens einen Wert"),
            ("expected 2 arguments", "braucht Name und Wert"),
            ("ignored explicit argument", "braucht keinen Wert, bekam aber"),
            ("argument ", "Option "),
        ):
            message = message.replace(english, german)
        raise config.ConfigError(f"{message}. Hilfe: {self.prog} --help")


COMMANDS: dict[str, Command] = {}
"""Name → command, in the order in which the help lists them."""


def command(help: str, *options: Option):
    """Enter a function into the table under its own name."""

    def enter(function):
        COMMANDS[function.__name__] = Command(help, options, function)
        return function

    return enter


# ---------------------------------------------------------------- start and end


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 for a failed check, 2 for bad input, 3 for a bug of ours."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _open_closed_streams()
    _UNSAID.clear()
    try:
        code = _run(arguments)
    except SystemExit:  # argparse's, after its help
        if not _UNSAID:
            raise
        code = 0
    if _UNSAID and not code:
        return _fail(
            f"Die Ausgabe (stdout) ließ sich nicht schreiben: {errors.reason(_UNSAID[0])}. Der Befehl selbst "
            "ist zu Ende gelaufen; bitte seine Ausgabe anderswohin leiten."
        )
    return code


_UNSAID: list[OSError] = []
"""Why lines could not be printed, in the call that runs."""


def _open_closed_streams() -> None:
    """Open what was closed (``2>&-``), lest a file takes its number and gets what libraries print."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))


def _run(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # umlauts on every Windows console
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        with _signals():
            return _dispatch(arguments)
    except errors.UserError as error:
        return _fail(str(error))
    except BrokenPipeError:  # the reader has seen enough, as in `inpainting runs | head -1`
        _silence(sys.stdout)
        return 0
    except OSError as error:  # missing rights and the like: a traceback would explain nothing
        return _fail(errors.explain(error))
    except MemoryError:
        return _fail(errors.NO_MEMORY)
    except KeyboardInterrupt as stop:
        number = stop.args[0] if stop.args else signal.SIGINT
        how = "Abgebrochen" if number == signal.SIGINT else f"Beendet ({signal.Signals(number).name})"
        complain(f"\n{how}. Fertige Epochen sind gesichert: Derselbe Aufruf rechnet dort weiter.")
        return 128 + number
    except Exception as error:
        if errors.is_lack_of_memory(error):
            return _fail(errors.NO_MEMORY)
        if os.environ.get("INPAINTING_TRACEBACK"):
            raise
        return _fail(_describe_bug(error)) + 1


def _describe_bug(error: Exception) -> str:
    """German words for what nobody foresaw; the traceback is for those who ask for it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(config.ROOT)] or frames
    where = f"{Path(own[-1].filename).name}, Zeile {own[-1].lineno}"
    what = f"{type(error).__name__}: {errors.short(str(error))}"
    return (
        f"Damit hat das Programm nicht gerechnet: {what} ({where}). Bitte melden; die ganze Spur zeigt "
        "derselbe Aufruf mit INPAINTING_TRACEBACK=1. Fertige Epochen sind gesichert."
    )


def _fail(message: str) -> int:
    complain(f"{errors.USER_ERROR_MARK}{message}")
    try:
        os.getcwd()
    except OSError:
        complain(
            "Den Ordner, in dem der Befehl läuft, gibt es nicht mehr. Bitte in einen anderen wechseln (cd)."
        )
    return 2


@contextlib.contextmanager
def _signals():
    """End on SIGTERM and SIGHUP as on Ctrl-C: processes end, folders are cleared, a line is said."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number, frame):
        raise KeyboardInterrupt(number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _dispatch(arguments: list[str]) -> int:
    name, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if name in ("-h", "--help"):
        say(_overview())
        return 0
    if name not in COMMANDS:
        raise config.ConfigError(_unknown_command(errors.short(name)))
    chosen = COMMANDS[name]
    if name == "test" and not {"-h", "--help"} & set(rest):
        return chosen.run(argparse.Namespace(rest=rest))
    rest = _join_negative(rest)
    _refuse_unknown(rest, chosen)
    known, left = chosen.parser(name).parse_known_args(rest)
    if left:
        raise config.ConfigError(
            f"Mit „{errors.short(left[0])}“ ist nichts anzufangen. Optionen stehen als --name wert; "
            f"Hilfe: inpainting {name} --help"
        )
    machine.settle()
    return chosen.run(known)


def _overview() -> str:
    lines = [f"  {name:<12}{entry.help}" for name, entry in COMMANDS.items()]
    return "\n".join(
        ["Aufruf: inpainting BEFEHL [Angaben und Optionen]", "", DESCRIPTION, "", "Befehle:", *lines, ""]
        + ["Was ein Befehl annimmt, zeigt: inpainting BEFEHL --help"]
    )


def _unknown_command(name: str) -> str:
    problem = f"Zuerst kommt der Befehl, nicht {name}."
    if not name.startswith("-"):
        problem = f"Den Befehl {name} gibt es nicht.{_nearest(name, list(COMMANDS))}"
    return f"{problem} Bekannt sind: {', '.join(COMMANDS)}."


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Gemeint ist vielleicht {near[0]}." if near else ""


_NEGATIVE = re.compile(r"-[0-9.,].*")


def _join_negative(words: list[str]) -> list[str]:
    """Tie ``--range -1..1`` to one word, since argparse takes what begins with a dash for an option."""
    joined: list[str] = []
    for word in words:
        is_value = _NEGATIVE.fullmatch(word) and joined and re.fullmatch("--[a-z-]+", joined[-1])
        if is_value:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _refuse_unknown(words: list[str], chosen: Command) -> None:
    """Name a misspelt option before argparse misses what it was meant to give."""
    known = chosen.flags()
    for word in words:
        if word == "--":
            return
        name = errors.short(word.partition("=")[0])
        if not word.startswith("-") or word == "-" or _NEGATIVE.fullmatch(word):
            continue
        if name in known or word[:2] in known and word[1] != "-":
            continue
        if _is_file_name(word):
            raise config.ConfigError(
                f"„{errors.short(word)}“ beginnt mit einem Strich wie eine Option. Ist es ein Dateiname, bitte "
                f"./{errors.short(word)} schreiben."
            )
        long = [flag for flag in known if flag.startswith("--")]
        raise config.ConfigError(
            f"Die Option {name} gibt es hier nicht.{_nearest(name.replace('_', '-'), long)} "
            f"Bekannt sind: {', '.join(long)}."
        )


def _is_file_name(word: str) -> bool:
    """Whether a word that begins with a dash names a file: it has a suffix, or is there."""
    with contextlib.suppress(OSError, ValueError):
        if Path(word).exists():
            return True
    return bool(re.fullmatch(r"-[^-=][^=]*\.[A-Za-z0-9]{1,5}", word))


def say(line: str) -> None:
    """Print a line; a reader who has gone away is no reason to stop."""
    _say(line, sys.stdout)


def complain(line: str) -> None:
    """Print a line to standard error, as :func:`say` does."""
    _say(line, sys.stderr)


def _say(line: str, stream) -> None:
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:  # nobody reads any more; the work goes on
        _silence(stream)
    except OSError as error:  # a full disk behind stdout: the work goes on, and main() says it in the end
        _silence(stream)
        if stream is sys.stdout:
            _UNSAID.append(error)


def _silence(stream) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
