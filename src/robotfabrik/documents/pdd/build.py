"""A process and an audience → the document."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from robotfabrik.documents.pdd.flow import FLOW_WORDS
from robotfabrik.documents.pdd.full import FULL_WORDS, full
from robotfabrik.documents.pdd.language import Words
from robotfabrik.documents.pdd.model import Document, Language, changed, numbered
from robotfabrik.documents.pdd.privacy import for_the_public, without_identities
from robotfabrik.documents.pdd.public import PUBLIC_WORDS, public
from robotfabrik.documents.pdd.rules import RULE_WORDS
from robotfabrik.documents.pdd.staff import STAFF_WORDS, staff
from robotfabrik.documents.pdd.steps import STEP_WORDS
from robotfabrik.documents.pdd.trials import TEST_WORDS
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.documents.pdd.written import WRITTEN_WORDS
from robotfabrik.model.process import Process

Audience = Literal["all", "staff", "public"]

TABLES = (STEP_WORDS, FLOW_WORDS, RULE_WORDS, TEST_WORDS, WRITTEN_WORDS, FULL_WORDS, PUBLIC_WORDS, STAFF_WORDS)
_WRITERS_SAY = ("contents", "page", "of", "skip", "in_words", "number", "step", "where_done", "remarks")


def make_document(process: Process, audience: Audience = "all", language: Language = "sv") -> Document:
    """The document for an audience. It holds no identity numbers; the public one no secrets either."""
    words = Words(language, *TABLES)
    wording = Wording(words, process)
    make = {"all": full, "staff": staff, "public": public}[audience]
    document = make(process, wording)
    hide = for_the_public(process, wording) if audience == "public" else without_identities
    document = changed(document, hide)
    sections = document.sections if document.compact else numbered(document.sections)
    return replace(document, sections=sections, words={key: words(key) for key in _WRITERS_SAY})
