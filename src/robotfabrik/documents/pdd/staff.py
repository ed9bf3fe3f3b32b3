"""One page for caseworkers: what the robot does, what it never does, what they will see, what they do."""

from __future__ import annotations

from robotfabrik.documents.pdd import rules
from robotfabrik.documents.pdd.inventory import reached, used
from robotfabrik.documents.pdd.model import (
    Block,
    Document,
    Items,
    Paragraph,
    Part,
    Rich,
    Section,
    Table,
    plain,
    rich,
)
from robotfabrik.documents.pdd.wording import Wording, records, texts
from robotfabrik.model.process import AUTHORITIES, ComposeText, Process, Sentence, Text

MOST_TEXTS = 4


def staff(process: Process, wording: Wording) -> Document:
    """The information sheet."""
    words = wording.words
    parts: list[tuple[str, tuple[Block, ...]]] = [
        ("staff_does", _does(process, wording)),
        ("staff_never", (Items(tuple(map(rich, _never(process, wording)))),)),
        ("staff_see", _see(process, wording)),
        ("staff_lists", (_lists(process, wording),)),
        ("staff_next", (*rules.follow_up(process), Paragraph(rich(words("staff_meaning"))))),
        ("staff_ask", _ask(process)),
    ]
    return Document(
        title=process.name,
        subtitle=words("staff"),
        language=words.language,
        facts=(),
        sections=tuple(Section(key, "", words(key), blocks) for key, blocks in parts if blocks),
        contents=False,
        compact=True,
        footer=f"{process.name} {process.version}",
    )


def _does(process: Process, wording: Wording) -> tuple[Block, ...]:
    words, document = wording.words, process.document
    blocks: list[Block] = [Paragraph(rich(text)) for text in texts(document.get("purpose"))]
    frequency = [
        text for entry in records(document.get("overview")) for text in texts(entry.get("frequency"))
    ]
    when = frequency or ([words(f"every_{process.period}")] if process.period else [])
    facts: list[Rich] = []
    if when:
        facts.append(rich(Part(words("staff_when"), "strong"), _sentence(", ".join(when))))
    inside = [text for entry in records(document.get("scope")) for text in texts(entry.get("in"))]
    if inside:
        facts.append(rich(Part(words("staff_which"), "strong"), _sentence("; ".join(inside))))
    if facts:
        blocks.append(Items(tuple(facts)))
    return tuple(blocks) or (Paragraph(rich(words(f"authority_{process.authority}"))),)


def _never(process: Process, wording: Wording) -> list[str]:
    words = wording.words
    above = AUTHORITIES[AUTHORITIES.index(process.authority) + 1 :]
    never = (
        [_capital(words.listed([words(f"never_{authority}") for authority in above], "or"))] if above else []
    )
    never.append(words("never_guess"))
    if process.authority != "read":
        never.append(words("never_twice"))
    outside = [text for entry in records(process.document.get("scope")) for text in texts(entry.get("out"))]
    if outside:
        never.append(words("never_scope", what=words.listed([_small(text) for text in outside])))
    return never


def _see(process: Process, wording: Wording) -> tuple[Block, ...]:
    words = wording.words
    blocks: list[Block] = []
    for text in _shown(process)[:MOST_TEXTS]:
        own = rich(_capital(rules.text_name(text)))
        name = own if text.rubrik is None else wording.sentence(text.rubrik)
        blocks.append(Paragraph(rich(Part(plain(name), "strong"))))
        said = [s for paragraph in text.paragraphs for s in paragraph]
        blocks.append(Items(tuple(_said(s, wording) for s in said)))
    return (Paragraph(rich(words("staff_see_text"))), *blocks) if blocks else ()


def _shown(process: Process) -> list[Text]:
    """The texts of its work. What it says when it ends or stops, it says to the unit."""
    ends = (*process.finish, *process.outage)
    told = {id(step.text) for step in reached(ends) if isinstance(step, ComposeText)}
    return [text for text in process.texts.values() if id(text) not in told]


def _said(sentence: Sentence, wording: Wording) -> Rich:
    """A sentence; one that is always there says so by its style."""
    said = wording.sentence(sentence.text)
    return said if sentence.when is not None else rich(said, f" ({wording.words('staff_always')})")


def _lists(process: Process, wording: Wording) -> Table:
    words = wording.words
    rows, excluded = [], used(process).excluded
    for exception in process.exceptions.values():
        listed = exception.kind == "business" and (exception.list or exception.action)
        if listed and exception.id not in excluded:
            rows.append((rich(exception.name), rich(_sentence(exception.action) or words("staff_own"))))
    rows.append((rich(words("staff_failed")), rich(words("staff_failed_do"))))
    if process.outage:
        rows.append((rich(words("staff_stopped")), rich(words("staff_stopped_do"))))
    return Table(words("staff_lists"), (words("staff_list"), words("staff_do")), tuple(rows), (1, 1))


def _ask(process: Process) -> tuple[Block, ...]:
    contacts = []
    for entry in records(process.document.get("contacts")):
        role, *rest = (
            ", ".join(texts(entry.get(key))) for key in ("role", "name", "organization", "contact")
        )
        told = ", ".join(part for part in rest if part)
        contacts.append(rich(f"{role}: {told}" if role and told else role or told))
    return (Items(tuple(contacts)),) if contacts else ()


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """With a small first letter, unless the word is an abbreviation or a name by its form."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
