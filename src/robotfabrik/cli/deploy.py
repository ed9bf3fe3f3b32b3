"""`robotfabrik deploy BOT`: where a bot stands, the five signed steps, and back again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from robotfabrik.cli import taking
from robotfabrik.cli.arguments import day, positive
from robotfabrik.cli.person import acting
from robotfabrik.cli.taking import Present, present
from robotfabrik.deployment import steps
from robotfabrik.deployment.difference import difference
from robotfabrik.deployment.gate import overdue
from robotfabrik.model.deployment import STEPS, Decision, Register, Release, StepName, short
from robotfabrik.model.errors import DefinitionError, UsageError
from robotfabrik.parsing.loader import definitions_in
from robotfabrik.wiring import Project, this_user

DESCRIPTION = """\
A bot whose environment is production runs live only as it was deployed, to the letter: its PDD, object
repositories, functions and its own file. Five steps lead there, each signed by a person, in this order:

{steps}

Without options: where the bot stands, what differs from what is deployed, and the next step's command.
Nothing here keeps a bot from rehearsing. Whoever corrects a step signs it again; nothing is overwritten.
"""


def add(commands: Any) -> None:
    command = commands.add_parser(
        "deploy", help="take a bot into operation, in signed steps, and back",
        description=DESCRIPTION.format(
            steps="\n".join(f"  {step:<11} {meaning}" for step, meaning in STEPS.items())
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.add_argument("bot", nargs="?", metavar="BOT", help="the name of a file in bots/")
    command.add_argument("--json", action="store_true", help="with BOT or --list: print one JSON object")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="all bots: step, release, who, review")
    what.add_argument("--step", choices=STEPS, help="sign this step")
    what.add_argument(
        "--rollback", action="store_true", help="take an earlier release back: its files and its decision"
    )
    what.add_argument(
        "--lift-pilot", action="store_true", help="let the release that is a pilot handle all items"
    )
    what.add_argument(
        "--withdraw", action="store_true", help="take it out of operation: no live run until driftsatt again"
    )
    who = command.add_argument_group("who signs (--step, --rollback, --lift-pilot, --withdraw)")
    who.add_argument("--by", metavar="NAME", help="who decides; you, by your account's name")
    who.add_argument("--role", metavar="ROLE", help="in which role, such as enhetschef")
    who.add_argument("--note", metavar="TEXT", help="what was decided or done; informerad: who was told, how")
    who.add_argument("--when", type=day, metavar="DATE", help="the day of the decision; today")
    taken = command.add_argument_group(
        "--step driftsatt",
        "checks the definitions, runs the PDD's tests and a rehearsal against the bot's own address,\nand"
        " takes the release into operation when all of them are well",
    )
    taken.add_argument(
        "--pilot", type=positive, metavar="N",
        help="a live job handles at most N items, until somebody lifts it (--lift-pilot)",
    )  # fmt: skip
    taken.add_argument("--review-by", type=day, metavar="DATE", help="when it is to be looked at again")
    taken.add_argument(
        "--delegation", default="", metavar="REFERENCE",
        help="for authority: decide or pay: the board's delegation to the robot",
    )  # fmt: skip
    taken.add_argument("--delegation-date", type=day, metavar="DATE", help="the day of that delegation")
    taken.add_argument(
        "--date", type=day, metavar="DATE", help="the day to rehearse as; the bot's date:, else today"
    )
    taken.add_argument("--workers", type=positive, metavar="N", help="rehearse with so many workers")
    taken.add_argument("--limit", type=positive, metavar="N", help="rehearse N items; all")
    back = command.add_argument_group("--rollback")
    back.add_argument("--to", metavar="HASH", help="which release, by its first digits; the one before this")
    back.add_argument(
        "--stops-others", action="store_true",
        help="go on although other bots share these files and will be refused to run live",
    )  # fmt: skip
    command.set_defaults(run=deploy)


def deploy(given: argparse.Namespace) -> int:
    """Exit code 0 done, 1 what is to be deployed fails its tests or its rehearsal, 2 refused."""
    project = Project(Path.cwd())
    _check_together(given)
    if given.list:
        return _list(project, as_json=given.json)
    if given.bot is None:
        raise UsageError("which bot? robotfabrik deploy BOT, or robotfabrik deploy --list for all")
    if given.rollback:
        return _rollback(project, given)
    if given.lift_pilot:
        return _lift(project, given)
    if given.withdraw:
        return _withdraw(project, given)
    if given.step is not None:
        return _sign(project, given)
    return _show(project, given.bot, as_json=given.json)


def _check_together(given: argparse.Namespace) -> None:
    """UsageError for an option that would say nothing here."""
    signs = given.step or given.rollback or given.lift_pilot or given.withdraw
    for options, goes_with, there in (
        (("by", "role", "note", "when"), "--step, --rollback, --lift-pilot or --withdraw", signs),
        (("pilot", "review_by", "delegation", "delegation_date", "workers", "limit"), "--step driftsatt",
         given.step == "driftsatt"),
        (("to", "stops_others"), "--rollback", given.rollback),
        (("json",), "BOT alone or --list", not signs),
    ):  # fmt: skip
        for name in options:
            if getattr(given, name) and not there:
                raise UsageError(f"--{name.replace('_', '-')} goes with {goes_with}")


# --- signing


def _sign(project: Project, given: argparse.Namespace) -> int:
    now = _read_for(project, given)
    with project.store() as store:
        decisions = store.decisions(given.bot)
        decision = _decision(given, given.step, now)
        release, version = (now.release, now.process.version) if now else (Release({}), "")
        steps.check_order(decision, steps.holding(decisions, release, version), date.today())
        if now is not None and given.step == "driftsatt":
            decision = taking.examined(project, now, given, decision, store)
        store.record_decision(decision, now.release if now else None)
        held = steps.holding(store.decisions(given.bot), release, version)
    if given.step == "driftsatt":
        print(f"{given.bot} is deployed: release {steps.described(decision)}, review by {decision.review_by}")
        _say_pilot(decision)
        print(f"  robotfabrik run {given.bot}")
        return 0
    print(f"{given.step} is signed by {decision.by} ({decision.role}), {decision.on}: {STEPS[decision.step]}")
    if (following := steps.next_step(held)) is not None:
        print(f"The next step is {following}: {STEPS[following]}\n  {steps.command(given.bot, following)}")
    return 0


def _read_for(project: Project, given: argparse.Namespace) -> Present | None:
    """What is signed. A process may be chosen before there is anything sound to read."""
    project.bot_file(given.bot)
    try:
        return present(project, given.bot)
    except DefinitionError:
        if given.step == "vald":
            return None
        raise


def _decision(given: argparse.Namespace, step: StepName, now: Present | None) -> Decision:
    """A decision of who signs; UsageError when something of it is not said."""
    by, role, note = acting(given), _sound(given.role), _sound(given.note)
    missing = [
        f"{option} {what}"
        for option, what, value in (("--role", "ROLE", role), ("--note", "TEXT", note))
        if not value
    ]
    if missing:
        raise UsageError(f"a decision says who, in which role, and what: add {' and '.join(missing)}")
    return Decision(
        given.bot, step, by, role, given.when or date.today(), note, this_user(),
        now.release.hash if now else "", now.process.version if now else "",
    )  # fmt: skip


def _sound(text: str | None) -> str:
    """What was typed, as text that every database takes."""
    return (text or "").encode("utf-8", "replace").decode().strip()


def _say_pilot(decision: Decision) -> None:
    if decision.pilot is not None:
        print(f"It is a pilot: {_pilot(decision)}")


def _pilot(decision: Decision) -> str:
    return (
        f"at most {decision.pilot} items a live job, until somebody lifts it:"
        f" robotfabrik deploy {decision.bot} --lift-pilot --by NAME --role ROLE --note TEXT"
    )


def _lift(project: Project, given: argparse.Namespace) -> int:
    now = present(project, given.bot)
    with project.store() as store:
        decision = taking.lifted(now, _decision(given, "driftsatt", now), store)
        store.record_decision(decision, None)
    print(f"{given.bot} is no pilot any more: release {steps.described(decision)} handles all items")
    return 0


# --- back


def _rollback(project: Project, given: argparse.Namespace) -> int:
    signed = _decision(given, "driftsatt", None)
    with project.store() as store:
        decision = taking.back(project, given, signed, store)
        if decision is None:
            return 0
        if present(project, given.bot).release.hash != decision.release:
            raise UsageError("what lies in the folder now is not that release; look at robotfabrik deploy")
        store.record_decision(decision, None)
    print(f"{given.bot} is back at release {steps.described(decision)}, review by {decision.review_by}")
    _say_pilot(decision)
    return 0


def _withdraw(project: Project, given: argparse.Namespace) -> int:
    """Also when the bot cannot be read, or its file is gone: what is deployed stands in the store."""
    signed = _decision(given, "driftsatt", None)
    if signed.on > date.today():
        raise UsageError(f"--when {signed.on}: a bot is withdrawn at once, not later")
    with project.existing_store() as store:
        taken = steps.in_force(store.decisions(given.bot))
        if taken is None:
            raise UsageError(f"{given.bot} is not deployed, so there is nothing to withdraw")
        addresses = taken.details.get("addresses", [])
        store.record_decision(
            replace(
                signed, release=taken.release, version=taken.version,
                details={"withdrawn": True, "addresses": addresses},
            ),
            None,
        )  # fmt: skip
    print(f"{given.bot} is withdrawn: live runs are refused. What runs goes on: robotfabrik jobs stop JOB")
    return 0


# --- showing


def _show(project: Project, name: str, *, as_json: bool) -> int:
    now = present(project, name)
    with project.store() as store:
        decisions = store.decisions(name)
        held = steps.holding(decisions, now.release, now.process.version)
        if as_json:
            print(json.dumps(_as_json(now, decisions, held), ensure_ascii=False, indent=2))
            return 0
        bot, process = now.bot, now.process
        print(f"{name}: {process.name} {process.version}, environment {bot.environment}, mode {bot.mode}")
        print(f"release {now.release.short}: {', '.join(now.release.files)}\n")
        for step in STEPS:
            print(f"  {step:<11} {_signature(step, held, decisions)}")
        print("\n" + "\n".join([*_state(store, now, decisions), *_next(now, held)]))
    return 0


def _signature(step: StepName, held: dict[StepName, Decision], decisions: Sequence[Decision]) -> str:
    if step in held:
        found = held[step]
        back = " (rollback)" if found.rollback else ""
        return f"{found.on}  {found.by}, {found.role}{back}: {found.note}"
    older = next((d for d in reversed(decisions) if d.step == step), None)
    if older is None:
        return "-"
    if older.withdrawn:
        return f"-           ({older.on} withdrawn by {older.by}, {older.role}: {older.note})"
    what = f"version {older.version}" if step in steps.VERSION_STEPS else f"release {short(older.release)}"
    return f"-           ({older.on} {older.by}, of {what})"


def _state(store: Register, now: Present, decisions: Sequence[Decision]) -> list[str]:
    """What is deployed, and how it differs from what is here."""
    taken = steps.in_force(decisions)
    if now.bot.environment != "production":
        return ["The environment is not production: it runs live without being deployed."]
    if (gone := steps.withdrawal(decisions)) is not None:
        return [f"Withdrawn: a live run is refused. Release {steps.described(gone)}: {gone.note}"]
    if taken is None:
        return ["Not deployed: a live run is refused."]
    lines = [f"Deployed: {steps.described(taken)}, review by {taken.review_by}"]
    if taken.pilot is not None:
        lines.append(f"Pilot: {_pilot(taken)}")
    if (late := overdue(taken, date.today())) is not None:
        lines.append(f"Note: {late}")
    deployed = store.kept_release(taken.release)
    if deployed is not None and taken.release != now.release.hash:
        lines += ["What is here differs, so a live run is refused:", *difference(deployed, now.release)]
    return lines


def _next(now: Present, held: dict[StepName, Decision]) -> list[str]:
    step = steps.next_step(held)
    if step is None:
        return []
    lines = [f"The next step is {step}: {STEPS[step]}", f"  {steps.command(now.bot.id, step)}"]
    needs = steps.lacking(now.bot, now.process, date.today(), date.max, ("", None))
    if needs:
        lines += ["Before driftsatt:", *(f"- {need}" for need in needs)]
    return lines


def _as_json(now: Present, decisions: Sequence[Decision], held: dict[StepName, Decision]) -> dict[str, Any]:
    """Everything that is known of a bot, for programs."""
    taken = steps.in_force(decisions)
    return {
        **row(now.bot.id, now, decisions),
        "release_now": now.release.hash,
        "steps": {step: held[step].number if step in held else None for step in STEPS},
        "decisions": [_plain(d) for d in decisions],
        "deployed": None if taken is None else taken.number,
    }


def _plain(decision: Decision) -> dict[str, Any]:
    names = ("number", "step", "rollback", "by", "role", "note", "recorded_by", "release", "version")
    plain = {name: getattr(decision, name) for name in names}
    return {**plain, "on": decision.on.isoformat(), "details": dict(decision.details)}


def _list(project: Project, *, as_json: bool) -> int:
    with project.store() as store:
        all_of_them = store.decisions()
    names = [file.stem for file in definitions_in(project.root / "bots")]
    names += [d.bot for d in all_of_them]
    rows = []
    for name in sorted(set(names)):
        try:
            now = present(project, name)
        except (DefinitionError, UsageError):
            now = None
        rows.append(row(name, now, [d for d in all_of_them if d.bot == name]))
    if as_json:
        print(json.dumps({"bots": rows}, ensure_ascii=False, indent=2))
    else:
        _table(rows)
    return 0


def row(name: str, now: Present | None, decisions: Sequence[Decision]) -> dict[str, Any]:
    taken = steps.in_force(decisions)
    held = steps.holding(decisions, now.release, now.process.version) if now else {}
    review = taken.review_by if taken else None
    return {
        "bot": name,
        "environment": now.bot.environment if now else None,
        "step": steps.reached(held),
        "state": "withdrawn" if steps.withdrawal(decisions) is not None else _word(now, taken),
        "release": taken.release if taken else None,
        "by": taken.by if taken else None,
        "since": taken.on.isoformat() if taken else None,
        "review_by": review.isoformat() if review else None,
        "pilot": taken.pilot if taken else None,
        "review_overdue": overdue(taken, date.today()) is not None,
    }


def _word(now: Present | None, taken: Decision | None) -> str:
    if now is None:
        return "cannot be read"
    if now.bot.environment != "production":
        return "for trying"
    if taken is None:
        return "not deployed"
    if taken.release != now.release.hash:
        return "changed since"
    return "as deployed" if taken.pilot is None else f"as deployed, pilot {taken.pilot}"


def _table(rows: Sequence[dict[str, Any]]) -> None:
    head = ("bot", "environment", "step", "state", "release", "by", "since", "review by")
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        review = (row["review_by"] or "-") + (" overdue" if row["review_overdue"] else "")
        shown = [row["bot"], row["environment"], row["step"], row["state"]]
        shown += [short(row["release"]) if row["release"] else None, row["by"], row["since"], review]
        lines.append(tuple(str(cell or "-") for cell in shown))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
