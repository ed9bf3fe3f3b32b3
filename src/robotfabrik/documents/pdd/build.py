"""A process and an audience → the document."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from robotfabrik.documents.pdd.full import full
from robotfabrik.documents.pdd.language import Words
from robotfabrik.documents.pdd.model import Document, Language, changed, numbered
from robotfabrik.documents.pdd.privacy import for_the_public, without_identities
from robotfabrik.documents.pdd.public import public
from robotfabrik.documents.pdd.staff import staff
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.model.process import Process

Audience = Literal["all", "staff", "public"]

_WRITERS_SAY = ("contents", "page", "of", "skip", "in_words", "number", "step", "where_done", "remarks")


def make_document(process: Process, audience: Audience = "all", language: Language = "sv") -> Document:
    """The document for an audience. It holds no identity numbers; the public one no secrets either."""
    words = Words(language)
    wording = Wording(words, process)
    make = {"all": full, "staff": staff, "public": public}[audience]
    document = make(process, wording)
    hide = for_the_public(process, wording) if audience == "public" else without_identities
    document = changed(document, hide)
    sections = document.sections if document.compact else numbered(document.sections)
    return replace(document, sections=sections, words={key: words(key) for key in _WRITERS_SAY})
