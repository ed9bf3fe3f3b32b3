"""The options of `run` for trying a robot: watching, pausing, beginning in the middle."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from robotfabrik.debugger.console import Console, TerminalConsole
from robotfabrik.debugger.debugger import Pauses
from robotfabrik.debugger.places import find
from robotfabrik.debugger.start import beginning_at, given_variables
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Bot, Process

LONGEST = 10_000  # milliseconds: a field that writes is outlined between its intent and its filling in


@dataclass(frozen=True, slots=True)
class Tried:
    """What the options come to. `alone`: one worker, and nothing is run again by itself."""

    process: Process
    workers: int | None
    alone: bool = False
    pauses: Pauses | None = None
    console: Console | None = None


def add(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(
        "trying", "STEP is a place such as process.3, FILE:LINE, or a step's id or name"
    )
    group.add_argument("--headed", action="store_true", help="show the browser")
    group.add_argument(
        "--slow", type=milliseconds, default=0, metavar="MS",
        help="outline each element for so many milliseconds before it is clicked or filled in",
    )  # fmt: skip
    group.add_argument("--step", action="store_true", help="pause before every step and ask what to do")
    group.add_argument(
        "--break", action="append", default=[], dest="breaks", metavar="STEP",
        help="pause before this step, and where a step fails",
    )  # fmt: skip
    group.add_argument(
        "--from", dest="begin", metavar="STEP", help="leave out what stands before this step of process:"
    )
    group.add_argument(
        "--set-var", action="append", default=[], metavar="NAME=EXPRESSION",
        help="with --from: a variable that a step before would have set; none otherwise",
    )  # fmt: skip


def prepare(given: argparse.Namespace, bot: Bot, process: Process) -> Tried:
    """Check the options against each other and the process."""
    if given.set_var and not given.begin:
        raise UsageError("--set-var gives what steps before --from would have set: say --from STEP too")
    if not (given.step or given.breaks or given.begin):
        return Tried(process, given.workers)
    if given.workers not in (None, 1):
        raise UsageError("--step, --break and --from go with one worker: leave out --workers")
    at = [find(process, text, "--break") for text in given.breaks]
    tried = process
    if given.begin:
        if not (given.rehearse or bot.mode == "rehearsal"):
            raise UsageError("--from leaves out steps that a write may rest on: only with --rehearse")
        first = find(process, given.begin, "--from")
        tried = beginning_at(process, first, given_variables(given.set_var), "--from")
        if given.step:
            at.append(first)
    if not (given.step or given.breaks):
        return Tried(tried, 1, alone=True)
    if not sys.stdin.isatty():
        raise UsageError("--step and --break ask at every pause what to do: run them in a terminal")
    # With --from, what runs before it is not what the person wants to go through.
    pauses = Pauses(tuple(at), stepping=given.step and not given.begin)
    return Tried(tried, 1, True, pauses, TerminalConsole(sys.stdin, sys.stderr))


def milliseconds(text: str) -> int:
    if not text.isdecimal() or int(text) > LONGEST:
        wanted = f"a number of milliseconds up to {LONGEST}, such as 500"
        raise argparse.ArgumentTypeError(f"'{text}' is not {wanted}")
    return int(text)
