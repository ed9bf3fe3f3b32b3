"""The tables of the case work: applications, inquiries, calculations, decisions, payments and the rest.

Each table is one file of the data folder, with the same columns. A folder without these files has no such
records. Rows keep the file's order in `id`.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from fake_procapita import db


def _table(name: str, columns: str, *indexed: str) -> Table:
    return Table(
        name,
        db.metadata,
        Column("id", Integer, primary_key=True),
        *(
            Column(column, String, nullable=False, default="", index=column in indexed)
            for column in columns.split()
        ),
    )


assets = _table("assets", "person_id registration description noted_on", "person_id")
applications = _table(
    "applications",
    "application_id case_number date type reason month sender caseworker unit status channel number",
    "case_number",
    "application_id",
)
#: how an application came; what the e-service sends is imported as digital
DIGITAL, PAPER, E_SERVICE = "Digital", "Papper", "E-tjänsten"
application_rows = _table("application_rows", "application_id person_id item amount date", "application_id")
#: the subject of what an applicant has written in own words
FREE_TEXT = "Meddelande"
application_facts = _table("application_facts", "application_id person_id subject value", "application_id")
receipts = _table("receipts", "application_id person_id date item amount benefit", "application_id")
investigations = _table(
    "investigations",
    "investigation_id case_number person_id type start end hindrance reason able status",
    "case_number",
    "person_id",
)
plans = _table(
    "plans",
    "plan_id case_number person_id activity extent start end status consent wanted_start",
    "case_number",
    "person_id",
)
referrals = _table(
    "referrals",
    "referral_id case_number person_id sent start end extent contact language created_by status",
    "case_number",
    "person_id",
)
calculations = _table(
    "calculations",
    "calculation_id case_number application_id start end personal shared expenses income result status"
    " created_by",
    "case_number",
    "calculation_id",
)
#: what is judged as Levnadskostnader i övrigt; other expenses have no kind
HEALTH = ("Medicin", "Läkarvård", "Tandvård", "Glasögon")
OTHER = "Levnadskostnad i övrigt"
expenses = _table(
    "expenses", "calculation_id person_id date item applied approved remark kind", "calculation_id"
)
incomes = _table("incomes", "calculation_id person_id date item amount", "calculation_id")
decisions = _table(
    "decisions",
    "decision_id case_number type date start end result amount motivation proposed_by decided_by status"
    " decided_on reason",
    "case_number",
    "decision_id",
)
payments = _table(
    "payments",
    "payment_id case_number amount method clearing account date month recipient created_by attested_by"
    " status decision_id",
    "case_number",
    "payment_id",
)
watches = _table("watches", "watch_id case_number date type text status", "case_number")
claims = _table("claims", "claim_id case_number kind date status", "case_number")
documents = _table("documents", "document_id case_number date type title pages text", "case_number")
communications = _table(
    "communications",
    "message_id case_number date person_id channel text answer_by sent_by note_id",
    "case_number",
)
frames = _table(
    "frames",
    "frame_id case_number rent_max power_max members incomes expenses plan valid_to",
    "case_number",
)
#: applications that are drawn for a closer look, and what came of it; none comes from the data folder
samples = _table(
    "samples",
    "sample_id case_number drawn application_id month scope answer_by result amount comment status"
    " created_by registered_by registered_on",
    "case_number",
    "sample_id",
)
# What belongs to a proposal until it is decided, which delegate has opened it, and uploaded files. None of
# them is in the data folder.
proposals = _table("proposals", "decision_id flags exempt exempt_by", "decision_id")
openings = _table("openings", "decision_id username", "decision_id")
contents = Table(
    "contents",
    db.metadata,
    Column("document_id", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
ssbtek = _table("ssbtek", "personnummer party visible_from record field value", "personnummer")

TABLES = (
    assets,
    applications,
    application_rows,
    application_facts,
    receipts,
    investigations,
    plans,
    referrals,
    calculations,
    expenses,
    incomes,
    decisions,
    payments,
    watches,
    claims,
    documents,
    communications,
    frames,
    ssbtek,
)
FILES = {f"{table.name}.csv": table for table in TABLES}


def of_case(connection: Connection, table: Table, case_number: str, *, newest: str = "") -> list[Row[Any]]:
    """The case's rows in a table, in the order they were made or with the `newest` of a column first."""
    query = select(table).where(table.c.case_number == case_number)
    order = (table.c[newest].desc(), table.c.id.desc()) if newest else (table.c.id,)
    return list(connection.execute(query.order_by(*order)))


def rows(connection: Connection, table: Table, **keys: str) -> list[Row[Any]]:
    """The rows with these values, in the order they were made."""
    query = select(table).order_by(table.c.id)
    for column, value in keys.items():
        query = query.where(table.c[column] == value)
    return list(connection.execute(query))


def one(connection: Connection, table: Table, **keys: str) -> Row[Any] | None:
    """The first row with these values."""
    found = rows(connection, table, **keys)
    return found[0] if found else None


def document(connection: Connection, document_id: str) -> Row[Any] | None:
    """A document with its uploaded file, if it has one."""
    joined = documents.outerjoin(contents, contents.c.document_id == documents.c.document_id)
    query = select(documents, contents.c.content).select_from(joined)
    return connection.execute(query.where(documents.c.document_id == document_id)).first()


def key_of(table: Table) -> str:
    """The column that holds the rows' numbers, in tables that have one."""
    return str(table.columns.keys()[1])


def add(connection: Connection, table: Table, prefix: str, **values: str) -> str:
    """Store a new row; returns its id, one after the highest: `B00012` is followed by `B00013`."""
    key = key_of(table)
    latest = connection.execute(select(func.max(table.c[key]))).scalar() or ""
    number = int(re.sub(r"\D", "", latest) or 0) + 1
    new = f"{prefix}{number:05}"
    connection.execute(insert(table), {key: new, **values})
    return new


def change(connection: Connection, table: Table, key: str, **values: str) -> None:
    """Change the row with this id."""
    connection.execute(update(table).where(table.columns[key_of(table)] == key).values(**values))
