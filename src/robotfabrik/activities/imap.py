"""A folder on a mail server: the connection, and what its refusals mean in plain words."""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import urlsplit

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError, UnexpectedCommandStatusError

from robotfabrik.activities.api import UNENCRYPTED, Context, Service
from robotfabrik.model.errors import SystemException, TimedOut, Unknown

T = TypeVar("T")


class OpenFolder:
    """A folder that is open. What is done in it takes `timeout` seconds at most, all together.

    `validity` changes when the server numbers the folder's mails anew.
    """

    validity = ""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._deadline = asyncio.get_running_loop().time() + timeout
        self._box: BaseMailBox | None = None
        self._over = False

    async def open(self, server: Service, folder: str, writes: bool) -> None:
        """Connect, log in, and open a folder: only to be looked at, unless it `writes`."""

        def work() -> None:
            try:
                box = self._box = _connect(server, self._timeout)
            except imaplib.IMAP4.error:  # its greeting is a farewell: it is busy
                raise imaplib.IMAP4.abort from None
            if self._over:  # the time ran out while it was connecting
                _hang_up(box)
            _log_in(box, server)
            box.folder.set(folder, readonly=not writes)
            _, given = box.client.response("UIDVALIDITY")
            self.validity = given[0].decode() if given and given[0] else ""

        await self._in_time(work)

    async def run(self, work: Callable[[BaseMailBox], T]) -> T:
        """Do something in it, in a thread."""
        box = self._box
        assert box is not None
        return await self._in_time(lambda: work(box))

    async def _in_time(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await asyncio.to_thread(work)
        except (TimeoutError, asyncio.CancelledError):
            self._over = True
            if self._box is not None:  # wakes the thread that waits for an answer
                with suppress(OSError):
                    self._box.client.sock.shutdown(socket.SHUT_RDWR)
            raise

    async def close(self) -> None:
        """Hang up."""
        if self._box is not None:
            await asyncio.to_thread(_hang_up, self._box)


@asynccontextmanager
async def open_folder(
    ctx: Context, service: str, folder: str, *, writes: bool = False
) -> AsyncIterator[OpenFolder]:
    """The folder of a service's mailbox. A server that does not answer is unknown to who only reads."""
    server = ctx.service(service)
    opened = OpenFolder(ctx.timeout)
    try:
        await opened.open(server, folder, writes)
        yield opened
    except MailboxLoginError:
        raise SystemException(f"{service} refuses the robot's account") from None
    except MailboxFolderSelectError:
        raise SystemException(f"{service} has no folder '{folder}' for the robot's account") from None
    except imaplib.IMAP4.readonly:
        raise SystemException(f"the robot's account may only read the folder '{folder}'") from None
    except ssl.SSLCertVerificationError:
        raise SystemException(f"the certificate of {service} is not trusted") from None
    except (OSError, imaplib.IMAP4.abort) as error:
        why = f"{service} did not answer ({type(error).__name__})"
        if not writes:
            raise Unknown(why) from None
        raise (TimedOut if isinstance(error, TimeoutError) else SystemException)(why) from None
    except (UnexpectedCommandStatusError, imaplib.IMAP4.error):  # what it says may quote the mail
        raise SystemException(f"{service} refuses what the robot asks for") from None
    finally:
        await opened.close()


def capabilities(box: BaseMailBox) -> frozenset[str]:
    """What the server can do for who is logged in; before that, it says less."""
    _, answers = box.client.capability()
    return frozenset(word.decode("ascii", "replace").upper() for line in answers for word in line.split())


def _connect(server: Service, timeout: float) -> BaseMailBox:
    """A connection, encrypted unless the server is on this machine."""
    address = urlsplit(server.url)
    host = address.hostname or ""
    if address.scheme not in ("imap", "imaps"):
        raise SystemException("the bot's address of the mailbox begins with imap:// or imaps://")
    if address.scheme == "imaps":
        return MailBox(host, address.port or 993, timeout, ssl_context=ssl.create_default_context())
    box = MailBoxUnencrypted(host, address.port or 143, timeout)
    if host in UNENCRYPTED:
        return box
    try:
        if "STARTTLS" not in box.client.capabilities:
            raise SystemException("the mail server offers no encryption")
        box.client.starttls(ssl.create_default_context())
    except BaseException:
        _hang_up(box)
        raise
    return box


def _log_in(box: BaseMailBox, server: Service) -> None:
    account = server.credential
    if account is None:
        raise SystemException("the bot says no credential for the mailbox")
    password = account.password.reveal()
    log_in = box.login if (account.username + password).isascii() else box.login_utf8
    try:
        log_in(account.username, password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise MailboxLoginError(("NO", []), "OK") from None


def _hang_up(box: BaseMailBox) -> None:
    with suppress(OSError):
        box.client.shutdown()
