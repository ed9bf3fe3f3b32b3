"""Where a process test's windows come from: nowhere, from an application in memory, or from a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from robotfabrik.activities.api import Session
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.ports import Sessions
from robotfabrik.model.errors import ElementMissing, SystemException
from robotfabrik.model.process import Call, Element, Process, Screen, Table, Target
from robotfabrik.model.values import Credential


class Windows(Protocol):
    """Opens windows for tests over an application; the adapter is in wiring.py."""

    def address(self, written: str) -> str:
        """Where a browser finds what a test names: an address, or a folder of pages that is served."""
        ...

    def credential(self, name: str | None) -> Credential:
        """The account of a credential; without a name one that a page of the test's own accepts."""
        ...

    def sessions(self, process: Process, mask: Callable[[str], str], rehearsal: bool) -> Sessions: ...


def is_own(address: str) -> bool:
    """Is it a test's own: a folder of pages, or an application on this machine?"""
    return "://" not in address or urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")


class Unreached(dict[str, Session]):
    """The sessions of a test: one that it gives no application for is an error that says what to do."""

    def __missing__(self, name: str) -> Session:
        raise SystemException(
            f"the test reaches the application '{name}': mock the workflow that this step stands in, "
            "or say what is missing: or application: in the test's given:"
        )


class InMemory(Unreached):
    """An application where everything is there but `missing`. Acting does nothing; nothing can be read."""

    def __init__(self, missing: frozenset[str], run: Callable[[], Execution]) -> None:
        super().__init__()
        self.looked_for: set[str] = set()
        self._missing, self._run = missing, run

    def __missing__(self, name: str) -> Session:
        return _Window(self)

    def gone(self, element: Element | Table | Screen) -> bool:
        """Is it missing, or what it stands in, or (of a whole screen) a part of it?"""
        found = {id for id in self._missing if f"{element.id}.".startswith(f"{id}.")}
        if isinstance(element, Screen):
            found |= {id for id in self._missing if id.startswith(f"{element.id}.")}
        self.looked_for |= found
        return bool(found)

    def reads(self) -> bool:
        """Does the step under way want a value?"""
        step = self._run().step
        return isinstance(step, Call) and CATALOGUE[step.activity].returns not in (None, type(None))


class _Window:
    """Any session's method: what is missing is not found, what acts has acted, what reads is refused."""

    def __init__(self, application: InMemory) -> None:
        self._application = application

    async def exists(self, target: Target, timeout: float, *, gone: bool = False) -> bool:
        return self._application.gone(target.element) == gone

    async def wait_element_vanish(self, target: Target, timeout: float) -> None:
        self._application.gone(target.element)

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **named: Any) -> None:
            found = [element for a in (*arguments, *named.values()) if (element := _element(a)) is not None]
            for element in found:
                if self._application.gone(element):
                    raise ElementMissing(f"{element.id} is missing, as the test says")
            if self._application.reads():
                what = found[0].id if found else "the application"
                raise SystemException(f"the test reads {what}: mock the workflow that this step stands in")

        return call


def _element(argument: Any) -> Element | Table | Screen | None:
    found = argument.element if isinstance(argument, Target) else argument
    return found if isinstance(found, Element | Table | Screen) else None
