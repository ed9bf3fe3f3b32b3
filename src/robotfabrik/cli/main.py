"""`robotfabrik`: finds the command, and turns what users did wrong into one plain line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from robotfabrik import __version__
from robotfabrik.cli import (
    alerts,
    assets,
    audit,
    backup,
    check,
    compare,
    demo,
    deploy,
    docs,
    doctor,
    held,
    help,
    items,
    jobs,
    new,
    report,
    restore,
    retain,
    retract,
    run,
    schedule,
    schema,
    test,
    worker,
)
from robotfabrik.model.errors import DefinitionError, RobotError, UsageError, plainly

DONE, FAILED, USAGE, HELD, INTERRUPTED = 0, 1, 2, 3, 130
COMMANDS = (
    demo, new, check, run, schedule, worker, items, held, jobs, retract, assets, test, deploy, docs, help,
    schema, audit, alerts, report, compare, retain, backup, restore, doctor,
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="robotfabrik", description="Runs office robots from process definition documents."
    )
    top.add_argument("--version", action="version", version=f"robotfabrik {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. Users never see a traceback for their own mistake."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows ? for it
            stream.reconfigure(errors="replace")
    given = parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except DefinitionError as error:
        from robotfabrik.parsing.diagnostics import render

        print(render(error.diagnostics, colour=sys.stderr.isatty()), file=sys.stderr)
        return USAGE
    except UsageError as error:
        print(f"robotfabrik: {error}", file=sys.stderr)
        return USAGE
    except RobotError as error:
        print(f"robotfabrik: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `robotfabrik help | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:  # a folder that is none, is read-only or full
        print(f"robotfabrik: {plainly(error)}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main())
