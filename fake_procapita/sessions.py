"""Who is logged in. Sessions live in memory: a restart logs everyone out."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fake_procapita.municipality import Account, Municipality
from fake_procapita.records import OpenCase

REPLACED = "Du har loggats ut: kontot används på en annan plats."
IDLE = "Du har loggats ut på grund av inaktivitet."
LOST = "Sessionen har upphört. Logga in igen."
LOGGED_OUT = "Du är utloggad."

WRONG = "Fel användarnamn eller lösenord."
SHUT_OUT = "Kontot är spärrat efter för många misslyckade inloggningar. Kontakta systemförvaltaren."
WRONG_UNIT = "Du saknar behörighet till enheten."

ATTEMPTS = 5
SHUT_OUT_SECONDS = 15 * 60
KEPT_FORMS = 200


@dataclass
class Forms:
    """The forms handed out in a session; each may be used once."""

    states: dict[str, str] = field(default_factory=dict)

    def issue(self) -> str:
        """A token for a new form."""
        token = secrets.token_urlsafe(12)
        self.states[token] = "open"
        while len(self.states) > KEPT_FORMS:
            del self.states[next(iter(self.states))]
        return token


@dataclass
class Session:
    """One login of one account."""

    sid: str
    account: Account
    unit: str
    csrf: str
    last_seen: float
    news: bool = True
    messages: list[str] = field(default_factory=list)
    forms: Forms = field(default_factory=Forms)
    #: the latest search for a person: personnummer, name
    search: tuple[str, str] | None = None
    #: the latest question to SSBTEK: case_number, person, from, to, purpose
    ssbtek: dict[str, str] | None = None
    #: the tab that calculations are opened at
    calculation_tab: str = "familj"
    #: the filter of Aktiva ärenden
    case_filter: str = ""
    #: the person and case that the menu leads to, kept while KIR is asked about the members
    open_case: OpenCase | None = None
    #: the case that is being visited (for the chaos profile `locked`)
    case_visit: str = ""


class Sessions:
    """All logins; tells `ended` about each session that stops, so that its locks can be released."""

    def __init__(
        self, municipality: Municipality, idle_seconds: float, ended: Callable[[Session], None]
    ) -> None:
        self._municipality = municipality
        self._idle_seconds = idle_seconds
        self._ended = ended
        self._by_sid: dict[str, Session] = {}
        self._by_user: dict[str, Session] = {}
        self._farewells: dict[str, str] = {}
        self._failures: dict[str, tuple[int, float]] = {}

    def log_in(self, username: str, password: str, unit: str) -> Session | str:
        """A new session, which ends the user's old one; or why not."""
        if self._is_shut_out(username):
            return SHUT_OUT
        account = self._municipality.accounts.get(username)
        expected = account.password if account else ""
        if account is None or not expected or not hmac.compare_digest(password.encode(), expected.encode()):
            count, _ = self._failures.get(username, (0, 0.0))
            self._failures[username] = (count + 1, time.monotonic())
            return SHUT_OUT if count + 1 >= ATTEMPTS else WRONG
        if unit not in self._municipality.units or account.unit not in ("", unit):
            return WRONG_UNIT
        self._failures.pop(username, None)
        if old := self._by_user.get(username):
            self.end(old, REPLACED)
        session = Session(
            secrets.token_urlsafe(24), account, unit, secrets.token_urlsafe(24), time.monotonic()
        )
        self._by_sid[session.sid] = session
        self._by_user[username] = session
        return session

    def get(self, sid: str) -> Session | None:
        """The living session with this id, now used."""
        self._expire()
        session = self._by_sid.get(sid)
        if session:
            session.last_seen = time.monotonic()
        return session

    def end(self, session: Session, farewell: str) -> None:
        """Stop a session; its browser is told why at the login page."""
        if self._by_sid.pop(session.sid, None) is None:
            return
        self._by_user.pop(session.account.username, None)
        self._farewells[session.sid] = farewell
        self._ended(session)

    def farewell(self, sid: str) -> str:
        """Why the session with this id is over, said once."""
        if not sid or sid in self._by_sid:
            return ""
        return self._farewells.pop(sid, LOST)

    def _is_shut_out(self, username: str) -> bool:
        count, latest = self._failures.get(username, (0, 0.0))
        if count >= ATTEMPTS and time.monotonic() - latest > SHUT_OUT_SECONDS:
            del self._failures[username]
            return False
        return count >= ATTEMPTS

    def _expire(self) -> None:
        limit = time.monotonic() - self._idle_seconds
        for session in [s for s in self._by_sid.values() if s.last_seen < limit]:
            self.end(session, IDLE)
