"""The gate: a live run in production is a run of the deployed release, and of nothing else."""

from __future__ import annotations

from datetime import date
from typing import Final

from robotfabrik.deployment.difference import difference
from robotfabrik.deployment.steps import described, holding, in_force, last_taken, next_step, withdrawal
from robotfabrik.model.deployment import Decision, Register, Release, short
from robotfabrik.model.errors import UsageError
from robotfabrik.model.process import Bot, Process

SHOWN: Final = 60  # lines of the difference in a refusal


class NotDeployed(UsageError):
    """A live run in production of something that nobody has taken into operation."""


def require_deployed(
    register: Register, bot: Bot, process: Process, release: Release, *, taking_back: bool = False
) -> None:
    """NotDeployed, with the difference and what to do, unless this release is the one in operation.

    What a bot wrote can be taken back when it is withdrawn, too, with the release that was in operation last:
    a person approves that by name.
    """
    decisions = register.decisions(bot.id)
    taken = last_taken(decisions) if taking_back else in_force(decisions)
    if taken is not None and taken.release == release.hash:
        return
    rehearse = f"a rehearsal is always allowed: robotfabrik run {bot.id} --rehearse"
    if (gone := withdrawal(decisions)) is not None:
        if taking_back and taken is not None:
            rehearse = f"what it wrote is taken back with the files of the release {short(taken.release)}"
        raise NotDeployed(
            f"{bot.id} is withdrawn, by {gone.by} ({gone.role}) on {gone.on}: {gone.note}\n"
            f"  how it comes back:          robotfabrik deploy {bot.id}\n"
            f"  {rehearse}"
        )
    if taken is None:
        step = next_step(holding(decisions, release, process.version))
        raise NotDeployed(
            f"{bot.id} is not deployed: its environment is production, so a live run needs a deployed"
            f" release. The next step is {step}.\n"
            f"  how, and where it stands:   robotfabrik deploy {bot.id}\n"
            f"  {rehearse}"
        )
    deployed = register.kept_release(taken.release)
    assert deployed is not None, "a decision keeps its release"
    shown = "\n".join(difference(deployed, release, limit=SHOWN))
    if release.changes and release.files == deployed.files:
        raise NotDeployed(
            f"{bot.id} is deployed, but not with these options: a live run in production takes nothing from"
            f" the command line that changes what was decided.\n{shown}\n"
            f"  leave them out, or write the values in {bot.span.source.path} and deploy that\n"
            f"  {rehearse}"
        )
    raise NotDeployed(
        f"{bot.id} is not what was deployed ({described(taken)}). The difference:\n{shown}\n"
        f"  deploy what is here now:    robotfabrik deploy {bot.id}\n"
        f"  take back what is deployed: robotfabrik deploy {bot.id} --rollback --to {short(taken.release)}"
        " --by NAME --role ROLE --note TEXT\n"
        f"  {rehearse}"
    )


def overdue(decision: Decision | None, today: date) -> str | None:
    """What to say when the day of the review has passed."""
    if decision is None or decision.review_by is None or decision.review_by >= today:
        return None
    return (
        f"the review of {decision.bot} was due by {decision.review_by}: when it is done, take the bot into"
        f" operation again, with robotfabrik deploy {decision.bot} --step driftsatt … --review-by DATE"
    )
