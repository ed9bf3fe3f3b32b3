"""`robotfabrik retain`"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from robotfabrik.cli.person import acting, add_by
from robotfabrik.cli.run import load
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.runs.retention import clean_evidence
from robotfabrik.wiring import Project, Thinned, retain

KINDS = {
    "evidence": "pictures and page texts",
    "runs": "run folders, but for their figures",
    "items": "items' fields, results and reasons",
    "audit": "contents of the audit",
}


def add(commands: Any) -> None:
    command = commands.add_parser("retain", help="delete what has been kept for as long as the bots say")
    command.add_argument("bots", nargs="*", metavar="BOT", help="names of files in bots/; all of them")
    command.add_argument("--dry-run", action="store_true", help="say what would be deleted")
    add_by(command)
    command.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    project = Project(Path.cwd())
    names = given.bots or [file.stem for file in definitions_in(project.root / "bots")]
    bots = [load(project, name)[0] for name in names]
    by = acting(given)
    with project.existing_store() as store:
        found = [retain(project, store, bot, by, dry_run=given.dry_run) for bot in bots]
    if not given.bots and not given.dry_run:
        clean_evidence(project.runs)  # of bots that are no more
    if given.json:
        print(json.dumps({"dry_run": given.dry_run, "bots": [as_json(one) for one in found]}))
        return 0
    for one in found:
        print(one.bot)
        for kind, words in KINDS.items():
            print(f"  {kind:<9} {_told(one, kind, words, given.dry_run)}")
    return 0


def as_json(thinned: Thinned) -> dict[str, Any]:
    return {"bot": thinned.bot, "days": thinned.days, "deleted": thinned.deleted, "open": thinned.unsettled}


def _told(thinned: Thinned, kind: str, words: str, dry_run: bool) -> str:
    days = thinned.days[kind]
    if days is None:
        return f"kept: the bot's retention: says nothing of {kind}:"
    done = "would be deleted" if dry_run else "deleted"
    text = f"{thinned.deleted[kind]} {words}, older than {days} day{'s' * (days != 1)}, {done}"
    if kind == "items" and thinned.unsettled:
        text += f"; {thinned.unsettled} as old are open or in doubt, and kept until somebody settles them"
    return text
