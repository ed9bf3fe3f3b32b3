"""Carries a message to where a name is reached: apprise, at the addresses that the environment holds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from robotfabrik.model.errors import UsageError

VARIABLE: Final = "ROBOTFABRIK_ALERT_"
_TYPES: Final = {"info": "info", "warning": "warning", "error": "failure", "over": "success"}

# What it says of a failure quotes the address, and so perhaps a secret.
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False


def variable(name: str) -> str:
    """The environment variable that holds the addresses of a name."""
    return VARIABLE + name.upper().replace("-", "_")


def addresses(name: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Where a name is reached, apart by blanks; UsageError when nobody says. Nothing says the address."""
    found = tuple(environment.get(variable(name), "").split())
    if not found:
        raise UsageError(f"{variable(name)} is not set: it holds the address where '{name}' is told")
    import apprise  # heavy: only who tells something needs it

    if not all(apprise.Apprise.instantiate(address) for address in found):
        raise UsageError(f"{variable(name)} holds an address that is none, such as mailto://… or json://…")
    return found


def send(name: str, title: str, body: str, severity: str, environment: Mapping[str, str]) -> str | None:
    """Tell a name; what went wrong, without the address, or none when all its addresses took the message."""
    try:
        found = addresses(name, environment)
    except UsageError as error:
        return str(error)
    import apprise

    told = apprise.Apprise(asset=apprise.AppriseAsset(app_id="robotfabrik", async_mode=False))
    told.add(list(found))
    try:
        took = told.notify(body=body, title=title, notify_type=_TYPES[severity], body_format="text")
    except Exception as error:  # of a service's own code; its text may hold the address
        return f"'{name}' was not reached: {type(error).__name__}"
    return None if took else f"'{name}' was not reached, or its service refused the message"
