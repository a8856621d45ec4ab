"""The title page, from the notebook's metadata.  All of it is plain text, never markup."""

import datetime
import io
import re
from pathlib import Path

from inpainting import config, errors
from inpainting.typeset.blocks import Logo, ReportError, TitlePage
from inpainting.typeset.cells import svg_size


def read_title_page(notebook) -> TitlePage:
    """The title page from the notebook's metadata ``inpainting``.

    Raises
    ------
    ReportError
        If the logo cannot be read.
    """
    about = notebook.metadata.get("inpainting", {})

    def text(name: str) -> str:
        return _clean(str(about.get(name) or ""))

    day = _parse_day(text("date"))
    date = f"{day.day}. {config.MONTHS[day.month - 1]} {day.year}" if day else text("date")
    paragraphs = re.split(r"\n\s*\n", str(about.get("declaration") or ""))
    return TitlePage(
        title=text("title") or "Bericht",
        authors=text("authors"),
        date=date,
        day=day,
        course=text("course"),
        notice=text("notice"),
        declaration=[cleaned for p in paragraphs if (cleaned := _clean(p))],
        logo=read_logo(str(about["logo"])) if about.get("logo") else None,
        subtitle=text("subtitle"),
        version=text("version"),
        url=url if (url := text("url")).lower().startswith(("http://", "https://")) else "",
    )


def draw_qr_code(url: str) -> bytes:
    """An address as QR code: SVG, black on white, with the quiet zone that readers need."""
    import segno

    buffer = io.BytesIO()
    segno.make_qr(url, error="m").save(buffer, "svg", border=2, xmldecl=False, light="#fff", unit="pt")
    return buffer.getvalue()


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _parse_day(text: str) -> datetime.date | None:
    try:
        if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            return datetime.date(*map(int, match.groups()))
        if match := re.fullmatch(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", text):
            return datetime.date(int(match[3]), int(match[2]), int(match[1]))
        if (match := re.fullmatch(r"(\d{1,2})\.\s*(\w+)\s+(\d{4})", text)) and match[2] in config.MONTHS:
            return datetime.date(int(match[3]), config.MONTHS.index(match[2]) + 1, int(match[1]))
    except ValueError:
        pass
    return None


def read_logo(name: str) -> Logo:
    """Read a logo, PNG, JPEG or SVG; a relative path counts from here or from the project's root.

    Raises
    ------
    ReportError
        If it cannot be read or is no such picture.
    """
    from PIL import Image

    path = Path(name) if Path(name).is_absolute() or Path(name).exists() else config.ROOT / name
    allowed = "Erlaubt ist eine Bilddatei vom Typ PNG, JPEG oder SVG."
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReportError(f"Das Logo „{name}“ ist nicht lesbar ({errors.reason(error)}). {allowed}") from None
    try:
        if path.suffix.lower() == ".svg":
            svg_size(data)
            return Logo(data, "svg")
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return Logo(data, {"PNG": "png", "JPEG": "jpg"}[image.format])
    except Exception:  # Pillow and the XML parser raise many kinds on damaged bytes
        raise ReportError(f"Das Logo „{name}“ ist kein lesbares Bild. {allowed}") from None
