"""The statistics as one HTML page that asks the network for nothing and runs no script."""

from __future__ import annotations

from itertools import count

from markupsafe import Markup

from robotfabrik.documents.html import templates
from robotfabrik.documents.statistics import chart
from robotfabrik.documents.statistics.model import Document, Table, Value, text


def draw(document: Document) -> bytes:
    """The page's bytes."""
    numbers = count(1)

    def svg(table: Table) -> Markup:
        return Markup(chart.draw(table, f"diagram-{next(numbers)}"))  # its texts are escaped

    template = templates.get_template("statistics.html.j2")
    page = template.render(document=document, svg=svg, text=text, styles=_styles, words=chart.words)
    return page.encode("utf-8", "replace")


def _styles(table: Table) -> list[str]:
    """How each column is set: `number` when nothing else stands in it."""
    return [
        "number" if all(row[at] is None or isinstance(row[at], Value) for row in table.rows) else "text"
        for at in range(len(table.headings))
    ]
