"""send_email through a real SMTP server on this machine."""

from __future__ import annotations

import email
import json
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from robotfabrik.activities import smtp
from robotfabrik.activities.api import Service
from robotfabrik.engine import retry
from robotfabrik.engine.ports import Grants
from robotfabrik.model.values import Credential, Secret
from robotfabrik.runs.files import JobFiles
from tests.support.engine import Application, Watch, define, new_job, only, perform

ACCOUNT = Credential("robot-x", Secret("hemligt-x"))


class Inbox:
    """Keeps each mail, and in `index` its subject and text, where a robot's function can read them."""

    def __init__(self, index: Path) -> None:
        self.mails: list[tuple[Envelope, EmailMessage]] = []
        self.logins: list[str] = []
        self.index = index

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("okand"):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message = email.message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append((envelope, message))
        body = message.get_body()
        text = body.get_content().strip() if body else ""
        seen = [*json.loads(self.index.read_text() or "[]"), {"id": message["Message-ID"], "text": text}]
        self.index.write_text(json.dumps(seen))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=data.password == b"hemligt-x", handled=False)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    (tmp_path / "index").touch()
    inbox = Inbox(tmp_path / "index")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        inbox, "127.0.0.1", port, authenticator=inbox.authenticate, auth_require_tls=False,
        enable_SMTPUTF8=True,
    )  # fmt: skip
    controller.start()
    inbox.url = f"smtp://127.0.0.1:{port}"  # type: ignore[attr-defined]
    yield inbox
    controller.stop()


CODE = """
import json
from pathlib import Path
from robotfabrik.code import Record

def skickade(fil: str) -> tuple[Record, ...]:
    return tuple(Record(mail) for mail in json.loads(Path(fil).read_text() or "[]"))
"""
SECTIONS = {
    "services": "[post]",
    "queue": "{item: {n: text}, reference: [item.n], attempts: 1}",
    "dispatch": "- add_queue_item: {n: x}",
}


async def send(folder: Path, inbox: Any, parts: str, *, rehearsal: bool = False, **more: Any) -> Any:
    (folder / "kod.py").write_text(CODE, encoding="utf-8")
    steps = f"""
        - once: skicka
          key: [item.reference]
          writes: note
          content: {{text: hej då}}
          verify: [{{invoke_code: kod.py:skickade, with: {{fil: "{inbox.index}"}}, save_as: matches}}]
          do: [{{send_email: {{service: post, sender: Robot <robot@example.org>, {parts}}}}}]
        """
    process = define(folder, steps, **SECTIONS)
    grants = Grants(services={"post": Service(more.pop("url", inbox.url), more.pop("account", ACCOUNT))})
    files = JobFiles(folder / "files", folder)
    job = new_job(process, rehearsal=rehearsal)
    return await perform(process, Application(), job=job, grants=grants, files=files, **more)


PLAIN = "to: a@example.org, subject: Lista, body: hej då"


async def test_a_mail_arrives_with_its_attachments(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "lista.csv").write_bytes(b"a;b\r\n1;2\r\n")
    parts = (
        'to: ["Åsa Ek <a@example.org>", b@example.org], cc: "${{ [\'c@example.org\'] }}", '
        "bcc: d@example.org, subject: Lista på ärenden, body: hej då, attachments: [lista.csv]"
    )
    result = only(await send(tmp_path, inbox, parts))
    assert (result.status, result.reason) == ("successful", "")
    ((envelope, message),) = inbox.mails
    assert envelope.rcpt_tos == [f"{name}@example.org" for name in "abcd"]
    assert message["To"] == "Åsa Ek <a@example.org>, b@example.org"
    assert (message["Subject"], message["Bcc"]) == ("Lista på ärenden", None)
    assert message["Auto-Submitted"] == "auto-generated"
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("lista.csv", b"a;b\r\n1;2\r\n")
    assert inbox.logins == ["robot-x:hemligt-x"]


async def test_a_rehearsal_sends_nothing(tmp_path: Path, inbox: Inbox) -> None:
    assert only(await send(tmp_path, inbox, PLAIN, rehearsal=True)).status == "successful"
    assert inbox.mails == []


async def test_a_mail_is_sent_once_whatever_runs_again(tmp_path: Path, inbox: Inbox) -> None:
    for _ in range(2):  # a new store each time: only the inbox remembers
        assert only(await send(tmp_path, inbox, PLAIN)).status == "successful"
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("to: [a@example.org, okand@example.org], subject: x, body: hej då", "the server refuses (550)"),
        ("to: a, subject: x, body: hej då", "an address of the mail is none"),
        ("to: 'a@example.org, b@example.org', subject: x, body: hej då", "an address of the mail is none"),
        ("to: [], subject: x, body: hej då", "at least one recipient"),
        ('to: a@example.org, subject: "x\\nBcc: e@example.org", body: hej då', "one line"),
        (f"{PLAIN}, attachments: borta.csv", "an attachment is not there"),
        (f"{PLAIN}, attachments: /etc/passwd", "outside what this bot may use"),
    ],
)
async def test_a_mail_that_is_wrong_goes_to_nobody(
    tmp_path: Path, inbox: Inbox, parts: str, said: str
) -> None:
    watch = Watch()
    result = only(await send(tmp_path, inbox, parts, watch=watch))
    assert result.status == "failed"
    assert inbox.mails == []
    shown = repr((watch.logs, result.reason))
    assert said in shown
    assert "okand@" not in shown


async def test_a_refused_account_is_no_secret_in_the_log(tmp_path: Path, inbox: Inbox) -> None:
    watch = Watch()
    wrong = Credential("robot-x", Secret("annat-hemligt"))
    result = only(await send(tmp_path, inbox, PLAIN, account=wrong, watch=watch))
    assert (result.status, "the server refuses (535)" in result.reason) == ("failed", True)
    assert "annat-hemligt" not in repr((watch.logs, result))
    assert inbox.mails == []


async def test_nothing_goes_in_the_clear_to_another_machine(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "UNENCRYPTED", ())
    result = only(await send(tmp_path, inbox, PLAIN))
    assert (result.status, inbox.mails, inbox.logins) == ("failed", [], [])


async def test_no_server_is_a_system_exception(tmp_path: Path, inbox: Inbox) -> None:
    for url, said in (("smtp://127.0.0.1:1", "ConnectionRefusedError"), ("https://a", "smtp://")):
        result = only(await send(tmp_path, inbox, PLAIN, url=url))
        assert (result.status, said in result.reason) == ("failed", True), result.reason


def test_a_mail_stands_inside_once(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="send_email writes: it must stand inside 'once'"):
        define(
            tmp_path, f"- send_email: {{service: post, sender: r@example.org, {PLAIN}}}", services="[post]"
        )
