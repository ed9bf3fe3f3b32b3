"""Where an application or a service is, and the credential that it is logged in with."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from robotfabrik.model.process import BotApplication, BotService
from robotfabrik.model.suggest import did_you_mean, suggest
from robotfabrik.parsing.nodes import Node, ScalarNode
from robotfabrik.parsing.reader import Reader

APPLICATION = ("url", "credential")
SERVICE = ("url", "credential", "auth")
MAIL = ("smtp", "smtps", "imap", "imaps")
AUTHS = ("basic", "bearer")
ADDRESSES = ("http", "https", "file")

Problem = Callable[[str], tuple[str, str] | None]
"""What is wrong with a text, and what to write; None when nothing is."""


def application(reader: Reader, node: Node | None, name: str) -> BotApplication:
    """`{url, credential}`. Whether a folder is there is for the loader to say."""
    fields = reader.mapping(node, f"application {name}", APPLICATION, ("url",))
    if fields is None:
        return BotApplication("")
    credential = reader.text(fields["credential"], "credential") or None
    return BotApplication(url(reader, fields["url"]), credential)


def service(reader: Reader, node: Node | None, name: str) -> BotService | None:
    """`{url, credential, auth}`."""
    fields = reader.mapping(node, f"service {name}", SERVICE, ("url",))
    if fields is None:
        return None
    return BotService(
        sound(reader, fields["url"], "url", wrong_service),
        reader.text(fields["credential"], "credential") or None,
        reader.choice(fields["auth"], "auth", AUTHS, "basic"),
    )


def url(reader: Reader, node: Node | None) -> str:
    """An address without a fault, or what may be a folder."""
    return sound(reader, node, "url", lambda text: None if is_folder(text) else wrong_address(text))


def is_folder(where: str) -> bool:
    """Is it meant as a folder of pages? Only an address has a colon."""
    return bool(where.strip()) and ":" not in where


def sound(reader: Reader, node: Node | None, what: str, problem: Problem, default: str = "") -> str:
    """A text without a problem."""
    text = reader.text(node, what, default)
    if isinstance(node, ScalarNode) and not node.empty and (found := problem(text)) is not None:
        reader.error(node.span, f"{what} {found[0]}", "wrong-value", found[1])
    return text


def wrong_address(url: str) -> tuple[str, str] | None:
    """An address of a web application, or of a file."""
    scheme, _, rest = url.partition(":")
    if not url.strip():
        return "is empty", "write url: https://…"
    if scheme not in ADDRESSES:
        near = suggest(scheme, ADDRESSES)
        hint = did_you_mean(url, [f"{near}://{rest.lstrip('/')}"]) if near else "write url: https://…"
        return f"must begin with {', '.join(f'{known}:' for known in ADDRESSES)}", hint
    try:
        parts = urlsplit(url)
        sound = scheme == "file" or (bool(parts.hostname) and (parts.port is None or parts.port > 0))
    except ValueError:
        sound = False
    if sound and not re.search(r"\s", url):
        return None
    return "is no address", f"write url: {scheme}://{rest.lstrip('/') or '…'}"


def wrong_service(url: str) -> tuple[str, str] | None:
    """An address of a register or a mail server: https://…, smtps://host, imaps://host."""
    scheme, _, rest = url.partition(":")
    if scheme in MAIL:
        problem = wrong_address(f"https:{rest}")
        return None if problem is None else (problem[0], f"write url: {scheme}://host")
    if scheme == "file":
        known = ", ".join(f"{scheme}:" for scheme in ("http", "https", *MAIL))
        return f"must begin with {known}", "write url: https://…"
    if any(mark in url for mark in "?#"):
        return "ends before its query", f"write url: {re.split('[?#]', url)[0]}"
    return wrong_address(url)
