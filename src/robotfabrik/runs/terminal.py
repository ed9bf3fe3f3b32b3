"""What the person at the terminal sees of a run: a progress bar, or plain lines where there is no terminal.

Our own few lines and not rich: the bar is drawn when an item ends, so no thread wakes ten times a second
beside the robot, and nothing more is imported before its first screen.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from robotfabrik.model.result import ItemResult, Summary
from robotfabrik.runs.folder import RunFolder

_REDRAW = 0.1  # seconds between two drawings of the bar
_LINE = 10.0  # seconds between two plain lines, at most
_BAR = 24


class Terminal:
    """Progress on `err`, the summary on `out`. A quiet one (--json, --quiet) writes nothing."""

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        *,
        quiet: bool = False,
        bar: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out, self._err, self._quiet, self._clock = out, err, quiet, clock
        self._bar = bar and not quiet and err.isatty()
        self._done = self._total = self._noted = self._listed = self._failed = self._held = 0
        self._started = self._drawn = clock()
        self._tenths = 0
        self._shown = ""

    # --- progress

    def started(self, total: int) -> None:
        """The dispatch is over: so many items are to be handled."""
        self._total = total
        self._started = self._drawn = self._clock()
        if self._bar:
            self._draw(self._bar_line(self._started))

    def item(self, result: ItemResult) -> None:
        """One item has ended."""
        self._done += 1
        self._noted += result.noted
        self._listed += result.status == "business" and not result.checked
        self._failed += result.status == "failed"
        self._held += result.status == "held"
        if not self._quiet:
            self._progress(self._clock())

    def say(self, line: str) -> None:
        """A line of its own, above the bar."""
        if self._quiet:
            return
        shown = self._shown
        self._draw("")
        _write(self._err, f"{line}\n")
        self._draw(shown)

    def _progress(self, now: float) -> None:
        if self._bar:
            if now - self._drawn >= _REDRAW or self._done == self._total:
                self._drawn = now
                self._draw(self._bar_line(now))
            return
        tenths = 10 * self._done // self._total if self._total else 0
        if tenths > self._tenths or now - self._drawn >= _LINE:
            self._drawn, self._tenths = now, max(tenths, self._tenths)
            of = f" of {self._total}" if self._total else ""
            _write(self._err, f"{self._done}{of}, {self._figures()}\n")

    def _figures(self) -> str:
        held = f", {self._held} held" if self._held else ""
        return f"{self._noted} noted, {self._listed} listed, {self._failed} failed{held}"

    def _bar_line(self, now: float) -> str:
        seconds = now - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        parts = [self._figures()]
        if self._done:
            parts.append(f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.0f}/min")
        if rate and self._total > self._done:
            parts.append(f"{duration((self._total - self._done) / rate)} left")
        if not self._total:
            return f"{self._done} done  {'  '.join(parts)}"
        filled = min(_BAR, _BAR * self._done // self._total)
        return f"[{'#' * filled}{'.' * (_BAR - filled)}] {self._done}/{self._total}  {'  '.join(parts)}"

    def _draw(self, line: str) -> None:
        """Replace the bar's line; blanks instead of control codes, so that any console shows it right."""
        if not self._bar:
            return
        line = line[: shutil.get_terminal_size().columns - 1]
        _write(self._err, f"\r{line.ljust(len(self._shown))}" + ("" if line else "\r"))
        self._shown = line

    # --- the end

    def close(self) -> None:
        """Take the bar away; what follows begins a line."""
        self._draw("")

    def finished(
        self, summary: Summary, folder: RunFolder, status: str = "successful", reason: str = "",
        *, taking_back: bool = False,
    ) -> None:  # fmt: skip
        """The summary, and where the reports lie."""
        if self._quiet:
            return
        self._draw("")
        lines = [summary_line(summary, taking_back=taking_back)]
        if status != "successful":
            lines.append(f"the job was {status}{': ' * bool(reason)}{reason}")
        lines += counts_table(summary.counts)
        paths = {"report": folder.report_html, "excel": folder.report_xlsx, "log": folder.log_txt}
        lines += [f"  {name:<7} {path}" for name, path in paths.items()]
        _write(self._out, "\n".join(lines) + "\n")


def summary_line(summary: Summary, *, taking_back: bool = False) -> str:
    """`394 checked, 40 noted, 6 listed, 0 failed, … — 40 written in 1 min 52 s`; corrected, not noted."""
    names = ("checked", "noted", "listed", "failed", "held", "excluded", "already_done")
    figures = ", ".join(f"{getattr(summary, name)} {name.replace('_', ' ')}" for name in names)
    if taking_back:
        figures = figures.replace(" noted", " corrected")
    rehearsed = sum(effect.get("outcome") == "rehearsed" for effect in summary.effects)
    not_written = f" ({rehearsed} in a live run)" if rehearsed else ""
    return f"{figures} — {summary.written} written{not_written} in {duration(summary.seconds)}"


def counts_table(counts: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each combination that the PDD counts, under its columns."""
    if not counts:
        return []
    rows = [[*counts[0]], *([_shown(value) for value in row.values()] for row in counts)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  " + "  ".join((*(text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)),
                          row[-1].rjust(widths[-1])))
        for row in rows
    ]  # fmt: skip


def _shown(value: Any) -> str:
    """A word or a number; a condition as PDDs write it."""
    if value is None:
        return "–"
    return str(value).lower() if isinstance(value, bool) else str(value)


def duration(seconds: float) -> str:
    """`8 s`, `1 min 52 s`, `1 h 4 min`; the same in Swedish and English."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _write(stream: TextIO, text: str) -> None:
    """Write what the console can show of `text`, at once."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
