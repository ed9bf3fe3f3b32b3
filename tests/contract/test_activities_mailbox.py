"""get_email_list, move_email and mark_email on a real IMAP server on this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from robotfabrik.activities import imap, mailbox
from robotfabrik.activities.api import Service
from robotfabrik.engine import retry
from robotfabrik.engine.ports import Grants
from robotfabrik.model.values import Credential, Secret
from robotfabrik.runs.files import JobFiles
from tests.support.engine import Application, Watch, columns, define, new_job, only, perform
from tests.support.imap import ACCOUNT, ImapServer, imap_server

SECTIONS = {
    "services": "[post]",
    "queue": "{item: {n: text}, reference: [item.n], attempts: 1}",
    "dispatch": "- add_queue_item: {n: x}",
    "reading": "{unknown: SE4}",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with imap_server(tmp_path_factory.mktemp("imap")) as server:
        yield server


@pytest.fixture
def server(running: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    monkeypatch.setattr(retry, "RETRY_DELAYS", (0.0, 0.0, 0.0))
    running.clear()
    return running


def mail(
    subject: str = "Ansökan", sender: str = "Åsa Ek <asa@example.org>", text: str = "Hej då\n", **more: str
) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": sender, "To": "robot@example.org", "Subject": subject, **more}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


async def read(
    folder: Path, service: Service, steps: str, show: str = "", *, rehearsal: bool = False, **more: Any
) -> Any:
    process = define(folder, steps, show=show, **SECTIONS)
    files = JobFiles(folder / "files", folder)
    job = new_job(process, rehearsal=rehearsal)
    grants = Grants(services={"post": service})
    return await perform(process, Application(), job=job, grants=grants, files=files, **more)


async def rows(folder: Path, server: ImapServer, arguments: str, what: str) -> Any:
    """What is shown of the mails that get_email_list gives with these arguments."""
    steps = f"""
        - get_email_list: {{service: post{arguments and ", "}{arguments}}}
          save_as: mails
        - assign: {{shown: "[{what} for mail in mails]"}}
        """
    outcome = await read(folder, server.service(), steps, "shown")
    assert (only(outcome).status, only(outcome).reason) == ("successful", "")
    return list(columns(outcome)["shown"])


async def test_a_mail_is_a_row_of_typed_columns_and_stays_unread(tmp_path: Path, server: ImapServer) -> None:
    server.deliver(bytes(mail(Message_ID="<1@example.org>", To="robot@example.org, Bo <bo@example.org>")))
    server.deliver(bytes(mail("Läst")), flags=("\\Seen",))
    what = """record(
        known=mail.message_id == '<1@example.org>', sender=mail.sender, to=(mail.to | join(' ')),
        subject=mail.subject, year=mail.date.year, text=mail.text, files=len(mail.attachments),
        unread=mail.unread)"""
    both = {"sender": "asa@example.org", "year": 2022, "text": "Hej då", "files": 0}
    found = [dict(row) for row in await rows(tmp_path, server, "", " ".join(what.split()))]
    assert found == [
        {**both, "known": False, "to": "robot@example.org", "subject": "Läst", "unread": False},
        {
            **both,
            "known": True,
            "to": "robot@example.org bo@example.org",
            "subject": "Ansökan",
            "unread": True,
        },
    ]
    assert server.flags() == [set(), {"\\Seen"}]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("", ["d", "c", "b", "Ansökan a"]),
        ("order: oldest_first", ["Ansökan a", "b", "c", "d"]),
        ("top: 2", ["d", "c"]),
        ("only_unread: true", ["d", "c", "Ansökan a"]),
        ("sender: Asa@Example.org", ["d", "Ansökan a"]),
        ('sender: "@example.com"', ["c"]),
        ("sender: sa@example.org", []),
        ("subject: ANSÖKAN", ["Ansökan a"]),
        ("since: 2022-11-02", ["d", "c"]),
        ('since: "${{ job.date }}", order: oldest_first, top: 1', ["Ansökan a"]),
        ('message_id: "<c@example.org>"', ["c"]),
        ('message_id: "c@example.org"', []),
        ('message_id: ""', []),
        ('sender: ""', []),
        ("folder: Klara", []),
    ],
)
async def test_mails_are_chosen(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch, arguments: str, found: list[str]
) -> None:
    monkeypatch.setattr(mailbox, "CHUNK", 2)
    server.deliver(bytes(mail("Ansökan a")), day=date(2022, 11, 1))
    server.deliver(bytes(mail("b", "b@example.net")), day=date(2022, 10, 31), flags=("\\Seen",))
    server.deliver(bytes(mail("c", "c@example.com", Message_ID="<c@example.org>")), day=date(2022, 11, 2))
    server.deliver(bytes(mail("d")), day=date(2022, 11, 3))
    server.deliver(bytes(mail("borttaget")), day=date(2022, 11, 3), flags=("\\Deleted",))
    assert await rows(tmp_path, server, arguments, "mail.subject") == found


async def test_a_mail_without_message_id_is_found_again(tmp_path: Path, server: ImapServer) -> None:
    for subject in ("a", "b"):
        server.deliver(bytes(mail(subject)))
    (id,) = await rows(tmp_path, server, "top: 1, order: oldest_first", "mail.message_id")
    server.deliver(bytes(mail("a")), folder="Klara")
    for folder in ("INBOX", "Klara"):
        found = await rows(tmp_path, server, f'folder: {folder}, message_id: "{id}"', "mail.subject")
        assert found == ["a"]


async def test_attachments_are_saved_under_names_that_do_no_harm(tmp_path: Path, server: ImapServer) -> None:
    message = mail()
    for name in ("../../beslut.pdf", "beslut.pdf", "räkning å.csv"):
        message.add_attachment(name.encode(), maintype="application", subtype="pdf", filename=name)
    message.add_attachment(mail("Vidare"))
    server.deliver(bytes(message))
    names = ["beslut.pdf", "beslut.pdf", "räkning å.csv", "attachment.eml"]
    assert await rows(tmp_path, server, "", "mail.attachments | join('|')") == ["|".join(names)]
    assert not (tmp_path / "files").exists()
    shown = await rows(tmp_path, server, "save_attachments: bilagor", "mail.attachments | join('|')")
    folder = tmp_path / "files" / "bilagor"
    paths = [folder / name for name in ("beslut.pdf", "beslut (2).pdf", *names[2:])]
    assert shown == ["|".join(map(str, paths))]
    assert [path.read_bytes() for path in paths[:2]] == [b"../../beslut.pdf", b"beslut.pdf"]
    assert b"Subject: Vidare" in paths[3].read_bytes()
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    await rows(tmp_path, server, "save_attachments: bilagor", "mail.id")
    assert (folder / "beslut (3).pdf").exists()


@pytest.mark.parametrize("where", ["/tmp/x", "../x"])
async def test_attachments_stay_in_the_jobs_folder(tmp_path: Path, server: ImapServer, where: str) -> None:
    message = mail()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    server.deliver(bytes(message))
    steps = f"- get_email_list: {{service: post, save_attachments: {where}}}"
    result = only(await read(tmp_path, server.service(), steps))
    assert (result.status, "the job's own folder" in result.reason) == ("failed", True)


async def test_what_is_read_is_private(tmp_path: Path, server: ImapServer) -> None:
    message = mail("Kanelbulle", text="Rad ett om Pepparkaka.\nSemla\n")
    message.add_attachment(b"x", maintype="text", subtype="csv", filename="lussekatt.csv")
    server.deliver(bytes(message))
    steps = """
        - get_email_list: {service: post, save_attachments: bilagor}
          save_as: mails
        - log_message: ${{ mails[0].subject }} ${{ mails[0].text }} ${{ mails[0].sender }}
        - log_message: ${{ mails[0].attachments[0] }}
        - check_true: mails[0].text == "x"
        """
    watch = Watch()
    result = only(await read(tmp_path, server.service(), steps, watch=watch))
    for word in ("Kanelbulle", "Pepparkaka", "Semla", "lussekatt", "asa@"):
        assert word not in repr((watch.logs, result.reason)), word
    assert "bilagor" in repr(watch.logs)


@pytest.mark.parametrize("way", ["imaps", "starttls"])
async def test_the_line_is_encrypted(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(imap, "UNENCRYPTED", ())
    service = server.service(way, "localhost")
    steps = "- {get_email_list: post, save_as: mails}\n- check_true: len(mails) == 0"
    untrusted = only(await read(tmp_path, service, steps))
    assert (untrusted.status, "certificate" in untrusted.reason) == ("failed", True), untrusted.reason
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    assert only(await read(tmp_path, service, steps)).status == "successful"
    openly = only(await read(tmp_path, server.service("imap", "localhost"), steps))
    assert "offers no encryption" in openly.reason


@pytest.mark.parametrize(
    ("service", "arguments", "said"),
    [
        ({"credential": Credential("robot-x", Secret("annat-hemligt"))}, "", "refuses the robot's account"),
        ({"credential": Credential("robot-x", Secret("annat-hemligt-å"))}, "", "refuses the robot's account"),
        ({"credential": None}, "", "says no credential"),
        ({"url": "smtp://127.0.0.1"}, "", "imap://"),
        ({}, "folder: Borta", "has no folder 'Borta'"),
        ({}, 'folder: "a\\r\\nb"', "has no folder"),
        ({}, "top: 0", "at least 1"),
    ],
)
async def test_what_is_wrong_is_said_plainly(
    tmp_path: Path, server: ImapServer, service: dict[str, Any], arguments: str, said: str
) -> None:
    watch = Watch()
    given = Service(**{"url": server.service().url, "credential": ACCOUNT} | service)
    steps = (
        f"- try: [{{get_email_list: {{service: post, {arguments}}}}}]\n  catch: {{SE4: [log_message: okänd]}}"
    )
    result = only(await read(tmp_path, given, steps, watch=watch))
    assert (result.status, said in result.reason) == ("failed", True), result.reason
    assert "annat-hemligt" not in repr((watch.logs, result))


class Silent:
    """A server that says `first`, then a little at a time or nothing."""

    def __init__(self, first: bytes = b"", drip: bytes = b"") -> None:
        self.first, self.drip = first, drip
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()

    def __enter__(self) -> Service:
        threading.Thread(target=self._serve, daemon=True).start()
        return Service(f"imap://127.0.0.1:{self.socket.getsockname()[1]}", ACCOUNT)

    def _serve(self) -> None:
        connection, _ = self.socket.accept()
        with connection:
            connection.sendall(self.first)
            while not self.over.wait(0.05):
                connection.sendall(self.drip)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.socket.close()


@pytest.mark.parametrize(
    ("first", "drip"),
    [(b"", b""), (b"* OK hej\r\n", b"* OK ett tag\r\n"), (b"* BYE nej\r\n", b"")],
)
async def test_a_server_that_does_not_answer_is_unknown(tmp_path: Path, first: bytes, drip: bytes) -> None:
    steps = """
        - try: [{get_email_list: post, timeout: 300ms}]
          catch: {SE4: [{assign: {seen: "'okänd'"}}]}
        """
    began = time.monotonic()
    with Silent(first, drip) as service:
        outcome = await read(tmp_path, service, steps, "seen")
    assert columns(outcome) == {"seen": "okänd"}
    assert time.monotonic() - began < 10


async def test_nobody_there_is_unknown(tmp_path: Path) -> None:
    service = Service("imap://127.0.0.1:1", ACCOUNT)
    steps = "- try: [{get_email_list: post}]\n  catch: {SE4: [{assign: {seen: 1}}]}"
    assert columns(await read(tmp_path, service, steps, "seen")) == {"seen": 1}


async def test_a_mail_that_is_too_large_is_said(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_BYTES", 100)
    server.deliver(bytes(mail()))
    result = only(await read(tmp_path, server.service(), "- get_email_list: post"))
    assert (result.status, "larger than" in result.reason) == ("failed", True)


# --- changes


def handling(do: str, verify: str) -> str:
    return f"""
        - get_email_list: {{service: post, order: oldest_first}}
          save_as: mails
        - assign: {{mail: "mails[0]"}}
        - once: hantera
          key: [item.reference]
          writes: note
          content: {{message_id: "${{{{ mail.message_id }}}}"}}
          verify:
            - get_email_list: {{service: post, message_id: "${{{{ mail.message_id }}}}", {verify}}}
              save_as: found
            - assign: {{matches: "[m for m in found if not m.unread or m.subject == 'Flytta']"}}
          do: [{do}]
        """


MOVE = handling(
    '{move_email: {service: post, id: "${{ mail.id }}", to_folder: Klara}}', "folder: Klara"
)  # fmt: skip
MARK = handling('{mark_email: {service: post, id: "${{ mail.id }}"}}', "folder: INBOX")


async def test_a_mail_is_moved_once(tmp_path: Path, server: ImapServer) -> None:
    server.deliver(
        bytes(mail("Kvar")), flags=("\\Deleted",)
    )  # somebody else's, not the robot's to clear away
    server.deliver(bytes(mail("Flytta", Message_ID="<1@example.org>")))
    server.deliver(bytes(mail("Kvar")))
    result = only(await read(tmp_path, server.service(), MOVE))
    assert (result.status, result.reason) == ("successful", "")
    assert server.flags() == [{"\\Deleted"}, set()]
    assert server.flags("Klara") == [set()]


async def test_a_mail_is_marked_as_read(tmp_path: Path, server: ImapServer) -> None:
    server.deliver(bytes(mail("Kvar")), flags=("\\Deleted",))
    server.deliver(bytes(mail(Message_ID="<1@example.org>")))
    result = only(await read(tmp_path, server.service(), MARK))
    assert (result.status, result.reason) == ("successful", "")
    assert server.flags() == [{"\\Deleted"}, {"\\Seen"}]


async def test_and_as_unread(tmp_path: Path, server: ImapServer) -> None:
    server.deliver(bytes(mail("Flytta", Message_ID="<1@example.org>")), flags=("\\Seen",))
    steps = MARK.replace('mail.id }}"', 'mail.id }}", mark: unread').replace(
        "not m.unread or m", "m.unread and m"
    )
    assert only(await read(tmp_path, server.service(), steps)).status == "successful"
    assert server.flags() == [set()]


class Post:
    """An SMTP server that puts what is sent into the mailbox."""

    def __init__(self, server: ImapServer) -> None:
        self.server = server
        self.sent = 0

    async def handle_DATA(self, _: Any, session: Any, envelope: Envelope) -> str:
        self.sent += 1
        await asyncio.to_thread(self.server.deliver, envelope.original_content)
        return "250 OK"


async def test_a_copy_in_a_mailbox_tells_that_a_mail_was_sent(tmp_path: Path, server: ImapServer) -> None:
    steps = """
        - once: skicka
          key: [item.reference]
          writes: note
          content: {text: Listan är klar.}
          verify:
            - {get_email_list: {service: post, sender: robot@example.org, subject: Lista x}, save_as: matches}
          do:
            - send_email:
                service: ut
                sender: robot@example.org
                to: chef@example.org
                bcc: robot@example.org
                subject: Lista x
                body: Listan är klar.
        """
    post = Post(server)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, "127.0.0.1", port)
    controller.start()
    try:
        process = define(tmp_path, steps, **{**SECTIONS, "services": "[post, ut]"})
        grants = Grants(services={"post": server.service(), "ut": Service(f"smtp://127.0.0.1:{port}")})
        for outcome in ("written", "already"):  # a new store each time: only the mailbox remembers
            result = only(await perform(process, Application(), job=new_job(process), grants=grants))
            assert (result.status, [effect.outcome for effect in result.effects]) == ("successful", [outcome])
    finally:
        controller.stop()
    assert post.sent == 1


@pytest.mark.parametrize("steps", [MOVE, MARK])
async def test_a_rehearsal_changes_nothing(tmp_path: Path, server: ImapServer, steps: str) -> None:
    server.deliver(bytes(mail(Message_ID="<1@example.org>")))
    result = only(await read(tmp_path, server.service(), steps, rehearsal=True))
    assert (result.status, [effect.outcome for effect in result.effects]) == ("successful", ["rehearsed"])
    assert (server.flags(), server.flags("Klara")) == ([set()], [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("to_folder: Klara", "to_folder: Borta"), "there is no folder 'Borta'"),
        (("${{ mail.id }}", "1.101"), "no mail in INBOX has this id"),
        (("${{ mail.id }}", "${{ mail.id }}9"), "no longer in INBOX"),
        (("${{ mail.id }}", "${{ mail.id }}:*"), "no mail in INBOX has this id"),
    ],
)
async def test_a_change_that_cannot_be_made_changes_nothing(
    tmp_path: Path, server: ImapServer, change: tuple[str, str], said: str
) -> None:
    server.deliver(bytes(mail(Message_ID="<1@example.org>")))
    result = only(await read(tmp_path, server.service(), MOVE.replace(*change)))
    assert (result.status, said in result.reason) == ("failed", True), result.reason
    assert (server.flags(), server.flags("Klara")) == ([set()], [])


async def test_a_server_that_cannot_move_is_asked_nothing_else(
    tmp_path: Path, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "capabilities", lambda box: frozenset({"IMAP4REV1"}))
    server.deliver(bytes(mail(Message_ID="<1@example.org>")))
    result = only(await read(tmp_path, server.service(), MOVE))
    assert (result.status, "cannot move" in result.reason, server.flags()) == ("failed", True, [set()])


@pytest.mark.parametrize(
    "step", ["move_email: {service: post, id: a, to_folder: b}", "mark_email: {service: post, id: a}"]
)
def test_changes_stand_inside_once(tmp_path: Path, step: str) -> None:
    with pytest.raises(AssertionError, match="_email writes: it must stand inside 'once'"):
        define(tmp_path, f"- {step}", services="[post]")


def test_the_checker_knows_services_and_columns(tmp_path: Path) -> None:
    for step, said in (
        ("- get_email_list: pots", "unknown service: 'pots'"),
        ("- {get_email_list: post, save_as: m}\n- check_true: m[0].subjekt == 'x'", "subjekt"),
        ("- {get_email_list: post, save_as: m}\n- check_true: m[0].date > 5", "date"),
    ):
        with pytest.raises(AssertionError, match=said):
            define(tmp_path, step, services="[post]")
