"""One robot worker: its windows in every application, logged in by the repositories' login workflows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from robotfabrik.activities.api import Activity, Session
from robotfabrik.engine.controls import HANDLERS
from robotfabrik.engine.execution import Execution
from robotfabrik.engine.interpreter import Interpreter
from robotfabrik.engine.ports import Sessions
from robotfabrik.engine.retry import RETRY_DELAYS
from robotfabrik.model.errors import RobotError, SystemException
from robotfabrik.model.process import BotApplication, Process
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
        self.open: dict[str, Session] = {}
        self._process = process
        self._activities = activities
        self._applications = applications
        self._credentials = credentials
        self._log = log

    @property
    def ready(self) -> bool:
        return len(self.open) == len(self._process.applications)

    @property
    def users(self) -> Mapping[str, str]:
        """The account of each application, for `job.user`."""
        return {name: c.username for name, c in self._credentials.items() if c is not None}

    async def sign_in(self, execution: Callable[[], Execution]) -> None:
        """Open and log in to every application; an outage is waited out before it counts as a failure."""
        for wait in (*RETRY_DELAYS, None):
            try:
                return await self._sign_in(execution)
            except (RobotError, OSError) as error:
                await self.close()
                if wait is None:
                    raise SystemException(f"could not log in: {error}", "SE1") from error
                self._log("warning", f"worker {self.name}: logging in failed ({error}); again in {wait:g} s")
                await asyncio.sleep(wait)

    async def _sign_in(self, execution: Callable[[], Execution]) -> None:
        await self.close()
        for name, repository in self._process.applications.items():
            application = self._applications[name]
            credential = self._credentials.get(name)
            session = await self.sessions.open(name, credential, application.url)
            self.open[name] = session
            if repository.login is None:
                await session.goto(application.url, 30.0)
                continue
            run = execution()
            inputs: dict[str, Any] = {"credential": credential, "url": application.url}
            known = {key: value for key, value in inputs.items() if key in repository.login.inputs}
            await Interpreter(run, self._activities, HANDLERS).steps(
                repository.login.steps, run.new_frame(known, name)
            )

    async def close(self) -> None:
        """Close every window. What was sent before may still arrive; nothing new can be sent."""
        self.open.clear()
        await self.sessions.close()
