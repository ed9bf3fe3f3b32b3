"""The rules of a robot as anyone may ask for them: no contacts, no accounts, no secret settings."""

from __future__ import annotations

from robotfabrik.documents.pdd import flow, rules
from robotfabrik.documents.pdd.inventory import used
from robotfabrik.documents.pdd.model import Block, Document, Paragraph, Rich, Section, rich
from robotfabrik.documents.pdd.privacy import is_secret
from robotfabrik.documents.pdd.wording import Wording, texts
from robotfabrik.documents.pdd.written import Written, readings_table, writes_table
from robotfabrik.model.process import Process


def public(process: Process, wording: Wording) -> Document:
    """What a citizen or a journalist may read about the robot."""
    words, written, reached = wording.words, Written(process, wording), used(process)
    business = [e for e in process.exceptions.values() if e.kind == "business"]
    left: tuple[Block, ...] = ()
    if business:
        table = rules.exceptions_table(
            business, process, wording, words("public_left"), None, reached.excluded
        )
        left = (Paragraph(rich(words("public_left_text"))), table)
    rule_sections = tuple(rules.rule_section(rule, process, wording, None) for rule in process.rules.values())
    text_sections = tuple(rules.text_section(text, wording) for text in process.texts.values())
    gaps = (Paragraph(rich(words("gaps")), "note"),)
    after = rules.follow_up(process)
    sections = (
        Section("purpose", "", words("public_purpose"), written.prose("purpose", required=True)),
        Section("may", "", words("public_may"), (Paragraph(rich(words(f"authority_{process.authority}"))),)),
        Section("scope", "", words("scope"), written.scope()),
        *((Section("left", "", words("public_left"), left),) if left else ()),
        *((Section("rules", "", words("public_rules"), (), rule_sections),) if rule_sections else ()),
        *_settings(process, wording),
        *((Section("texts", "", words("public_texts"), gaps, text_sections),) if text_sections else ()),
        Section(
            "data-protection", "", words("data_protection"), (written.protection(),),
            (
                Section("reads", "", words("reads_found"), readings_table(reached.readings, wording)),
                Section("writes", "", words("writes_found"), writes_table(reached.effects, process, wording)),
            ),
        ),
        *((Section("after", "", words("public_after"), after),) if after else ()),
        Section("flow", "", words("flow"), flow.charts(process, wording)),
    )  # fmt: skip
    facts: list[tuple[str, Rich]] = [(words("version"), rich(process.version))]
    facts.append((words("release"), rich(process.release or "–")))
    if process.period:
        facts.append((words("period"), rich(words(f"period_{process.period}"))))
    if found := texts(process.document.get("status")):
        facts.append((words("status"), rich(", ".join(found))))
    introduction = Paragraph(rich(f"{words('made_from')} {words('left_out_public')}"))
    first = Section("about", "", words("about"), (introduction,))
    return Document(
        title=process.name,
        subtitle=words("public"),
        language=words.language,
        facts=tuple(facts),
        sections=(first, *sections),
        footer=f"{process.name} {process.version}",
    )


def _settings(process: Process, wording: Wording) -> tuple[Section, ...]:
    """The settings that may be shown, and how many are left out."""
    words = wording.words
    if not process.config:
        return ()
    shown = [setting for setting in process.config.values() if not is_secret(setting)]
    hidden = len(process.config) - len(shown)
    blocks: list[Block] = []
    if shown:
        blocks.append(rules.settings_table(shown, wording, words("config"), internal=False))
    if hidden:
        told = words("left_out_one") if hidden == 1 else words("left_out_many", n=hidden)
        blocks.append(Paragraph(rich(told), "note"))
    return (Section("config", "", words("config"), tuple(blocks)),)
