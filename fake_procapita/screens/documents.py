"""Dokument: the papers of a case as real PDF files, with a preview in a frame, and adding one."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader
from sqlalchemy import Connection, Row, insert
from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import Route

from fake_procapita import casework, formats, pdf
from fake_procapita.guard import guarded
from fake_procapita.municipality import ROBOT
from fake_procapita.problems import NotFound
from fake_procapita.screens import sheet
from fake_procapita.screens.case import open_file
from fake_procapita.screens.sheet import Button, Field, Form, Link, Table, options, show
from fake_procapita.system import FRAMED, STAFF
from fake_procapita.visit import Visit

SCREEN = "Dokument"
TYPES = (
    "Hyreskontrakt", "Hyresavi", "Kontoutdrag", "Läkarintyg", "Lönebesked", "Kvitto", "Kontrollrapport",
    "Övrigt",
)  # fmt: skip
LARGEST = 10_000_000


async def of_case(visit: Visit) -> Response:
    """The documents, the newest first."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
        found = casework.of_case(connection, casework.documents, case.case_number, newest="date")
    rows: list[list[str | Link]] = [
        [
            Link(r.document_id, f"/dokument/{r.document_id}"),
            r.date,
            r.type,
            formats.shortened(r.title),
            r.pages,
        ]
        for r in found
    ]
    table = Table("Dokument", ("Dokument", "Datum", "Typ", "Titel", "Sidor"), rows, "Inga dokument.")
    buttons = []
    if visit.account.has(*STAFF, ROBOT):
        buttons.append(Button("Lägg till dokument", f"/arende/{case.case_number}/dokument/ny"))
    return show(visit, SCREEN, case=case, tables=[table], buttons=buttons)


async def one(visit: Visit) -> Response:
    """One document, with its text in a frame."""
    with visit.begin() as connection:
        found, case = _open(visit, connection)
    address = f"/dokument/{found.document_id}"
    fields = [
        ("Dokumentnummer", found.document_id),
        ("Titel", found.title),
        ("Typ", found.type),
        ("Datum", found.date),
        ("Antal sidor", found.pages),
    ]
    return show(
        visit,
        SCREEN,
        case=case,
        fields=fields,
        links=[Link("Öppna PDF", f"{address}/pdf")],
        frame=Link("Förhandsgranskning", f"{address}/text"),
    )


async def preview(visit: Visit) -> Response:
    """What the frame shows: the document's text."""
    with visit.begin() as connection:
        found, _ = _open(visit, connection)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(_content(found))).pages)
    page = visit.system.templates.get_template("document_text.html").render(
        document=found, text=text, assets=visit.system.assets
    )
    return Response(page, media_type="text/html; charset=utf-8", headers=FRAMED)


async def file(visit: Visit) -> Response:
    """The PDF file."""
    with visit.begin() as connection:
        found, _ = _open(visit, connection)
    name = f'inline; filename="{found.document_id}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(_content(found), media_type="application/pdf", headers=headers)


async def new(visit: Visit) -> Response:
    """The form Lägg till dokument."""
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    return sheet.ask(visit, case, _form(case), {"date": visit.today.isoformat()}, {})


async def add(visit: Visit) -> Response:
    with visit.begin() as connection:
        case = open_file(visit, connection, SCREEN)
    values = {name: visit.word(name) for name in ("title", "type", "date")}
    upload = visit.form.get("file")
    content = await upload.read() if isinstance(upload, UploadFile) else b""
    errors = sheet.lock_errors(visit, case)
    if not values["title"]:
        errors["title"] = "Ange titel."
    if values["type"] not in TYPES:
        errors["type"] = "Välj typ."
    sheet.check(errors, "date", sheet.bad_date(values["date"]))
    pages = _pages(content)
    if not content:
        errors["file"] = "Välj en fil."
    elif len(content) > LARGEST or not pages:
        errors["file"] = "Filen kan inte läsas som PDF."
    if errors:
        return sheet.ask(visit, case, _form(case), values, errors)

    def work(connection: Connection) -> str:
        more = {"case_number": case.case_number, "pages": str(pages)}
        key = casework.add(connection, casework.documents, "DO", **values, **more)
        connection.execute(insert(casework.contents), {"document_id": key, "content": content})
        return key

    key = await visit.save(work)
    return sheet.done(visit, case, f"Dokumentet {key} är sparat.", f"/dokument/{key}")


def _pages(content: bytes) -> int:
    """How many pages the file has; 0 when it is no PDF, damaged or encrypted."""
    try:
        reader = PdfReader(io.BytesIO(content))
        return 0 if reader.is_encrypted else len([page.extract_text() for page in reader.pages])
    except Exception:  # a damaged file fails in many ways, some of them when its text is read
        return 0


def _content(found: Row[Any]) -> bytes:
    """The uploaded file; papers of the data folder are made from their text."""
    return bytes(found.content) if found.content else pdf.document([found.title, "", *found.text.split("\n")])


def _form(case: Row[Any]) -> Form:
    address = f"/arende/{case.case_number}/dokument"
    return Form(
        "Lägg till dokument",
        address + "/ny",
        address,
        (
            Field("title", "Titel"),
            Field("type", "Typ", "select", options(*TYPES, empty="Välj typ")),
            Field("date", "Datum", hint="åååå-mm-dd", width="short"),
            Field("file", "Fil", "file", hint="PDF"),
        ),
    )


def _open(visit: Visit, connection: Connection) -> tuple[Row[Any], Row[Any]]:
    found = casework.document(connection, visit.path("document_id"))
    if found is None:
        raise NotFound
    return found, open_file(visit, connection, SCREEN, found.case_number)


routes = [
    Route("/arende/{case_number}/dokument", guarded(of_case)),
    Route("/arende/{case_number}/dokument/ny", guarded(new, *STAFF, ROBOT, keeps_locks=True)),
    Route("/arende/{case_number}/dokument/ny", guarded(add, *STAFF, ROBOT), methods=["POST"]),
    Route("/dokument/{document_id}", guarded(one)),
    Route("/dokument/{document_id}/text", guarded(preview)),
    Route("/dokument/{document_id}/pdf", guarded(file)),
]
