"""Where production is: what a deployed bot works with is not run live as a test.

Else one word in a bot's file, `environment: test`, would lead around the gate to the same case system.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from robotfabrik.deployment.gate import NotDeployed
from robotfabrik.model.deployment import Decision, Register
from robotfabrik.model.process import Bot

_PORTS: Final = {"http": 80, "https": 443}


def compared(urls: Iterable[str]) -> tuple[str, ...]:
    """Addresses as they are compared: scheme, host, port and path. Mail servers and folders are in none."""
    return tuple(sorted({found for url in urls if (found := _compared(url))}))


def _compared(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port or _PORTS[parts.scheme]}{parts.path.rstrip('/')}"


def require_elsewhere(register: Register, bot: Bot, urls: Iterable[str]) -> None:
    """NotDeployed when one of these addresses is that of a bot in production, also of one withdrawn since."""
    latest: dict[str, Decision] = {d.bot: d for d in register.decisions() if d.step == "driftsatt"}
    for address in compared(urls):
        for name, decision in latest.items():
            if address in decision.details.get("addresses", ()):
                raise NotDeployed(
                    f"{bot.id} says environment: {bot.environment}, but {address} is where {name} works in"
                    " production: a live run there needs a deployed release.\n"
                    "  for trying:     the test system's address, in the bot's file or with --url\n"
                    f"  for production: environment: production, then robotfabrik deploy {bot.id}\n"
                    f"  a rehearsal is always allowed: robotfabrik run {bot.id} --rehearse"
                )
