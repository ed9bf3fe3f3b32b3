"""A real IMAP server on this machine, its mails in memory.

with imap_server(folder) as server:
    server.deliver(b"From: …", day=date(2022, 11, 1))
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

import trustme
from imap_tools import MailBoxUnencrypted
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import BuiltinHash

from robotfabrik.activities.api import Service
from robotfabrik.model.values import Credential, Secret

ACCOUNT = Credential("robot-x", Secret("hemligt-x"))


class ImapServer:
    """The mailbox of robot-x. It is served openly (`imap`), with STARTTLS (`starttls`) and by `imaps`.

    `authority` is the certificate of who signed the server's own, for localhost.
    """

    def __init__(self, authority: Path) -> None:
        self.authority = authority
        self._ports: dict[str, int] = {}
        self._config: Config

    def service(self, way: str = "imap", host: str = "127.0.0.1") -> Service:
        """Where a robot finds it."""
        scheme = "imaps" if way == "imaps" else "imap"
        return Service(f"{scheme}://{host}:{self._ports[way]}", ACCOUNT)

    def clear(self) -> None:
        """A new mailbox with the folders INBOX and Klara, both empty."""
        self._config.set_cache.clear()
        with self.client() as box:
            box.folder.create("Klara")

    def deliver(
        self, mail: bytes, folder: str = "INBOX", day: date = date(2022, 11, 1), flags: tuple[str, ...] = ()
    ) -> None:
        """Put a mail into a folder."""
        with self.client() as box:
            box.append(mail, folder, datetime.combine(day, time(12), UTC), flags)

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """What is said of each mail in a folder, such as \\Seen."""
        with self.client() as box:
            box.folder.set(folder, readonly=True)
            return [set(mail.flags) - {"\\Recent"} for mail in box.fetch(mark_seen=False)]

    def client(self) -> MailBoxUnencrypted:
        """A connection of the test's own."""
        box = MailBoxUnencrypted("127.0.0.1", self._ports["imap"], 10)
        return box.login(ACCOUNT.username, ACCOUNT.password.reveal(), initial_folder=None)

    async def serve(self, certificate: ssl.SSLContext, ready: threading.Event, over: threading.Event) -> None:
        """Serve until it is `over`."""
        backend, self._config = await DictBackend.init(_arguments(False), hash_context=BuiltinHash(rounds=1))
        _, encrypted = await DictBackend.init(_arguments(True), ssl_context=certificate)
        self._config.apply_context()
        ways = {
            "imap": (self._config, None),
            "starttls": (encrypted, None),
            "imaps": (self._config, certificate),
        }
        servers = []
        for way, (config, tls) in ways.items():
            answer = ProxyProtocolReader(config.proxy_protocol).get_callback(
                IMAPServer(backend.login, config)
            )
            servers.append(await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls))
            self._ports[way] = servers[-1].sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(over.wait)
        for server in servers:
            server.close()


def _arguments(tls: bool) -> Namespace:
    return Namespace(
        host=None, port="0", debug=False, tls=tls, proxy_protocol=None, cert=None, key=None,
        passlib_cfg=None, demo_data=False, demo_user=ACCOUNT.username,
        demo_password=ACCOUNT.password.reveal(),
    )  # fmt: skip


@contextmanager
def imap_server(folder: Path) -> Iterator[ImapServer]:
    """A server in a thread of its own; `folder` takes its authority's certificate."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(certificate)
    server = ImapServer(folder / "authority.pem")
    ready, over = threading.Event(), threading.Event()
    work = threading.Thread(target=lambda: asyncio.run(server.serve(certificate, ready, over)), daemon=True)
    work.start()
    try:
        assert ready.wait(20), "the IMAP server did not start"
        yield server
    finally:
        over.set()
        work.join(10)
