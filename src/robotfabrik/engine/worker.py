"""One robot worker: its windows in every application, logged in by the repositories' login workflows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from robotfabrik.activities.api import Activity, Session
from robotfabrik.engine import retry
from robotfabrik.engine.controls import HANDLERS
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.ports import Sessions
from robotfabrik.model.errors import SystemException, UsageError
from robotfabrik.model.masking import Masker
from robotfabrik.model.process import BotApplication, Call, Element, Process, Target, TargetRef, Workflow
from robotfabrik.model.values import Credential


class Worker:
    """Holds a worker's sessions; `sign_in` makes them anew."""

    def __init__(
        self,
        name: str,
        process: Process,
        activities: Mapping[str, Activity],
        applications: Mapping[str, BotApplication],
        credentials: Mapping[str, Credential | None],
        sessions: Sessions,
        log: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.sessions = sessions
        self.masker = Masker()  # of the item under way: messages of its sessions pass it
        self.open: dict[str, Session] = {}
        self._process = process
        self._activities = activities
        self._applications = applications
        self._credentials = credentials
        self._log = log
        self.refusals = 0  # of its credentials, since they were last taken
        self._under_way = "log in"  # what a failure to begin is about

    @property
    def ready(self) -> bool:
        return len(self.open) == len(self._process.applications)

    @property
    def refused(self) -> bool:
        """Has an application refused its credential twice? Nobody tries it again."""
        return self.refusals > 1

    @property
    def users(self) -> Mapping[str, str]:
        """The account of each application, for `job.user`."""
        return {name: c.username for name, c in self._credentials.items() if c is not None}

    async def sign_in(
        self,
        execution: Callable[[], Execution],
        pause: Callable[[float], Awaitable[None]],
        delays: Sequence[float] | None = None,
    ) -> None:
        """Open and log in to every application; an outage is waited out (`delays`) before it is a failure.

        A refused credential is tried once more only: applications lock accounts after a few attempts.
        """
        for wait in (*(retry.RETRY_DELAYS if delays is None else delays), None):
            try:
                await self._sign_in(execution)
                self.refusals = 0
                return
            except UsageError:  # no browser: waiting does not bring one
                await self.close()
                raise
            except Exception as error:
                refused = await self._refused()
                await self.close()
                self.refusals += refused is not None
                if self.refused:
                    again = f"{refused} shows its login screen again; check its credential"
                    raise SystemException(f"could not log in: {again}", "SE1") from error
                if wait is None:
                    raise SystemException(f"could not {self._under_way}: {error}", "SE1") from error
                failed = f"worker {self.name} could not {self._under_way}"
                self._log("warning", f"{failed} ({error}); again in {wait:g} s")
                await pause(wait)

    async def _refused(self) -> str | None:
        """The application that still shows its login screen after its login has failed."""
        for name, session in self.open.items():
            marker = login_marker(self._process.applications[name].login)
            with suppress(Exception):  # a window that answers nothing refuses nothing
                if marker and await session.exists(Target(marker, marker.selector), 0):
                    return name
        return None

    async def _sign_in(self, execution: Callable[[], Execution]) -> None:
        await self.close()
        for name, repository in self._process.applications.items():
            self._under_way = "log in" if repository.login else f"open {name}"
            application = self._applications[name]
            credential = self._credentials.get(name)
            marker = login_marker(repository.login)
            session = self.open[name] = await self.sessions.open(name, credential, application.url, marker)
            if repository.login is None:
                await session.goto(application.url, 30.0)
                continue
            run = execution()
            inputs: dict[str, Any] = {"credential": credential, "url": application.url}
            known = {key: value for key, value in inputs.items() if key in repository.login.inputs}
            await Interpreter(run, self._activities, HANDLERS).body(
                repository.login.steps, run.new_frame(known, name)
            )

    async def start_over(self) -> None:
        """Go back to the first window of every application: an item begins where every item begins."""
        for session in self.open.values():
            with suppress(SystemException):  # a window that does not answer is told by the first step
                await session.close_other_windows()

    async def close(self) -> None:
        """Close every window. What was sent before may still arrive; nothing new can be sent."""
        self.open.clear()
        await self.sessions.close()


def login_marker(login: Workflow | None) -> Element | None:
    """What only the login screen shows: the field for the password, else the first one that is typed into."""
    calls = [step for step in (login.steps if login else ()) if isinstance(step, Call)]
    for activity in ("type_secure_text", "type_into"):
        for step in calls:
            target = step.arguments.get("target")
            if (
                step.activity == activity
                and isinstance(target, TargetRef)
                and isinstance(target.element, Element)
            ):
                return target.element
    return None
