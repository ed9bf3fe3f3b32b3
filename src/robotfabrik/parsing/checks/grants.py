"""A bot grants what the steps of its process reach: accounts by name, and where each service is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from robotfabrik.expressions import Constant
from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import Bot, Call, InvokeWorkflow, Once, Process, Step, inner_steps
from robotfabrik.model.source import Span, place_of
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.parsing.checks.place import Report

HERE = ("localhost", "127.0.0.1", "::1")


def check_services(process: Process, report: Report) -> None:
    """Every service that a step names is declared in the PDD's `services:`."""
    for name, span in _named(process, "service").items():
        if name not in process.services:
            hint = did_you_mean(name, process.services) or f"write services: [{name}]"
            report(Diagnostic(span, f"unknown service: '{name}'", "unknown-service", hint))


def check(bot: Bot, process: Process, report: Report) -> None:
    """What a bot grants is what its process needs; a misspelt grant is told once, where it stands."""
    for what, listed in (("credential", bot.credentials), ("secret", bot.secrets)):
        needed = _named(process, what)
        for name in _slips(listed, needed, what, bot.span, report, only_slips=True):
            message = f"the bot does not list the {what} '{name}' that a step gets ({needed[name]})"
            report(Diagnostic(bot.span, message, f"unknown-{what}", f"write {what}s: [{name}]"))
    wanted = dict.fromkeys(process.services, bot.span)
    for name in _slips(bot.services, wanted, "service", bot.span, report):
        message = f"the bot says no address for the service '{name}'"
        report(Diagnostic(bot.span, message, "missing-key", f"write services: {{{name}: {{url: …}}}}"))
    for name, service in bot.services.items():
        address = urlsplit(service.url)
        if (
            service.credential and bot.environment == "production"
            and address.scheme == "http" and address.hostname not in HERE
        ):  # fmt: skip
            message = f"the account of '{name}' would be sent in the clear"
            report(Diagnostic(place_of(name, bot.span), message, "wrong-value", "write url: https://…"))


def _slips(
    given: Iterable[str], needed: Mapping[str, Span], what: str, span: Span, report: Report,
    *, only_slips: bool = False,
) -> list[str]:  # fmt: skip
    """Report what is given and not needed; what is needed, not given and not probably meant by it."""
    absent = [name for name in needed if name not in set(given)]
    for name in given:
        if name in needed:
            continue
        near = nearest(name, absent)[:1]
        if near or not only_slips:
            message = f"unknown {what}: '{name}'"
            hint = did_you_mean(name, near or needed) or None
            report(Diagnostic(place_of(name, span), message, f"unknown-{what}", hint))
        absent = [other for other in absent if other not in near]
    return absent


def _named(process: Process, argument: str) -> dict[str, Span]:
    """What the steps of a process name in an argument, and where first."""
    found: dict[str, Span] = {}
    for step in reached(process):
        given = step.arguments.get(argument) if isinstance(step, Call) else None
        if isinstance(given, Constant) and isinstance(given.value, str):
            found.setdefault(given.value, given.span)
    return found


def reached(process: Process) -> Iterator[Step]:
    """Every step of a process, with those of the workflows and effects that it uses."""
    seen: set[int] = set()
    waiting: list[Iterable[Step]] = [*process.sections]
    waiting += [workflow.steps for workflow in process.workflows.values()]
    while waiting:
        for step in waiting.pop():
            yield step
            waiting.append(inner_steps(step))
            bodies: tuple[Iterable[Step], ...] = ()
            used: object = None
            if isinstance(step, InvokeWorkflow):
                used, bodies = step.workflow, (step.workflow.steps,)
            elif isinstance(step, Once) and not step.inline:
                used, bodies = step.effect, (step.effect.verify, step.effect.do, step.effect.repair)
            if bodies and id(used) not in seen:
                seen.add(id(used))
                waiting.extend(bodies)
