"""`robotfabrik deploy`: what is examined before a release goes into operation, and how one comes back."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from robotfabrik import __version__
from robotfabrik.cli.check import diagnose
from robotfabrik.cli.run import execute, limits, load, settle_day
from robotfabrik.cli.test import passes
from robotfabrik.deployment import rollback, steps
from robotfabrik.deployment.addresses import compared
from robotfabrik.deployment.difference import difference
from robotfabrik.engine.performer import Options
from robotfabrik.model.deployment import Decision, Register, Release, short
from robotfabrik.model.errors import DefinitionError, RobotError, UsageError
from robotfabrik.model.process import Bot, Process
from robotfabrik.wiring import Project, Run, RunRequest, addresses

FIGURES = ("checked", "noted", "listed", "failed", "held", "excluded")


@dataclass(frozen=True, slots=True)
class Present:
    """A bot as its files are now."""

    bot: Bot
    process: Process
    settings: dict[str, Any]
    release: Release


def present(project: Project, name: str) -> Present:
    """DefinitionError with everything that is wrong."""
    bot, process, settings = load(project, name)
    return Present(bot, process, settings, Release(bot.files))


def examined(
    project: Project, now: Present, given: argparse.Namespace, decision: Decision, register: Register
) -> Decision:
    """The decision with what was found; refused when something is missing or fails.

    What a person can say at once is asked for first, and all of it; the rehearsal, which takes long, is last.
    """
    decisions = register.decisions(decision.bot)
    delegation = (given.delegation, given.delegation_date)
    if missing := steps.lacking(now.bot, now.process, decision.on, given.review_by, delegation):
        told = "\n".join(f"- {one}" for one in missing)
        raise UsageError(f"{decision.bot} cannot be deployed yet:\n{told}")
    steps.check_decider(decision, decisions, now.process)
    taken = steps.in_force(decisions)
    deployed = register.kept_release(taken.release) if taken else None
    if deployed is not None and deployed.hash != decision.release:
        print("\n".join(["what changes:", *difference(deployed, now.release)]))
    details: dict[str, Any] = {
        "review_by": given.review_by.isoformat(),
        "document_release": now.process.release,  # what the documents of the PDD are marked with
        "robotfabrik": __version__,
        "warnings": _check(project, now.release),
        "tests": _tests(now),
        "rehearsal": _rehearse(project, now, given),
        "addresses": list(compared(addresses(now.bot))),
    }
    if given.pilot:
        details["pilot"] = given.pilot
    if given.delegation:
        details["delegation"] = [given.delegation, given.delegation_date.isoformat()]
    return replace(decision, details=details)


def _check(project: Project, release: Release) -> int:
    """How many warnings there are; DefinitionError when there is an error."""
    files = [project.root / path for path in release.files if path.endswith((".yaml", ".yml"))]
    found = diagnose(files)
    if found.has_errors:
        raise DefinitionError(found.diagnostics)
    warnings = sum(one.severity == "warning" for one in found.diagnostics)
    seen = f", {warnings} warning{'s' * (warnings > 1)} (robotfabrik check tells)" if warnings else ""
    print(f"check: no errors{seen}", flush=True)
    return warnings


def _tests(now: Present) -> int:
    passed, failed = passes(now.process)
    print(f"tests: {passed} passed, {failed} failed" if passed or failed else "tests: none", flush=True)
    if failed:
        raise RobotError(f"{now.bot.id} was not deployed: {failed} of the PDD's tests failed")
    return passed


def _rehearse(project: Project, now: Present, given: argparse.Namespace) -> dict[str, Any]:
    """The figures of a rehearsal against the bot's own address."""
    settle_day(given, now.bot)
    options = Options(limit=given.limit, **limits(now.bot))
    request = RunRequest(date=given.date, rehearse=True, workers=given.workers, options=options)
    print(f"rehearsal, as of {given.date}:", flush=True)
    job = Run(project, now.bot, now.process, now.settings, request)
    execute(job, as_json=False)
    outcome = job.performer.outcome if job.performer else None
    if outcome is None or outcome.status != "successful" or outcome.summary.failed:
        raise RobotError(
            f"{now.bot.id} was not deployed: its rehearsal failed; see {job.folder.path}, put it right and"
            " try again"
        )
    summary = outcome.summary
    return {
        "job": job.job.id, "date": given.date.isoformat(), "limit": given.limit,
        **{name: getattr(summary, name) for name in FIGURES}, "effects": len(summary.effects),
    }  # fmt: skip


def lifted(now: Present, signed: Decision, register: Register) -> Decision:
    """What takes the release that is in operation as a pilot into full operation."""
    decisions = register.decisions(signed.bot)
    taken = steps.in_force(decisions)
    if taken is None or taken.pilot is None:
        raise UsageError(f"{signed.bot} is not deployed as a pilot: there is nothing to lift")
    if taken.release != now.release.hash:
        raise UsageError(
            f"what lies in the folder is not the pilot ({steps.described(taken)}): robotfabrik deploy"
            f" {signed.bot} shows the difference"
        )
    decision = replace(
        signed, release=taken.release, version=taken.version,
        details={name: value for name, value in taken.details.items() if name != "pilot"},
    )  # fmt: skip
    steps.check_decider(decision, decisions, now.process)
    return decision


def back(
    project: Project, given: argparse.Namespace, signed: Decision, register: Register
) -> Decision | None:
    """Put an earlier release's files back, and say what decides it; none when there is nothing to do."""
    decisions = register.decisions(given.bot)
    target = rollback.chosen(decisions, given.to)
    release = register.kept_release(target.release)
    assert release is not None, "a decision keeps its release"
    paths = rollback.changed(project.root, release)
    others = rollback.stopped(register, given.bot, project.root, paths)
    if others and not given.stops_others:
        raise UsageError(
            f"{', '.join(paths)} would change for {', '.join(others)} too, deployed with what is there now:"
            " live runs would be refused. Add --stops-others to go on all the same, and deploy them again"
        )
    if paths:
        there = {path: rollback.read(project.root / path) for path in paths}
        now = Release({path: text for path, text in there.items() if text is not None})
        then = Release({path: release.files[path] for path in paths})
        print("\n".join(difference(now, then, ("here", f"put back from {release.short}"))))
        copies = project.home / "replaced" / f"{given.bot}-{datetime.now():%Y-%m-%dT%H%M%S}"
        rollback.put_back(project.root, release, paths, copies)
        print(f"put back: {', '.join(paths)}\nwhat was there lies in {copies}")
    taken = steps.in_force(decisions)
    if not paths and taken is not None and taken.release == target.release:
        print(f"nothing to do: release {short(target.release)} is deployed, and its files are here")
        return None
    return replace(
        signed, release=target.release, version=target.version, rollback=True, details=target.details
    )
