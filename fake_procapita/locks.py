"""Record locks: whoever opens a form on a case or a person keeps others from doing so."""

from __future__ import annotations

from fake_procapita.sessions import Session


def case_key(case_number: str) -> str:
    return f"case:{case_number}"


def person_key(person_id: str) -> str:
    return f"person:{person_id}"


class Locks:
    """In memory; a session's locks go when it leaves the form or ends."""

    def __init__(self) -> None:
        self._holders: dict[str, Session] = {}

    def take(self, key: str, session: Session) -> str | None:
        """Take the lock; the name of the other holder if that is impossible."""
        if other := self.holder(key, session):
            return other
        self._holders[key] = session
        return None

    def holder(self, key: str, session: Session) -> str | None:
        """The name of the other session's user who holds the lock."""
        holder = self._holders.get(key)
        return holder.account.name if holder and holder is not session else None

    def has(self, key: str, session: Session) -> bool:
        return self._holders.get(key) is session

    def give_back(self, key: str, session: Session) -> None:
        """Give back one lock, if the session has it."""
        if self.has(key, session):
            del self._holders[key]

    def release(self, session: Session) -> None:
        """Give back all locks of the session."""
        for key in [key for key, holder in self._holders.items() if holder is session]:
            del self._holders[key]
