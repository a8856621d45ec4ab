"""Errors: what users and systems do wrong, told in German."""

import errno
import os
import socket

import pytest

from inpainting import errors


def test_ipython_shows_a_user_error_as_one_german_line():
    assert errors.UserError("zu groß")._render_traceback_() == ["Fehler: zu groß"]


@pytest.mark.parametrize(
    "code, text",
    [
        (errno.ENOENT, "nicht gefunden"),
        (errno.EACCES, "keine Schreib- oder Leserechte"),
        (errno.ENOTDIR, "ein Teil des Pfades ist kein Ordner"),
        (errno.ENOSPC, "kein Speicherplatz mehr"),
    ],
)
def test_reason_of_a_system_error_is_german(code, text):
    assert errors.reason(OSError(code, os.strerror(code))) == text


def test_the_number_of_an_unknown_server_is_not_taken_for_that_of_a_file():
    assert (
        errors.reason(socket.gaierror(errno.ENOENT, "Name unknown")) == "der Name des Servers ist unbekannt"
    )


def test_a_full_disk_is_explained_with_place_and_way_out():
    text = errors.explain(OSError(errno.ENOSPC, "No space left", "/daten/lauf"))
    assert "von /daten/lauf ist kein Speicherplatz" in text and "INPAINTING_MODELS" in text
    assert "von" not in errors.explain(OSError(errno.ENOSPC, "No space left")).split(" ist ")[0]


def test_any_other_error_keeps_its_reason_and_its_place():
    assert errors.explain(OSError(errno.EIO, "I/O error", "/x")) == (
        "der Datenträger liest oder schreibt nicht (/x)."
    )


@pytest.mark.parametrize("value", ["a" * 5000, "rot\x1b[31m\n", ["x"] * 999])
def test_a_foreign_value_is_short_and_harmless(value):
    shown = errors.short(value)
    assert 0 < len(shown) <= 61 and shown.isprintable()


def test_a_number_that_python_refuses_to_write_is_described():
    assert errors.short(10**5000) == "zu viele Ziffern"


def test_every_known_error_is_explained():
    assert errors.explain(OSError(errno.ENOMEM, "no memory")) == errors.NO_MEMORY
    assert "200 MB" in errors.explain(OSError(errno.EDQUOT, "quota"))
    assert errors.explain(OSError(errno.EIO, "I/O error")) == "der Datenträger liest oder schreibt nicht."
    assert errors.reason(OSError("ohne Nummer")) == "ohne Nummer"


@pytest.mark.parametrize("length", [1, 59, 60, 61, 200])
def test_what_is_cut_says_so(length):
    shown = errors.short("x" * length)
    assert shown == ("x" * length if length <= 60 else "x" * 60 + "…")
