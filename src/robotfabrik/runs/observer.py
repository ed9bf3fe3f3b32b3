"""Watches a job for its folder, its log and the terminal (engine.performer.Observer)."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from loguru import logger

from robotfabrik.model.process import Call, Step
from robotfabrik.model.result import ItemResult
from robotfabrik.model.work import Item
from robotfabrik.runs.folder import AppendFile, RunFolder, write_private
from robotfabrik.runs.logs import Masks
from robotfabrik.runs.terminal import Terminal

if TYPE_CHECKING:
    from robotfabrik.engine.worker import Worker

EVIDENCE_TIMEOUT: Final = 15.0
"""Seconds that a picture may take: the application is likely ill, and the next item waits."""

_LEVELS = {
    "trace": "TRACE", "debug": "DEBUG", "info": "INFO", "warn": "WARNING", "warning": "WARNING",
    "error": "ERROR", "fatal": "CRITICAL", "critical": "CRITICAL",
}  # fmt: skip
_OPEN_FILES = 32  # more than any job's workers; a retried item's file is simply opened again


class RunObserver:
    """Writes a line for every step, keeps evidence of failures, tells log and terminal. Never a value."""

    def __init__(self, folder: RunFolder, terminal: Terminal, masker: Masks, verbose: bool = False) -> None:
        self._folder, self._terminal, self._masker, self._verbose = folder, terminal, masker, verbose
        self._lines: OrderedDict[int | None, AppendFile] = OrderedDict()
        self._numbers: dict[str, int] = {}
        self._pictures: Counter[str] = Counter()
        self._kinds: dict[type[Step], str] = {}

    def started(self, total: int) -> None:
        """The dispatch is over."""
        logger.info("{} items to handle", total)
        self._terminal.started(total)

    def item(self, result: ItemResult) -> None:
        """An item has ended: its step file is closed."""
        number = self._numbers.pop(result.reference, None)
        if number is not None and (lines := self._lines.pop(number, None)) is not None:
            lines.close()
        self._terminal.item(result)

    def step(self, item: Item | None, step: Step, status: str, seconds: float) -> None:
        """One line: which step, how it ended, how long it took."""
        place = step.index or f"{step.span.line}:{step.span.column}"
        kind = self._kind(step)
        line = {
            "step": place,
            "activity": kind,
            "name": step.name,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        if item is not None and item.attempt > 1:
            line["attempt"] = item.attempt
        self._file(item).write(line)
        if self._verbose:
            logger.debug("{} {} {} {:.1f} ms", place, kind, status, seconds * 1000)

    def log(self, level: str, message: str) -> None:
        """A message of the engine or of a `log_message` step."""
        logger.log(_LEVELS.get(level.lower(), "INFO"), "{}", message)

    async def evidence(self, item: Item | None, worker: Worker, error: BaseException) -> None:
        """Keep what the screens showed when `error` happened. Whatever goes wrong here is only logged."""
        try:
            pictures = await _ask(worker.sessions, "evidence")
            outlines = await _ask(worker.sessions, "outline")
            name = "job" if item is None else str(item.id)
            self._pictures[name] += 1
            begin = f"{name}-{self._pictures[name]}"
            for application, picture in pictures.items():
                self._keep(begin, application, ".png", picture)
            for application, text in outlines.items():
                self._keep(begin, application, ".txt", self._masked(text, worker).encode() if text else None)
        except Exception as trouble:
            logger.warning("no evidence could be kept: {}", type(trouble).__name__)

    def _masked(self, text: str, worker: Worker) -> str:
        return worker.masker.mask(self._masker.mask(text))

    def close(self) -> None:
        """Close what is open; at the end of a job."""
        for lines in self._lines.values():
            lines.close()
        self._lines.clear()
        self._numbers.clear()

    def _keep(self, begin: str, application: str, suffix: str, content: bytes | None) -> None:
        if not content:
            return
        safe = re.sub(r"[^\w-]", "_", application)
        path = self._folder.evidence / f"{begin}-{safe}{suffix}"
        write_private(path, content)
        logger.info("evidence: {}", path.relative_to(self._folder.path).as_posix())

    def _file(self, item: Item | None) -> AppendFile:
        number = None if item is None else item.id
        lines = self._lines.get(number)
        if lines is None:
            lines = self._lines[number] = self._folder.step_lines(number)
            if item is not None:
                self._numbers[item.reference] = item.id
            if len(self._lines) > _OPEN_FILES:
                self._lines.popitem(last=False)[1].close()
        return lines

    def _kind(self, step: Step) -> str:
        """`click` for an activity, `for_each` for a control."""
        if isinstance(step, Call):
            return step.activity
        kind = type(step)
        if kind not in self._kinds:
            self._kinds[kind] = re.sub(r"(?<=.)(?=[A-Z])", "_", kind.__name__).lower()
        return self._kinds[kind]


async def _ask(sessions: Any, what: str) -> Mapping[str, Any]:
    """What the sessions can show by application; nothing when they cannot, or not in time."""
    method = getattr(sessions, what, None)
    if method is None:
        return {}
    try:
        return dict(await asyncio.wait_for(method(), EVIDENCE_TIMEOUT))
    except Exception as error:
        logger.warning("no {} from the sessions: {}", what, type(error).__name__)
        return {}
