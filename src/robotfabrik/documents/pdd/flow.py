"""The flow of a process as charts: the run as a whole, and what happens to each item.

Steps with a name are boxes, and so are unnamed ones that decide or write; calculations are left out.
Exceptions and early ends lead out to the right, also those that lie deeper in a step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from robotfabrik.documents.pdd.model import Exit, Figure, Node, plain
from robotfabrik.documents.pdd.phrases import readable
from robotfabrik.documents.pdd.steps import Teller
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.model.process import (
    Call,
    CheckAppState,
    EvaluateRule,
    ForEach,
    If,
    InvokeWorkflow,
    Once,
    Process,
    Return,
    Step,
    Steps,
    Switch,
    Throw,
    Try,
    UseExcelFile,
    While,
    inner_steps,
)  # fmt: skip

MOST_BOXES = 11  # of one chart: more would not be legible on a page of paper
MOST_EXITS = 4  # of one box
MOST_NAMES = 12  # of steps listed in one box
LONGEST = 110  # characters of a box


def charts(process: Process, wording: Wording) -> tuple[Figure, ...]:
    """The charts of a process, in reading order."""
    flow = _Flow(process, wording)
    if process.queue is None:
        return flow.single()
    return (flow.run(), *flow.items())


class _Flow:
    def __init__(self, process: Process, wording: Wording) -> None:
        self.process, self.wording, self.words = process, wording, wording.words
        self._teller = Teller(wording)

    def run(self) -> Figure:
        """Dispatch, the queue, finish."""
        words = self.words
        nodes = [Node(words("flow_start"), "start"), *self._summary(self.process.dispatch)]
        question = len(nodes)
        finish = [node.text for node in self._summary(self.process.finish)]
        ended = "\n".join([*finish, words("flow_end")])
        nodes += [
            Node(words("flow_next"), "question", (Exit(ended, "done", words("no")),), ""),
            Node(words("flow_handle"), "step", (Exit(words("flow_other")),), words("yes")),
        ]
        return Figure(words("flow_run"), tuple(nodes), loop=question)

    def items(self) -> tuple[Figure, ...]:
        """What happens to one item."""
        words = self.words
        nodes = [node for step in self.process.process for node in self._nodes(step)]
        first, last = Node(words("flow_item_start"), "start"), Node(words("flow_item_end"), "end")
        return self._parts(words("flow_item"), [first, *nodes, last])

    def single(self) -> tuple[Figure, ...]:
        """A process without a queue: one transaction."""
        words, process = self.words, self.process
        steps = (*process.dispatch, *process.process, *process.finish)
        nodes = [node for step in steps for node in self._nodes(step)]
        return self._parts(
            words("flow_steps"), [Node(words("flow_start"), "start"), *nodes, Node(words("flow_end"), "end")]
        )

    def _parts(self, title: str, nodes: list[Node]) -> tuple[Figure, ...]:
        """The boxes in charts that fit a page each, about equally long."""
        count = -(-len(nodes) // MOST_BOXES)
        size = -(-len(nodes) // count)
        figures = []
        for at in range(count):
            part = nodes[at * size : (at + 1) * size]
            if at > 0:
                part.insert(0, Node(self.words("flow_continued"), "start"))
            if at < count - 1:
                part.append(Node(self.words("flow_goes_on"), "end"))
            name = title if count == 1 else self.words("flow_part", title=title, at=at + 1, of=count)
            figures.append(Figure(name, tuple(part)))
        return tuple(figures)

    def _summary(self, steps: Steps) -> list[Node]:
        """All of a phase in one box, a line for each step."""
        names = [node.text for step in steps for node in self._nodes(step)]
        if not names:
            return []
        if len(names) > MOST_NAMES:
            names = [*names[: MOST_NAMES - 1], self.words("flow_more", n=len(names) - MOST_NAMES + 1)]
        return [Node("\n".join(names))]

    def _nodes(self, step: Step) -> Iterator[Node]:
        """The box of a step; none when it only calculates, reads or opens something without a name."""
        within = [step, *self._deep(step)]
        exits = tuple(dict.fromkeys(found for inner in within for found in self._exits(inner)))
        if len(exits) > MOST_EXITS:
            rest = len(exits) - MOST_EXITS + 1
            exits = (*exits[: MOST_EXITS - 1], Exit(self.words("flow_more", n=rest)))
        writes = list(dict.fromkeys(self._written(s) for s in within if isinstance(s, Once)))
        rules = list(
            dict.fromkeys(f"{s.decision.id} {s.decision.name}" for s in within if isinstance(s, EvaluateRule))
        )
        if step.name:
            text = step.name
        elif writes and not isinstance(step, Once | InvokeWorkflow):
            text = self._told(step)
        elif writes:
            text = self.words("flow_write", what=", ".join(writes))
        elif rules:
            text = self.words("flow_rule", rule=", ".join(rules))
        elif exits or (
            isinstance(step, If | Switch | ForEach | While | Try | CheckAppState | UseExcelFile)
            and self._acts(within)
        ):
            text = self._told(step)
        else:
            return
        kind = "write" if writes else "rule" if rules and not step.name else "step"
        yield Node(_short(text), kind, exits)  # type: ignore[arg-type]

    def _told(self, step: Step) -> str:
        if isinstance(step, ForEach):
            step = replace(step, where=None, collect={})  # which ones is told with the steps
        row = self._teller.steps((step,), "", "item")[0]
        return plain(row.text).rstrip(".:")

    def _acts(self, steps: list[Step]) -> bool:
        return any(isinstance(step, Call | InvokeWorkflow) for step in steps)

    def _written(self, once: Once) -> str:
        return self.words(f"writes_{once.effect.writes}")

    def _exits(self, step: Step) -> Iterator[Exit]:
        match step:
            case Throw(exception=id):
                yield self._exit(id)
            case Return() if step.index.startswith("process."):
                reason = plain(self.wording.sentence(step.reason)) if step.reason is not None else ""
                done = self.words("flow_done")
                yield Exit(f"{done}: {reason}" if reason else done, "done")
        for named in (step.if_missing, step.if_unreadable, getattr(step, "if_present", None)):
            if named:
                yield self._exit(named)

    def _exit(self, id: str) -> Exit:
        known = self.process.exceptions.get(id)
        return Exit(_short(f"{id} {known.name}" if known else readable(id)))

    def _deep(self, step: Step, above: frozenset[str] = frozenset()) -> Iterator[Step]:
        """Every step inside this one, those of the workflows and effects that it uses too."""
        inside = inner_steps(step)
        match step:
            case InvokeWorkflow(workflow=workflow) if self._key(workflow) not in above:
                above, inside = above | {self._key(workflow)}, list(workflow.steps)
            case Once(inline=False, effect=effect) if self._key(effect) not in above:
                above = above | {self._key(effect)}
                inside = [*effect.verify, *effect.repair, *effect.do]
        for inner in inside:
            yield inner
            yield from self._deep(inner, above)

    def _key(self, part: object) -> str:
        return f"{getattr(part, 'application', '')}.{getattr(part, 'id', '')}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
