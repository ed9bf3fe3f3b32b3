"""Tables as comma-separated text, and back: Swedish Excel's form, without texts that become formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from robotfabrik.expressions import to_text
from robotfabrik.model.errors import SystemException

DELIMITERS = (";", "\t", "|", ",")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_LOOK = 20  # records by which the delimiter is recognised


def compose(header: Sequence[str] | None, rows: Iterable[Sequence[Any]], delimiter: str) -> str:
    """The text of a table; lines end with CR LF, as Excel writes them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    if header is not None:
        writer.writerow([escaped(name) for name in header])
    writer.writerows([cell(value, delimiter) for value in row] for row in rows)
    return out.getvalue()


def cell(value: Any, delimiter: str = ";") -> str:
    """A value in a cell: none is empty; numbers have a decimal comma, a point where the comma separates."""
    if value is None:
        return ""
    if isinstance(value, str):
        return escaped(value)
    text = to_text(value)
    return text.replace(",", ".") if delimiter == "," and isinstance(value, Decimal) else text


def escaped(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """Without the apostrophe of `escaped`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def parse(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The records of a text, each with the line that it ends on; wholly empty ones are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = []
    try:
        for record in reader:
            cells = [unescaped(part) for part in record]
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
    except csv.Error:
        raise SystemException(f"line {reader.line_num}: the quotation marks do not match") from None
    return found


def delimiter_of(text: str) -> str:
    """The delimiter that cuts the first records into equally many parts, more than one."""
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            widths = {len(record) for _, record in zip(range(_LOOK), reader, strict=False) if record}
        except csv.Error:
            continue
        if len(widths) == 1 and widths != {1}:
            return delimiter
    return ";"


def decoded(content: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252. ValueError else."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")
