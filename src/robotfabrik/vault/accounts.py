"""A pool of accounts as text: as people write it, and as it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Credential, Secret

Pool = tuple[Credential, ...]


def written(parts: Iterable[str], where: str) -> Pool:
    """Accounts, each `user:password`; UsageError for what is none, and for none at all.

    A password may hold a colon.
    """
    accounts = []
    for number, part in enumerate(filter(None, (part.strip() for part in parts)), 1):
        user, colon, password = part.partition(":")
        if not (user and colon and password):
            raise UsageError(f"account {number} in {where} is not of the form user:password")
        accounts.append(Credential(user, Secret(password)))
    return pool(accounts, where)


def pool(accounts: Sequence[Credential], where: str) -> Pool:
    """Accounts as a pool; UsageError when there is none, or one twice."""
    if not accounts:
        raise UsageError(f"no account in {where}: it takes user:password, one or several")
    seen: set[str] = set()
    for number, account in enumerate(accounts, 1):
        if account.username.casefold() in seen:
            raise UsageError(
                f"account {number} in {where} is listed twice: its workers would log each other out"
            )
        seen.add(account.username.casefold())
    return tuple(accounts)


def with_account(accounts: Pool, new: Credential) -> Pool:
    """A pool with one account changed, or added behind the others."""
    name = new.username.casefold()
    if any(account.username.casefold() == name for account in accounts):
        return tuple(new if account.username.casefold() == name else account for account in accounts)
    return (*accounts, new)


def packed(content: Pool | Secret) -> str:
    """What is kept of a pool or of a secret: all of it, in the clear."""
    if isinstance(content, Secret):
        return json.dumps(content.reveal())
    return json.dumps([[account.username, account.password.reveal()] for account in content])


def unpacked(text: str) -> Pool | Secret:
    """What was packed; ValueError when it was not."""
    match json.loads(text):
        case str(secret):
            return Secret(secret)
        case list(accounts):
            return tuple(Credential(str(user), Secret(str(password))) for user, password in accounts)
    raise ValueError("nothing that was packed")
