"""The sections that people write in a PDD: purpose, contacts, scope, data protection, history, approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from robotfabrik.documents.pdd.inventory import Reading
from robotfabrik.documents.pdd.model import Block, Items, Paragraph, Part, Rich, Section, Table, rich
from robotfabrik.documents.pdd.phrases import readable
from robotfabrik.documents.pdd.wording import Wording, records, texts
from robotfabrik.model.process import Effect, Process

_PROTECTION = (
    "legal_basis", "purpose", "controller", "third_parties", "protected_identities", "recipients", 
    "retention", "information", "dpia", "decisions",
)  # fmt: skip
_REQUIRED = ("legal_basis", "purpose", "retention")


class Written:
    """The written sections of one PDD."""

    def __init__(self, process: Process, wording: Wording) -> None:
        self.process, self.wording, self.words = process, wording, wording.words
        self.document = process.document

    def prose(self, name: str, *, required: bool = False) -> tuple[Block, ...]:
        """A section of texts: one is a paragraph, several are a list."""
        found = texts(self.document.get(name))
        if not found:
            return (self.missing(),) if required else ()
        if len(found) == 1:
            return (Paragraph(rich(found[0])),)
        return (Items(tuple(map(rich, found))),)

    def missing(self) -> Paragraph:
        """What a section of the template says when the PDD does not fill it."""
        return Paragraph(rich(self.words("not_given")), "note")

    def section(self, name: str, *, required: bool = False) -> tuple[Section, ...]:
        """A section of texts with its title; none when it says nothing."""
        blocks = self.prose(name, required=required)
        return (Section(name, "", self.words(name), blocks),) if blocks else ()

    def table(self, name: str, columns: Sequence[str], *, required: bool = False) -> tuple[Block, ...]:
        """A section of entries as a table of the columns that any entry fills."""
        entries = records(self.document.get(name))
        return self.entries(entries, name, columns) or ((self.missing(),) if required else ())

    def entries(
        self, entries: Sequence[Mapping[str, Any]], name: str, columns: Sequence[str]
    ) -> tuple[Block, ...]:
        """Entries as a table."""
        shown = [column for column in columns if any(texts(entry.get(column)) for entry in entries)]
        if not shown:
            return ()
        headings = tuple(self.words(f"part_{column}") for column in shown)
        rows = tuple(tuple(rich(", ".join(texts(entry.get(c))) or "–") for c in shown) for entry in entries)
        return (Table(self.words(name), headings, rows),)

    def facts(
        self, values: Mapping[str, Any], name: str, keys: Sequence[str], required: Sequence[str] = ()
    ) -> Block:
        """Named parts of one entry, a row for each."""
        rows: list[tuple[Rich, ...]] = []
        for key in keys:
            if found := texts(values.get(key)):
                rows.append((rich(self.words(f"part_{key}")), rich("; ".join(found))))
            elif key in required:
                rows.append((rich(self.words(f"part_{key}")), rich(self.words("not_given"))))
        return Table(self.words(name), ("", ""), tuple(rows), (1, 3)) if rows else self.missing()

    # --- single sections

    def scope(self) -> tuple[Block, ...]:
        """What is in scope and what is not."""
        found = self.document.get("scope")
        parts = records(found)
        blocks: list[Block] = []
        for key in ("in", "out"):
            if told := [text for part in parts for text in texts(part.get(key))]:
                blocks.append(Paragraph(rich(Part(self.words(f"scope_{key}"), "strong"))))
                blocks.append(Items(tuple(map(rich, told))))
        return tuple(blocks) or self.prose("scope", required=True)

    def overview(self) -> Block:
        """The facts of UiPath's overview."""
        keys = (
            "department", "description", "roles", "frequency", "volume", "handling_time", "peak", "staff",
            "exception_rate", "input", "output",
        )  # fmt: skip
        merged = {
            key: value for entry in records(self.document.get("overview")) for key, value in entry.items()
        }
        return self.facts(merged, "overview", keys)

    def glossary(self) -> tuple[Section, ...]:
        """The authors' own words."""
        pairs = [(k, v) for entry in records(self.document.get("glossary")) for k, v in entry.items()]
        if not pairs:
            return self.section("glossary")
        rows = tuple((rich(str(name)), rich("; ".join(texts(value)))) for name, value in pairs)
        table = Table(self.words("glossary"), (self.words("term"), self.words("meaning")), rows, (1, 3))
        return (Section("glossary", "", self.words("glossary"), (table,)),)

    def protection(self) -> Block:
        """Legal basis, purposes, retention and the like."""
        return self.facts(self._protection(), "data_protection", _PROTECTION, _REQUIRED)

    def stated(self, name: str) -> tuple[Block, ...]:
        """What the PDD says is read, or written."""
        found = self._protection().get(name)
        entries = records(found)
        if entries:
            return self.entries(entries, f"{name}_stated", ("where", "what", "why"))
        told = texts(found)
        return (Items(tuple(map(rich, told))),) if told else ()

    def _protection(self) -> Mapping[str, Any]:
        found = self.document.get("data_protection")
        return found if isinstance(found, Mapping) else {}

    def approval(self) -> Section:
        """A page to sign: the roles that the PDD names, or the three that always sign."""
        words = self.words
        entries = records(self.document.get("approval")) or [
            {"role": words(role)} for role in ("process_owner", "system_owner", "developer")
        ]
        columns = ("role", "name", "date")
        rows = tuple(
            tuple(rich(", ".join(texts(entry.get(c)))) for c in (*columns, "signature")) for entry in entries
        )
        headings = (*(words(f"part_{column}") for column in columns), words("signature"))
        text = Paragraph(rich(words("approval_text", version=self.process.version)))
        table = Table(words("approval"), headings, rows, (3, 3, 2, 4), blank=True)
        return Section("approval", "", words("approval"), (text, table), break_before=True)


def readings_table(readings: Sequence[Reading], wording: Wording) -> tuple[Block, ...]:
    """What is read on each screen."""
    words = wording.words
    if not readings:
        return (Paragraph(rich(words("reads_nothing")), "note"),)
    rows = tuple(
        (
            rich(r.application),
            rich(r.screen),
            rich(", ".join(r.fields) or "–"),
            rich(", ".join(r.personal) or "–"),
        )
        for r in readings
    )
    headings = (words("application"), words("screen_title"), words("fields"), words("personal"))
    return (
        Paragraph(rich(words("reads_found_text"))),
        Table(words("reads_found"), headings, rows, (2, 3, 6, 3)),
    )


def writes_table(effects: Sequence[Effect], process: Process, wording: Wording) -> tuple[Block, ...]:
    """What is written, where, and what it holds."""
    words = wording.words
    if not effects:
        return (Paragraph(rich(words("writes_nothing")), "note"),)
    rows = []
    for effect in effects:
        repository = process.applications.get(effect.application or "")
        rows.append(
            (
                rich(readable(effect.id.rpartition(".")[2])),
                rich(repository.name if repository else "–"),
                rich(words(f"writes_{effect.writes}")),
                rich(", ".join(map(readable, effect.inputs)) or "–"),
            )
        )
    headings = (words("effect"), words("application"), words("kind"), words("contents_of"))
    return (Table(words("writes_found"), headings, tuple(rows)), Paragraph(rich(words("once")), "note"))
