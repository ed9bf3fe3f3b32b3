"""Logs without personal data: `log.txt` for people, `log.jsonl` for machines, warnings on the terminal.

Three things keep private values out. Every message passes the masker. Of an exception only its types and
where they were raised are written: texts of exceptions, source lines and variables are not, since nobody
knows what stands in them. And only the fields named here pass; whatever else was bound to a logger does not.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Protocol

from loguru import logger

from robotfabrik.runs.folder import AppendFile, RunFolder

FIELDS: Final = ("job_id", "bot", "robot_name", "process_name", "process_version", "item")
"""What a log line may say besides time, level and message; none names a machine or a user."""

_FRAMES = 12  # of a traceback; the innermost ones
_open: list[AppendFile] = []


class Masks(Protocol):
    """What masks a text (model.masking.Masker)."""

    def mask(self, text: str) -> str: ...


def configure_logs(
    folder: RunFolder | None,
    masker: Masks,
    verbose: bool = False,
    *,
    show: Callable[[str], None] | None = None,
    fields: Mapping[str, str] | None = None,
) -> None:
    """Send all logging, the standard library's too, to the run's folder and warnings to `show`.

    `show` writes a line for the person at the terminal; none with --json or --quiet. `verbose` adds
    every step to the files and progress to the terminal. `fields` hold the job's values for FIELDS.
    """
    close_logs()
    logger.configure(extra=dict(fields or {}))
    level = "DEBUG" if verbose else "INFO"
    if folder is not None:
        text, lines = AppendFile(folder.log_txt), AppendFile(folder.log_jsonl)
        _open.extend((text, lines))
        _add(lambda record: text.append(as_text(record, masker)), level)
        _add(lambda record: lines.write(as_fields(record, masker)), level)
    if show is not None:
        _add(lambda record: show(as_notice(record, masker)), "INFO" if verbose else "WARNING")
    logging.basicConfig(handlers=[_FromStandardLibrary()], level=logging.WARNING, force=True)


def close_logs() -> None:
    """Remove every handler, loguru's own included, and close the files."""
    logger.remove()
    while _open:
        _open.pop().close()


def _add(write: Callable[[Any], None], level: str) -> None:
    """A sink of ours. loguru would report a failing sink with the whole unmasked record, so none may fail."""

    def sink(message: Any) -> None:
        with suppress(Exception):
            write(message.record)

    logger.add(sink, level=level, format="{message}", diagnose=False, backtrace=False, catch=False)


def as_text(record: Mapping[str, Any], masker: Masks) -> str:
    """`2022-11-01 06:00:00.123 warning message`, with the places of an exception below it."""
    at = record["time"].isoformat(sep=" ", timespec="milliseconds")
    places = "".join(f"\n    {place}" for place in where(record["exception"]))
    return f"{at} {_level(record):<7} {_message(record, masker)}{places}"


def as_fields(record: Mapping[str, Any], masker: Masks) -> dict[str, Any]:
    """The same as JSON, with the job's fields."""
    line: dict[str, Any] = {
        "time_stamp": record["time"].isoformat(timespec="milliseconds"),
        "level": _level(record),
        "message": _message(record, masker),
    }
    extra = record["extra"]
    line |= {name: extra[name] for name in FIELDS if isinstance(extra.get(name), str | int)}
    if record["exception"] is not None:
        line["exception"] = where(record["exception"])
    return line


def as_notice(record: Mapping[str, Any], masker: Masks) -> str:
    """One short line for the terminal."""
    return f"{_level(record)}: {_message(record, masker)}"


def where(raised: tuple[type | None, BaseException | None, TracebackType | None] | None) -> list[str]:
    """An exception and its causes: `KeyError in robotfabrik.engine.once:12 submit`, innermost place first."""
    places: list[str] = []
    error = raised[1] if raised else None
    while error is not None and len(places) < 2 * _FRAMES:
        frames = list(traceback.walk_tb(error.__traceback__))[-_FRAMES:]
        at = [f"{f.f_globals.get('__name__', '?')}:{line} {f.f_code.co_name}" for f, line in reversed(frames)]
        places += [
            f"{type(error).__name__} in {at[0] if at else '?'}",
            *(f"from {place}" for place in at[1:]),
        ]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return places


def _message(record: Mapping[str, Any], masker: Masks) -> str:
    return masker.mask(record["message"]).replace("\n", " ⏎ ")  # one line a message: nobody can forge another


def _level(record: Mapping[str, Any]) -> str:
    return str(record["level"].name).lower()


class _FromStandardLibrary(logging.Handler):
    """Other libraries' warnings, through the same masking. Their logger's name says whose they are."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Exception):
            level = "ERROR" if record.levelno >= logging.ERROR else "WARNING"
            logger.opt(exception=record.exc_info).log(level, "{}: {}", record.name, record.getMessage())
