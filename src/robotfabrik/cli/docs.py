"""`robotfabrik docs PDD`: the PDD as a document for people."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from robotfabrik.documents.pdd import html, markdown
from robotfabrik.documents.pdd.build import make_document
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.model.process import Process
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from robotfabrik.sessions.browser import find_browser
from robotfabrik.sessions.printing import Printer

FORMATS = ("html", "docx", "pdf", "md")
AUDIENCES = ("all", "staff", "public")


def add(commands: Any) -> None:
    command = commands.add_parser("docs", help="write a PDD as a document: web page, Word, PDF or Markdown")
    command.add_argument("pdd", type=Path, metavar="PDD", help="the file of a PDD")
    command.add_argument("--to", choices=FORMATS, default="html", help="html by default")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="the file to write; by default the PDD's id, here"
    )
    command.add_argument(
        "--lang", choices=("sv", "en"), default="sv", help="the document's own words; sv by default"
    )
    command.add_argument(
        "--for", dest="audience", choices=AUDIENCES, default="all",
        help="all: everything; staff: one page for caseworkers; public: the rules, without secrets",
    )  # fmt: skip
    command.set_defaults(run=docs)


def docs(given: argparse.Namespace) -> int:
    """Writes the document and says where."""
    process = load(given.pdd)
    out = given.out or Path(default_name(process, given.audience, given.to))
    if out.is_dir():
        raise UsageError(f"'{out}' is a folder: --out names the file to write")
    if out.suffix.lower().lstrip(".") in {*FORMATS, "doc", "htm"} - {given.to}:
        raise UsageError(f"'{out}' looks like another kind of file: --to {given.to} writes a .{given.to}")
    with Printer() as printer:
        page = written(process, given.audience, given.lang, given.to, printer)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(page)
    print(out)
    return 0


def load(path: Path) -> Process:
    """The PDD; DefinitionError with everything that is wrong with it."""
    if not path.is_file():
        raise UsageError(f"there is no file '{path}'")
    collector = Collector()
    process = Loader(collector.report).process(path)
    if process is None or collector.has_errors:
        raise DefinitionError(collector.diagnostics)
    return process


def default_name(process: Process, audience: str, to: str) -> str:
    """folkbokforing.docx, folkbokforing-staff.pdf"""
    return f"{process.id}{'' if audience == 'all' else f'-{audience}'}.{to}"


def written(process: Process, audience: Any, language: Any, to: str, printer: Printer) -> bytes:
    """The document's bytes. PDF needs a browser; Word does without, its flow charts are lists then."""
    document = make_document(process, audience, language)
    match to:
        case "md":
            return markdown.draw(document)
        case "docx":
            from robotfabrik.documents.pdd import docx  # heavy: only who asks for Word waits for it

            return docx.draw(document, printer.png if _has_browser() else None)
        case "pdf":
            words = (document.words["page"], document.words["of"])
            return printer.pdf(html.draw(document), document.footer, words)
    return html.draw(document)


def _has_browser() -> bool:
    try:
        find_browser()
    except UsageError as error:
        print(f"robotfabrik: the flow charts stand as lists, since {error}", file=sys.stderr)
        return False
    return True
