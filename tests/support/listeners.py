"""Servers that people are told through: a real HTTP endpoint and a real SMTP server on this machine."""

from __future__ import annotations

import email
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Endpoint:
    """What was posted, each as apprise's JSON. `status` is answered; while `open` is not set, nothing is."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.raw = b""
        self.status = 200
        self.open = threading.Event()
        self.open.set()
        self.url = ""

    @property
    def titles(self) -> list[str]:
        return [post["title"] for post in self.posts]


@contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint for json:// addresses."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.open.wait(60)
            if endpoint.status == 200:
                endpoint.raw += raw
                endpoint.posts.append(json.loads(raw))
            self.send_response(endpoint.status)
            self.end_headers()

        def log_message(self, *given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"json://robot:hemligt@127.0.0.1:{server.server_port}/drift"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield endpoint
    endpoint.open.set()
    server.shutdown()
    server.server_close()


class Inbox:
    """The mails that came; `refuses`: addresses that the server knows nobody at."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw = b""
        self.refuses: set[str] = set()
        self.url = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.raw += envelope.original_content or b""
        message = email.message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


@contextmanager
def receiving() -> Iterator[Inbox]:
    """A mail server."""
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, "127.0.0.1", port, enable_SMTPUTF8=True)
    controller.start()
    inbox.url = f"smtp://127.0.0.1:{port}"
    yield inbox
    controller.stop()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """A mail's text, or its HTML."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
