"""A document of text and tables as PDF, set by Typst: tagged (PDF/UA-1), with its own fonts.

The same document gives the same bytes: no date, no font of the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from robotfabrik.expressions.text import to_text
from robotfabrik.model.errors import SystemException

Part = Mapping[str, Any]


def pdf(name: str, title: str, content: Any, language: str) -> bytes:
    """The PDF of a document; `name` is the file that an error is about."""
    import typst

    if not title.strip():
        raise SystemException(f"{name}: a document has a title")
    parts = list(_parts(name, content))
    document = json.dumps({"title": title.strip(), "language": language, "parts": parts})
    try:
        made: bytes = typst.compile(
            _layout(), format="pdf", sys_inputs={"document": document}, ignore_system_fonts=True,
            pdf_standards="ua-1",
        )  # fmt: skip
    except typst.TypstError as error:
        raise SystemException(f"{name}: {_reason(error.message, language)}") from None
    return made


@cache
def _layout() -> bytes:
    return files(__package__).joinpath("document.typ").read_bytes()


def _reason(message: str, language: str) -> str:
    """What Typst says, without the document's text."""
    if "could not be displayed" in message:
        return "its text has a character that the fonts of a document have not"
    if "language code" in message:
        return f"'{language}' is no language: write sv, en or the like"
    return "the document could not be made"


def _parts(name: str, content: Any) -> Iterator[Part]:
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise SystemException(f"{name}: the content of a document is a list of texts, headings and tables")
    for part in content:
        match part:
            case str():
                paragraphs = (paragraph.strip() for paragraph in part.split("\n\n"))
                yield from ({"text": paragraph} for paragraph in paragraphs if paragraph)
            case {"heading": str(heading), **more} if not more and heading.strip():
                yield {"heading": heading.strip()}
            case {"table": list() | tuple() as rows, **more} if not more:
                if rows:
                    yield _table(rows)
            case _:
                raise SystemException(
                    f"{name}: a part of a document is a text, {{heading: text}} or {{table: rows}}"
                )


def _table(rows: Sequence[Mapping[str, Any]]) -> Part:
    """Columns of numbers stand to the right. What is none is an empty cell."""
    names = list(dict.fromkeys(column for row in rows for column in row))
    columns = [{"name": column, "number": _of_numbers(row.get(column) for row in rows)} for column in names]
    shown = [["" if row.get(column) is None else to_text(row[column]) for column in names] for row in rows]
    return {"columns": columns, "rows": shown}


def _of_numbers(values: Iterable[Any]) -> bool:
    kinds = {type(value) for value in values} - {type(None)}
    return bool(kinds) and kinds <= {int, Decimal}
