"""An executed notebook becomes a page, a PDF and slides; nothing here knows the subject.

:mod:`document` turns the notebook into a :class:`blocks.Document` once; :mod:`page`, :mod:`pdf`
and :mod:`slides` set it, each a pure function of the document; :mod:`exporters` offers them to
nbconvert.

What a notebook says to them
----------------------------
Notebook metadata ``inpainting``: ``title, subtitle, authors, date, course, version, url, notice,
declaration, logo`` (texts, each may be missing) and ``parameters``, a list of
``[name, value, help, changed]``, all texts.

An output's metadata ``inpainting`` has a ``kind`` (figure, table, prose, slide, caption: see
:mod:`inpainting.display`) and may have

``role``
    "hero" on a figure: it stands on the title page and on the page's first screen, and in the text
    too if it has a name and a caption.  "result" on prose: one sentence, shown there and nowhere else.
``only``
    "pdf" or "page" on prose: the other outputs leave it out.  The tags ``nur-pdf`` and
    ``nur-seite`` do the same for a whole cell.

A slide (:data:`cells.SLIDE_MIME`) names a ``figure`` or ``table`` of the report, or brings a picture
of its own (``image/svg+xml`` or ``image/png`` in the same output, described by ``alt`` in its JSON);
``steps: true`` lets its points appear one after another.

Every formula needs a spoken text in the metadata of its cell: displayed ones in ``formeln`` (a list
of ``{"name", "alt"}`` in reading order), inline ones in ``formeln_inline`` (TeX → text).

A term is set in *italics* where it is defined; ``inpainting check`` looks for that.

How large figures are drawn
---------------------------
In inches, for ``figsize``.  A figure is never enlarged in print; the page shows all of them
:data:`PAGE_SCALE` times as large, a slide fits its picture into :data:`SLIDE`.  Text of 7 pt is then
14.6 px high on the page, and on a slide drawn at SLIDE's size 1 pt becomes 2.45 px: 10 pt for labels
(24 px) and 7.5 pt for the numbers of an axis (18 px).
"""

COLUMN = 6.37
"""Width of a figure that takes the whole column of the PDF (and 960 px of the page)."""

TALLEST = 8.6
"""The height that a page of the PDF has for a figure and its caption."""

SLIDE = (6.4, 2.95)
"""Width and height of a picture that fills a slide below its title."""

PAGE_SCALE = 1.57
"""960 px over the pixels (96 to the inch) of :data:`COLUMN`."""
