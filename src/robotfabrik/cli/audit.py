"""`robotfabrik audit`"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from robotfabrik.cli.arguments import day
from robotfabrik.cli.person import acting, add_by
from robotfabrik.model.audit import AuditFilter, AuditRow, Entry, Finding
from robotfabrik.model.errors import UsageError
from robotfabrik.runs.retention import bot_of
from robotfabrik.store import SqlStore, heads
from robotfabrik.wiring import HEADS_VARIABLE, Project

FILE = f"where the heads are kept; {HEADS_VARIABLE}"


def add(commands: Any) -> None:
    command = commands.add_parser("audit", help="what was done, by whom, and whether that was changed since")
    parts = command.add_subparsers(dest="part", required=True, metavar="PART")
    verify = parts.add_parser("verify", help="find every row that was changed, removed, put in or moved")
    verify.add_argument("--heads", metavar="FILE", help=FILE)
    verify.set_defaults(run=run_verify)
    rows = parts.add_parser("list", help="the rows, without personal data")
    rows.add_argument("--since", type=day, metavar="D", help="from this day on")
    rows.add_argument("--action", metavar="A", help="such as effect.confirmed, or all of effect")
    rows.add_argument("--bot", metavar="BOT", help="what was done with this bot, or by it")
    rows.add_argument("--person", metavar="NAME", help="what this person, trigger or robot did")
    rows.set_defaults(run=run_list)
    show = parts.add_parser("show", help="a row with its content; that it was opened is a row too")
    show.add_argument("seq", type=int, metavar="SEQ", help="the number of the row")
    add_by(show)
    show.set_defaults(run=run_show)
    evidence = parts.add_parser("evidence", help="where a job's evidence lies; that it was opened is a row")
    evidence.add_argument("job", metavar="JOB", help="the job's id, the name of its folder in runs/")
    add_by(evidence)
    evidence.set_defaults(run=run_evidence)
    head = parts.add_parser("head", help="the last row's number and hash")
    head.add_argument(
        "--export", nargs="?", const="", metavar="FILE", help=f"add it to the file, one line a day; {FILE}"
    )
    head.set_defaults(run=run_head)
    for part in (verify, rows, show, evidence, head):
        part.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run_verify(given: argparse.Namespace) -> int:
    """Exit code 1 when anything does not agree."""
    file = heads_file(given.heads)
    if given.heads is not None and not Path(given.heads).exists():
        raise UsageError(f"--heads {given.heads}: there is no such file")
    with _store() as store:
        found = list(_findings(store, file))
        head = store.audit_head()
    if given.json:
        findings = [{"row": finding.seq, "message": finding.message} for finding in found]
        print(json.dumps({"intact": not found, "rows": head.seq, "findings": findings}, ensure_ascii=False))
        return 1 if found else 0
    for finding in found:
        print(finding.message)
    if found:
        print(f"The audit is not intact: {len(found)} finding{'s' * (len(found) > 1)}.")
        return 1
    beside = f", and agrees with {file}" if file and file.exists() else ""
    print(f"The audit is intact: {head.seq} row{'s' * (head.seq != 1)}{beside}.")
    return 0


def _findings(store: SqlStore, file: Path | None) -> Iterator[Finding]:
    yield from store.verify_audit()
    if file is not None:
        yield from heads.verify(store, file)


def run_list(given: argparse.Namespace) -> int:
    since = datetime.combine(given.since, datetime.min.time()).timestamp() if given.since else None
    wanted = AuditFilter(since, given.action, given.bot, given.person)
    with _store() as store:
        rows = store.audit_rows(wanted)
        if given.json:
            print(json.dumps({"rows": [as_json(row) for row in rows]}, ensure_ascii=False))
        else:
            for row in rows:
                print(_line(row))
    return 0


def run_show(given: argparse.Namespace) -> int:
    by = acting(given)
    if not 0 < given.seq < 2**63:
        raise UsageError(f"the audit has no row {given.seq}")
    with _store() as store:
        row, content = store.open_audit_content(given.seq, by)
    if row is None:
        raise UsageError(f"the audit has no row {given.seq}")
    if given.json:
        print(json.dumps({**as_json(row), "content": content}, ensure_ascii=False))
        return 0
    print(_line(row))
    print(f"hash {row.hash}, behind {row.previous}")
    if content is not None:
        print(json.dumps(content, ensure_ascii=False, indent=2))
    elif row.content is not None:
        print("Its content has been deleted.")
    return 0


def run_evidence(given: argparse.Namespace) -> int:
    project, by = Project(Path.cwd()), acting(given)
    files = project.evidence(given.job)
    if not files:
        raise UsageError(f"there is no evidence of a job {given.job}")
    with project.existing_store() as store:
        store.audit(Entry("evidence.opened", given.job, by, bot_of(given.job), detail={"files": len(files)}))
    if given.json:
        print(json.dumps({"job": given.job, "files": [str(file) for file in files]}, ensure_ascii=False))
    else:
        print("\n".join(map(str, files)))
    return 0


def run_head(given: argparse.Namespace) -> int:
    """Exit code 1 when the file's earlier heads do not agree with the store: then nothing is added."""
    with _store() as store:
        head = store.audit_head()
        if given.export is not None:
            file = heads_file(given.export or None)
            if file is None:
                raise UsageError(f"--export needs a file: write --export FILE, or set {HEADS_VARIABLE}")
            if found := list(heads.verify(store, file)):
                print("\n".join(finding.message for finding in found))
                return 1
            head = heads.export(store, file, date.today())
    if given.json:
        print(json.dumps({"row": head.seq, "hash": head.hash}))
    else:
        print(head.seq, head.hash)
    return 0


def heads_file(written: str | None) -> Path | None:
    """The file of the heads, as written or from the environment."""
    named = written or os.environ.get(HEADS_VARIABLE)
    return Path(named) if named else None


def as_json(row: AuditRow) -> dict[str, Any]:
    """A row without what the chain alone needs."""
    at = datetime.fromtimestamp(row.at, UTC).isoformat(timespec="milliseconds")
    return {
        "row": row.seq, "at": at, "action": row.action, "subject": row.subject, "by": row.by, "bot": row.bot,
        "release": row.release, "detail": _detail(row), "hash": row.hash,
    }  # fmt: skip


def _line(row: AuditRow) -> str:
    at = datetime.fromtimestamp(row.at).strftime("%Y-%m-%d %H:%M:%S")
    detail = _detail(row)
    told = detail.items() if isinstance(detail, dict) else ()
    shown = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in told)
    more = " ".join(f"{name}={value}" for name, value in shown)
    return f"{row.seq:>6}  {at}  {row.action:<18} {row.subject}  by {row.by}  {more}".rstrip()


def _detail(row: AuditRow) -> Any:
    try:
        return json.loads(row.detail)
    except ValueError:  # somebody has damaged it: `verify` says so
        return None


def _store() -> SqlStore:
    return Project(Path.cwd()).existing_store()
