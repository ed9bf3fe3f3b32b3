"""The mail of Daglisterobot, through real mail servers on this machine: once a day, and nothing of a case."""

from __future__ import annotations

import asyncio
import email
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from robotfabrik.activities.api import Service
from robotfabrik.debugger.places import find
from robotfabrik.debugger.start import beginning_at, given_variables
from robotfabrik.engine.ports import Grants
from robotfabrik.parsing.loader import Loader
from tests.support.engine import Application, new_job, only, perform
from tests.support.imap import ImapServer, imap_server

PDD = Path(__file__).parents[2] / "pdd" / "daglista.yaml"
HANDLED = (
    "bifall=[1, 2]", "avslag=[3]", "manuella=[4]", "lämnade=[]", "stannade=[]", "osäkra=[]", "väntar=1",
)  # fmt: skip


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[ImapServer]:
    with imap_server(tmp_path) as server:
        server.clear()
        yield server


class Post:
    """An SMTP server that keeps what is sent, and puts the copy into the mailbox."""

    def __init__(self, mailbox: ImapServer) -> None:
        self.mailbox = mailbox
        self.sent: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        message = email.message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        self.sent.append((envelope.rcpt_tos, message))
        await asyncio.to_thread(self.mailbox.deliver, envelope.original_content)
        return "250 OK"


async def test_the_group_is_told_once_with_counts_and_a_link(mailbox: ImapServer) -> None:
    problems: list[Any] = []
    whole = Loader(problems.append).process(PDD)
    assert whole is not None, problems
    first = find(whole, "Räkna till e-posten", "--from")
    process = replace(beginning_at(whole, first, given_variables(HANDLED), "--from"), applications={})
    post = Post(mailbox)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, "127.0.0.1", port)
    controller.start()
    services = {"brevlåda": mailbox.service(), "post": Service(f"smtp://127.0.0.1:{port}")}
    settings = {"mottagare": ("chef@example.org", "grupp@example.org")}
    try:
        for outcome in ("written", "already"):  # a new store each time: only the mailbox remembers
            result = only(
                await perform(
                    process, Application(), job=new_job(process), settings=settings,
                    grants=Grants(services=services),
                )
            )  # fmt: skip
            assert (result.status, result.reason) == ("successful", "")
            assert [effect.outcome for effect in result.effects] == [outcome]
    finally:
        controller.stop()
    ((recipients, message),) = post.sent
    assert sorted(recipients) == ["chef@example.org", "grupp@example.org", "robot@example.org"]
    assert message["Subject"] == "Daglista 2022-11-01"
    body = message.get_body()
    assert body is not None
    assert body.get_content().splitlines() == [
        "Förslag: 3. Att handlägga manuellt: 1. Inte klara: 1.",
        "",
        "Listan finns i Inkorgen: http://localhost:8000/meddelanden",
    ]
