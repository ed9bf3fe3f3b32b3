"""What people get from a run: a workbook and a page for caseworkers, and figures without personal data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from robotfabrik.documents import excel, html
from robotfabrik.documents.view import Results, make_view
from robotfabrik.engine.results import tables_of
from robotfabrik.model.process import Process
from robotfabrik.model.work import Job
from robotfabrik.runs.folder import RunFolder, write_private

FIGURES = (
    "checked", "noted", "listed", "failed", "held", "already_done", "excluded", "written", "effects",
    "seconds", "counts",
)  # fmt: skip


def write_reports(folder: Path, job: Job, process: Process, outcome: Results) -> None:
    """Write `report.xlsx`, `report.html` (class case) and `summary.json` (class operations) in `folder`."""
    run = RunFolder(folder)
    report = make_view(job, process, outcome)
    write_private(run.summary, json.dumps(summarise(job, process, outcome), indent=2).encode() + b"\n")
    write_private(run.report_html, html.draw(report))
    write_private(run.report_xlsx, excel.draw(report))


def summarise(job: Job, process: Process, outcome: Results) -> dict[str, Any]:
    """A job's figures for files that anyone in operations may read: counts and ids, no cases, no texts."""
    figures = {name: getattr(outcome.summary, name) for name in FIGURES}
    return {
        "job": job.id,
        "bot": job.bot,
        "robot": job.robot,
        "process": process.id,
        "version": process.version,
        "release": job.release,
        "environment": job.space.environment,
        "dataset": job.space.dataset,
        "date": job.date.isoformat(),
        "period": job.period,
        "mode": job.mode,
        "status": outcome.status,
        "told": outcome.told,
        **figures,
        "effects": len(outcome.summary.effects),
        "tables": tables_of(outcome.summary, figures_only=True),
        "exceptions": _counts(item.exception for item in outcome.items if item.exception),
        "rules": _counts(rule for item in outcome.items for rule in dict.fromkeys(item.rules)),
    }


def _counts(ids: Any) -> dict[str, int]:
    return dict(sorted(Counter(ids).items()))
