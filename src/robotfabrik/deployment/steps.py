"""The five steps: which of them hold for what a bot is now, and who may sign the next one.

A signature is about what was signed. `vald` is about the bot; `pdd` and `informerad` about a version of the
PDD, which its author names; `utveckling` and `driftsatt` about a release, to the letter. So a repaired
selector asks for a developer and a decision, and a new version for the business and the staff as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from robotfabrik.model.deployment import STEPS, Decision, Release, StepName, short
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Bot, Process

VERSION_STEPS: Final = ("pdd", "informerad")
RELEASE_STEPS: Final = ("utveckling", "driftsatt")
PROTECTION: Final = {
    "legal_basis": "why the personal data may be handled",
    "retention": "how long it is kept",
    "dpia": "the reference of the impact assessment, or of the decision that none is needed",
}
DECIDING: Final = ("decide", "pay")
AUTOMATED_FROM: Final = date(2022, 7, 1)  # kommunallagen 6:37 lets a board delegate to a machine since then


def holding(decisions: Sequence[Decision], release: Release, version: str) -> dict[StepName, Decision]:
    """The latest signature of each step that holds for a release and the version of its PDD."""
    found = {d.step: d for d in decisions if _holds(d, release.hash, version)}
    if withdrawal(decisions) is not None:
        found.pop("driftsatt", None)
    return {step: found[step] for step in STEPS if step in found}


def _holds(decision: Decision, hash: str, version: str) -> bool:
    if decision.step in VERSION_STEPS:
        return decision.version == version
    return decision.step not in RELEASE_STEPS or decision.release == hash


def in_force(decisions: Sequence[Decision]) -> Decision | None:
    """The latest decision that took a release into operation, or back into it; none when it is withdrawn."""
    latest = _latest(decisions)
    return None if latest is None or latest.withdrawn else latest


def last_taken(decisions: Sequence[Decision]) -> Decision | None:
    """The same, also when it has been withdrawn since: what the bot last wrote with in operation."""
    return _latest([d for d in decisions if not d.withdrawn])


def withdrawal(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that took the bot out of operation, when none came after it."""
    latest = _latest(decisions)
    return latest if latest is not None and latest.withdrawn else None


def _latest(decisions: Sequence[Decision]) -> Decision | None:
    return next((d for d in reversed(decisions) if d.step == "driftsatt"), None)


def next_step(held: Mapping[StepName, Decision]) -> StepName | None:
    """The first that nobody has signed for what the bot is now."""
    return next((step for step in STEPS if step not in held), None)


def reached(held: Mapping[StepName, Decision]) -> StepName | None:
    """The step that it stands at: the last one before the next."""
    names = [None, *STEPS]
    step = next_step(held)
    return names[names.index(step) - 1] if step else names[-1]


def check_order(decision: Decision, held: Mapping[StepName, Decision], today: date) -> None:
    """UsageError when an earlier step is not signed, or was decided later than this one."""
    if decision.on > today:
        raise UsageError(f"--when {decision.on}: a step is signed when it has happened, not before")
    for step in list(STEPS)[: list(STEPS).index(decision.step)]:
        if step not in held:
            about = " of this release" if step in RELEASE_STEPS else ""
            raise UsageError(
                f"{decision.step} cannot be signed yet: {step}{about} comes first ({STEPS[step]}):\n"
                f"  {command(decision.bot, step)}"
            )
        if held[step].on > decision.on:
            raise UsageError(
                f"--when {decision.on}: {step} was decided on {held[step].on}, and comes before"
                f" {decision.step}"
            )


def check_decider(decision: Decision, decisions: Sequence[Decision], process: Process) -> None:
    """UsageError when who takes a release into operation has made it."""
    made = [d.by for d in decisions if d.step == "utveckling" and d.release == decision.release]
    for name in made:
        if _same(name, decision.by):
            raise UsageError(
                f"{decision.by} signed utveckling of this release, and cannot sign driftsatt as well:"
                " somebody else decides (--by NAME)"
            )
    for name in authors(process):
        if _same(name, decision.by):
            raise UsageError(
                f"{decision.by} is named in the PDD's history as its author, and cannot sign driftsatt as"
                " well: somebody else decides (--by NAME)"
            )


def authors(process: Process) -> tuple[str, ...]:
    """Who wrote this version of the PDD, by its history; all authors when the history does not know it."""
    entries = [e for e in process.document.get("history") or () if isinstance(e, dict) and e.get("author")]
    these = [e for e in entries if e.get("version") == process.version] or entries
    return tuple(str(e["author"]) for e in these)


def _same(one: str, other: str) -> bool:
    """One person, as far as names tell: case, order and what stands between the names do not count."""
    return _key(one) == _key(other)


def _key(name: str) -> list[str]:
    return sorted(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold()))


def lacking(
    bot: Bot, process: Process, on: date, review_by: date | None, delegation: tuple[str, date | None]
) -> list[str]:
    """What else `driftsatt` needs, each with what to do; empty when it may be signed."""
    found = []
    if bot.environment != "production":
        found.append(f"the bot is for trying: write environment: production in {_file(bot)}")
    if bot.mode != "live":
        found.append(f"the bot only rehearses: write mode: live in {_file(bot)}")
    protection = process.document.get("data_protection") or {}
    for part, what in PROTECTION.items():
        if not protection.get(part):
            found.append(
                f"data_protection lacks {part}, {what}: write it in {process.span.source.path}:\n"
                f"    data_protection: {{{part}: …}}"
            )
    if review_by is None:
        found.append("there is no day for the review: add --review-by DATE, at the latest when it is due")
    elif review_by <= on:
        found.append(f"--review-by {review_by}: the review comes after the decision of {on}")
    if process.authority in DECIDING:
        found += _delegation(process, on, *delegation)
    return found


def _delegation(process: Process, on: date, reference: str, decided: date | None) -> list[str]:
    """A robot that decides or pays needs the board's delegation to it."""
    if not reference or decided is None:
        return [
            f"the PDD says authority: {process.authority}, and decisions by a machine need the board's"
            " delegation: add --delegation REFERENCE --delegation-date DATE"
        ]
    if decided < AUTOMATED_FROM:
        return [f"--delegation-date {decided}: boards may delegate to a machine since {AUTOMATED_FROM} only"]
    if decided > on:
        return [f"--delegation-date {decided}: the delegation comes before the decision of {on}"]
    return []


def _file(bot: Bot) -> str:
    return bot.span.source.path


def command(bot: str, step: StepName) -> str:
    """What to write in order to sign a step."""
    more = " --review-by DATE" if step == "driftsatt" else ""
    return f"robotfabrik deploy {bot} --step {step} --by NAME --role ROLE --note TEXT{more}"


def described(decision: Decision) -> str:
    """`91c2aa014410, by Karin Frank (enhetschef) on 2022-11-03`."""
    return f"{short(decision.release)}, by {decision.by} ({decision.role}) on {decision.on}"
