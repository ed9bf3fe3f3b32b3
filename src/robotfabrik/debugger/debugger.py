"""Pauses where a person wants to look, and does what the person says (engine.stepping.Stepper)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from robotfabrik.activities.api import Session
from robotfabrik.debugger import show
from robotfabrik.debugger.console import Console
from robotfabrik.debugger.places import title
from robotfabrik.debugger.start import assignment
from robotfabrik.engine.stepping import Decision, Moment
from robotfabrik.expressions import parse_expression
from robotfabrik.model.errors import Diagnostic, RobotError
from robotfabrik.model.masking import MASK, Masker
from robotfabrik.model.process import Step, Target
from robotfabrik.model.source import inline
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.parsing.diagnostics import render

PROMPT = "(step) "
AROUND = 5  # lines on both sides that `list` shows
HELP = """\
  n  next        run this step with all that is inside it, and pause at the one after it
                 (an empty line: the same as last time, n or i)
  i  into        run, and pause at the very next step, also inside a block, workflow or effect
  c  continue    run to the next --break, failure or the end; after a failure: let the step fail
  s  skip        leave the step out: what it would set is none
  r  retry       after a failure: run the step once more
  v  variables   v: all; v EXPRESSION: its value; v NAME = EXPRESSION: change a variable
  p  private     show private values, or mask them again; only where the environment is test
  l  list        the lines around the step
  h  help
  q  quit        end the job now; the item is given back"""
COMMANDS = ("next", "into", "continue", "skip", "retry", "variables", "private", "list", "help", "quit")
_BY_LETTER = {name[0]: name for name in COMMANDS}

_PART = re.compile(r"(?P<name>[^\W\d]\w*)[.\[][^=<>!]*=(?!=)")
"""`v item.amount = 5`"""

Mode = Literal["next", "into", "continue"]


@dataclass(frozen=True, slots=True)
class Pauses:
    """Where to pause: at these steps, and, when `stepping`, from the first step on."""

    at: tuple[Step, ...] = ()
    stepping: bool = False


class Debugger:
    """One person's conversation with a run. Nothing secret is shown, and nothing private unless asked for."""

    def __init__(self, pauses: Pauses, console: Console, secrets: Masker) -> None:
        self._breaks = {id(step) for step in pauses.at}
        self._mode: Mode = "into" if pauses.stepping else "continue"
        self._again: Mode = "next"
        self._depth = 0
        self._console, self._secrets = console, secrets
        self._outlined: Session | None = None
        self._hint = "  (h explains what can be done)"
        self._private = False

    async def ask(self, moment: Moment) -> Decision:
        """Pause, if here is a place to pause, until a command lets the run go on."""
        if not self._pauses(moment):
            return "go"
        if not moment.applies and id(moment.step) not in self._breaks:
            self._console.say(f"\n{title(moment.step)}: left out, its when is false")
            return "go"
        mask = self._mask(moment)
        self._introduce(moment, mask)
        await self._outline(show.target(moment.step, moment.frame), moment)
        decision = None
        while decision is None:
            line = await self._console.ask(PROMPT)
            decision = "quit" if line is None else self._obey(line.strip(), moment, mask)
        await self._outline(None, moment)
        return decision

    def _pauses(self, moment: Moment) -> bool:
        if moment.error is not None or id(moment.step) in self._breaks:
            return True
        # The login is the engine's own: whoever wants to see it names one of its steps.
        if moment.run.signing_in or self._mode == "continue":
            return False
        return self._mode == "into" or moment.depth <= self._depth

    def _mask(self, moment: Moment) -> Callable[[str], str]:
        masker = moment.run.masker
        return lambda text: self._secrets.mask(text if self._private else masker.mask(text))

    # --- what is shown

    def _introduce(self, moment: Moment, mask: Callable[[str], str]) -> None:
        run, step = moment.run, moment.step
        item = f", item {run.item.id}" if run.item else ""
        lines = [f"{title(step)}{item}", *show.source(step)]
        if moment.error is None:
            lines += show.arguments(step, moment.frame, mask)
        else:
            lines.append(f"  failed: {mask(str(moment.error))}")
            lines.append(show.place_of_error(moment.error))
        lines.append(self._hint)
        self._hint = ""
        self._console.say("\n" + "\n".join(filter(None, lines)))

    async def _outline(self, target: Target | None, moment: Moment) -> None:
        """Outline an element; none takes the outline away, wherever it is."""
        session = moment.run.sessions.get(target.application) if target else self._outlined
        self._outlined = session if target else None
        if session is None:
            return
        try:
            await session.highlight(target, 0)
        except RobotError as error:
            if target is not None:
                self._console.say(f"  not shown: {self._mask(moment)(str(error))}")

    # --- commands

    def _obey(self, line: str, moment: Moment, mask: Callable[[str], str]) -> Decision | None:
        """The decision that a command means; none when it only looks or changes something."""
        word, _, rest = line.partition(" ")
        command = self._command(word)
        match command:
            case "next" | "into" | "continue":
                self._mode, self._depth = command, moment.depth
                if command != "continue":
                    self._again = command
                return "go"
            case "skip" | "retry":
                if reason := moment.refused.get(command):
                    self._console.say(f"  refused: {reason}")
                    return None
                return command
            case "quit":
                return "quit"
            case "variables":
                self._variables(rest.strip(), moment, mask)
            case "private":
                self._show_private(moment)
            case "list":
                self._console.say("\n".join(show.source(moment.step, AROUND)))
            case "help":
                self._console.say(HELP)
            case _:
                self._console.say(
                    f"  '{word}' is no command. {did_you_mean(word, COMMANDS)} h explains them."
                )
        return None

    def _command(self, word: str) -> str | None:
        if not word:
            return self._again
        return _BY_LETTER.get(word.lower(), word.lower() if word.lower() in COMMANDS else None)

    def _show_private(self, moment: Moment) -> None:
        if moment.run.job.space.environment != "test":
            return self._console.say("  refused: private values are only shown where the environment is test")
        self._private = not self._private
        return self._console.say("  private values are shown" if self._private else "  masked again")

    def _variables(self, text: str, moment: Moment, mask: Callable[[str], str]) -> None:
        frame, run = moment.frame, moment.run
        if not text:
            return self._console.say("\n".join(show.variables(frame, run.builtins, mask)))
        parts = assignment(text)
        if parts is None and (part := _PART.match(text)):
            return self._console.say(f"  only a whole variable is changed: v {part['name']} = …")
        if parts is None:
            found = self._evaluated(text, moment, mask)
            return self._console.say("\n".join(show.whole(found[0], mask))) if found else None
        name, expression = parts
        if name in run.builtins:
            return self._console.say(f"  refused: '{name}' belongs to the run and does not change")
        if reason := moment.refused.get("change"):
            return self._console.say(f"  refused: {reason}")
        if found := self._evaluated(expression, moment, mask):
            # What takes the place of something private is private too.
            if MASK in show.value(frame.variables.get(name), run.masker.mask, None):
                run.masker.add(found[0])
            frame.variables[name] = found[0]
            run.log("info", f"{moment.step.index}: the variable {name} was changed by hand")
            lines = [f"  {name} = {show.value(found[0], mask)}"]
            if moment.error is None:
                lines += ["the step now:", *show.arguments(moment.step, frame, mask)]
            self._console.say("\n".join(lines))
        return None

    def _evaluated(self, text: str, moment: Moment, mask: Callable[[str], str]) -> tuple[object] | None:
        """The value of an expression, in a tuple, since none is a value too."""
        problems: list[Diagnostic] = []
        expression = parse_expression(inline(text, "v"), problems.append)
        if expression is not None:
            try:
                return (expression.evaluate(moment.frame.variables),)
            except RobotError as error:
                span = getattr(error, "span", None) or expression.span
                problems.append(Diagnostic(span, mask(str(error)), "expression"))
        found, _, _ = render(problems).rstrip().rpartition("\n")  # without the line that counts them
        self._console.say(mask(found))
        return None
