"""What a report consists of: blocks in reading order, before they take a form."""

import base64
import datetime
from dataclasses import dataclass, field
from typing import ClassVar

from inpainting import errors
from inpainting.typeset import pandoc
from inpainting.typeset.cells import Cell


class ReportError(errors.UserError):
    """The notebook cannot become a report; the message names the cell."""


@dataclass(eq=False)
class Prose:
    """A piece of running text: a pandoc tree, rendered through :meth:`Document.render`."""

    blocks: pandoc.Blocks
    cell: Cell | None = None

    @property
    def where(self) -> str:
        """Name of the cell that holds the text, for messages."""
        return self.cell.name if self.cell else "Bericht"


@dataclass
class Heading:
    """A section's heading; ``number`` is "" if it has none."""

    kind: ClassVar[str] = "heading"
    level: int
    id: str
    prose: Prose
    number: str = ""

    @property
    def text(self) -> str:
        return pandoc.plain(self.prose.blocks)


@dataclass
class Code:
    """A code cell: its listing and what it printed."""

    kind: ClassVar[str] = "code"
    number: int
    source: str
    console: str
    is_training: bool
    heading: Heading | None = None

    @property
    def id(self) -> str:
        return f"listing-{self.number}"


@dataclass
class Text:
    """A paragraph, with the lists and formulas that its sentences run through.

    ``codes`` are the cells that belong to a block: those that made it, or that a text explains.
    ``only`` is "pdf" or "page" for a text that the other outputs leave out.
    """

    kind: ClassVar[str] = "text"
    prose: Prose
    only: str = ""
    codes: list[Code] = field(default_factory=list)


@dataclass
class Figure:
    """A figure; width and height in points.  ``name`` is "" if it came without a caption; ``where`` is
    the cell that made it, for messages.

    ``live`` is what an interactive section shows in its place where scripts run; None for a figure
    that stays one.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: Prose | None
    alt: str
    data: bytes
    suffix: str
    width: float
    height: float
    number: str = ""
    live: dict | None = None
    where: str = ""
    codes: list[Code] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"abb-{self.name}"

    @property
    def data_uri(self) -> str:
        mime = {"svg": "image/svg+xml", "png": "image/png"}[self.suffix]
        return f"data:{mime};base64,{base64.b64encode(self.data).decode()}"


@dataclass
class Table:
    """A table; ``align`` holds one of l, r, c a column, ``highlight`` (row, column) pairs."""

    kind: ClassVar[str] = "table"
    name: str
    caption: Prose
    header: list[Prose]
    rows: list[list[Prose]]
    align: str
    highlight: set[tuple[int, int]]
    number: str = ""
    codes: list[Code] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"tab-{self.name}"

    @property
    def n_names(self) -> int:
        """How many columns name a row: two where the first names a group, on its first row only."""
        if not self.align.startswith("l"):
            return 0
        is_grouped = any(not pandoc.plain(row[0].blocks).strip() for row in self.rows)
        return 2 if is_grouped and self.align.startswith("ll") else 1


@dataclass
class Failure:
    """The error that stopped a cell."""

    kind: ClassVar[str] = "failure"
    message: str
    traceback: str


@dataclass
class Listings:
    """The place in the appendix where the code is listed."""

    kind: ClassVar[str] = "listings"


@dataclass
class Consoles:
    """The place in the appendix where the training's console output stands."""

    kind: ClassVar[str] = "consoles"


Block = Heading | Text | Figure | Table | Code | Failure | Listings | Consoles


@dataclass
class Reference:
    """One entry of the bibliography."""

    key: str
    type: str
    label: str
    prose: Prose

    @property
    def id(self) -> str:
        return f"ref-{self.key}"


@dataclass
class Slide:
    """One slide of the talk; with ``has_steps`` its points appear one after another.

    One that ``opens`` the talk gives its picture and notes to the title slide.
    """

    title: Prose
    points: list[Prose]
    notes: Prose
    figure: Figure | None
    table: Table | None
    has_steps: bool = False
    opens: bool = False


@dataclass
class Logo:
    """The course's logo."""

    data: bytes
    suffix: str

    @property
    def data_uri(self) -> str:
        mime = {"svg": "image/svg+xml", "jpg": "image/jpeg"}.get(self.suffix, "image/png")
        return f"data:{mime};base64,{base64.b64encode(self.data).decode()}"


@dataclass
class TitlePage:
    """What stands on the title page: plain text, nothing in it is markup."""

    title: str
    authors: str
    date: str
    day: datetime.date | None
    course: str
    notice: str
    declaration: list[str]
    logo: Logo | None
    subtitle: str = ""
    version: str = ""
    url: str = ""


@dataclass
class Document:
    """The report, in reading order; ``hero`` and ``result`` open it."""

    title_page: TitlePage
    hero: Figure | None = None
    result: Prose | None = None
    summary: list[Block] = field(default_factory=list)
    main: list[Block] = field(default_factory=list)
    literature: list[Block] = field(default_factory=list)
    appendix: list[Block] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    slides: list[Slide] = field(default_factory=list)
    prose: list[Prose] = field(default_factory=list)

    @property
    def blocks(self) -> list[Block]:
        return self.summary + self.main + self.literature + self.appendix

    @property
    def headings(self) -> list[Heading]:
        return [block for block in self.blocks if isinstance(block, Heading)]

    @property
    def listings(self) -> list[Code]:
        found = [block for block in self.blocks if isinstance(block, Code)]
        return sorted(found, key=lambda code: code.number)

    @property
    def live(self) -> Figure | None:
        """The figure in whose place the interactive section stands, if there is one."""
        found = (b for b in self.blocks if isinstance(b, Figure) and b.live)
        return next(found, None)

    @property
    def failures(self) -> list[Failure]:
        return [block for block in self.blocks if isinstance(block, Failure)]

    def render(self, form: str, change=lambda node: None) -> "Rendered":
        """All text as "html" or "typst"; ``change`` rewrites nodes (see :func:`pandoc.walk`)."""
        trees = [pandoc.walk(prose.blocks, change) for prose in self.prose]
        return Rendered(zip(self.prose, pandoc.write(trees, form), strict=True))


class Rendered:
    """Looks up the rendered text of a :class:`Prose`."""

    def __init__(self, pairs):
        self._text = {id(prose): text for prose, text in pairs}

    def __call__(self, prose: Prose) -> str:
        return self._text[id(prose)]
