"""The whole document: the sections of a process definition document, in UiPath's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robotfabrik.documents.pdd import flow, model, rules, trials
from robotfabrik.documents.pdd.inventory import Used, used
from robotfabrik.documents.pdd.model import (
    Block,
    Document,
    Items,
    Paragraph,
    Part,
    Rich,
    Section,
    Table,
    joined,
    rich,
)
from robotfabrik.documents.pdd.phrases import fill, readable
from robotfabrik.documents.pdd.sentences import sentence
from robotfabrik.documents.pdd.steps import Kind, Teller
from robotfabrik.documents.pdd.wording import Wording, texts
from robotfabrik.documents.pdd.written import Written, readings_table, writes_table
from robotfabrik.model.process import Effect, ExceptionType, Measure, Process, Steps, Workflow
from robotfabrik.model.types import Type


def full(process: Process, wording: Wording) -> Document:
    """The whole PDD for those who own, sign and build it."""
    return _Full(process, wording).document()


class _Full:
    def __init__(self, process: Process, wording: Wording) -> None:
        self.process, self.wording, self.words = process, wording, wording.words
        self.written = Written(process, wording)
        self.used: Used = used(process)
        self.teller = Teller(wording)

    def document(self) -> Document:
        words, process = self.words, self.process
        steps = self._steps()  # first: it remembers where exceptions and rules are named
        sections = (
            self._history(),
            self._introduction(),
            self._today(),
            self._robot(),
            *steps,
            *self._functions(),
            self._exceptions(),
            *self._group(
                "rules",
                [
                    rules.rule_section(r, process, self.wording, self.teller.mentions)
                    for r in process.rules.values()
                ],
            ),
            *self._group(
                "texts", [rules.text_section(t, self.wording) for t in process.texts.values()], words("gaps")
            ),
            *self._config(),
            self._data_protection(),
            self._results(),
            trials.test_section(process, self.wording),
            *self.written.glossary(),
            self.written.approval(),
        )
        return Document(
            title=process.name,
            subtitle=words("full"),
            language=words.language,
            facts=self._facts(),
            sections=sections,
            keywords=tuple(texts(process.document.get("tags"))),
            footer=f"{process.name} {process.version}",
        )

    def _facts(self) -> tuple[tuple[str, Rich], ...]:
        words, process = self.words, self.process
        facts = [
            (words("version"), rich(process.version)),
            (words("id"), rich(process.id)),
            (words("release"), rich(process.release or "–")),
            (words("authority"), rich(words(f"authority_{process.authority}"))),
        ]
        if process.period:
            facts.append((words("period"), rich(words(f"period_{process.period}"))))
        for key in ("status", "tags"):
            if found := texts(process.document.get(key)):
                facts.append((words(key), rich(", ".join(found))))
        return tuple(facts)

    def _history(self) -> Section:
        columns = ("version", "date", "author", "role", "organization", "comment")
        blocks = (
            Paragraph(rich(self.words("made_from"))),
            *self.written.table("history", columns, required=True),
        )
        return Section("history", "", self.words("history"), blocks)

    def _introduction(self) -> Section:
        written, words = self.written, self.words
        contacts = written.table("contacts", ("role", "name", "organization", "contact"), required=True)
        return Section(
            "introduction", "", words("introduction"), (),
            (
                *written.section("purpose", required=True),
                *written.section("objectives", required=True),
                Section("contacts", "", words("contacts"), contacts),
                *written.section("prerequisites"),
            ),
        )  # fmt: skip

    def _today(self) -> Section:
        written, words = self.written, self.words
        return Section(
            "today", "", words("today"), (),
            (
                Section("overview", "", words("overview"), (written.overview(),)),
                *written.section("as_is"),
                Section("applications", "", words("applications"), self._applications()),
                *written.section("related"),
            ),
        )  # fmt: skip

    def _applications(self) -> tuple[Block, ...]:
        names = [repository.name for repository in self.process.applications.values()]
        said = (Paragraph(rich(self.words("runs_as", app=self.words.listed(names)))),) if names else ()
        columns = ("name", "version", "language", "login", "interface", "access", "comment")
        return (*said, *self.written.table("applications", columns, required=not names))

    def _robot(self) -> Section:
        written, words, process = self.written, self.words, self.process
        may: tuple[Block, ...] = (Paragraph(rich(words(f"authority_{process.authority}"))),)
        return Section(
            "robot", "", words("robot"), (),
            (
                Section("does", "", words("does"), may),
                *written.section("to_be"),
                Section("scope", "", words("scope"), written.scope()),
                Section("queue", "", words("queue"), self._queue()),
                Section("flow", "", words("flow"), flow.charts(process, self.wording)),
            ),
        )  # fmt: skip

    def _queue(self) -> tuple[Block, ...]:
        words, wording, queue = self.words, self.wording, self.process.queue
        if queue is None:
            return (Paragraph(rich(words("no_queue"))),)
        reference = joined([wording.expression(part) for part in queue.reference], ", ", f" {words('and')} ")
        text = fill(words("queue_text"), {"reference": reference, "n": str(queue.attempts)})
        blocks: list[Block] = [Paragraph(text)]
        if queue.lock is not None:
            blocks.append(Paragraph(fill(words("queue_lock"), {"lock": wording.expression(queue.lock)})))
        for name, value in (
            ("queue_priority", queue.priority), ("queue_deadline", queue.deadline),
            ("queue_postpone", queue.postpone),
        ):  # fmt: skip
            if value is not None:
                blocks.append(Paragraph(fill(words(name), {"value": wording.expression(value)})))
        rows = tuple(
            (rich(readable(name)), rich(wording.labels.queued(name) or "–"), rich(wording.type(type_)))
            for name, type_ in queue.item.items()
        )
        if rows:
            headings = (words("field_name"), words("field_label"), words("field_type"))
            blocks.append(Table(words("queue"), headings, rows))
        return tuple(blocks)

    # --- steps

    def _steps(self) -> tuple[Section, ...]:
        words, process = self.words, self.process
        own = "process" if process.queue is not None else "process_once"
        phases: tuple[tuple[str, Steps, Kind], ...] = (
            ("dispatch", process.dispatch, "job"),
            (own, process.process, "item" if process.queue is not None else "job"),
            ("finish", process.finish, "job"),
            ("outage", process.outage, "job"),
            ("retract", process.retract, "item"),
        )
        told = [
            Section(f"steps-{key}", "", words(key), self._told(steps, words(key), kind))
            for key, steps, kind in phases
            if steps
        ]
        flows = [self._workflow(workflow) for workflow in self.used.workflows]
        effects = [self._effect(effect) for effect in self.used.shared]
        note = Paragraph(rich(words("steps_text")), "note")
        return (
            Section("steps", "", words("steps"), (note,), tuple(told), break_before=True),
            *self._group("workflows", flows),
            *self._group("effects", effects),
        )

    def _told(
        self, steps: Steps, place: str, kind: Kind, inputs: Mapping[str, Type] | None = None
    ) -> tuple[Block, ...]:
        rows = self.teller.steps(steps, place, kind, inputs)
        return (model.Steps(place, rows),) if rows else (Paragraph(rich(self.words("nothing")), "note"),)

    def _workflow(self, workflow: Workflow) -> Section:
        words = self.words
        name = readable(workflow.id.rpartition(".")[2])
        said = []
        for key, types in (("inputs", workflow.inputs), ("outputs", workflow.outputs)):
            if types:
                listed = words.listed([f"{readable(n)} ({self.wording.type(t)})" for n, t in types.items()])
                said.append(words("workflow_takes" if key == "inputs" else "workflow_gives", **{key: listed}))
        blocks: tuple[Block, ...] = (Paragraph(rich(" ".join(said))),) if said else ()
        id = f"workflow-{workflow.application or 'own'}-{workflow.id}"
        return Section(
            id,
            "",
            self._titled(name, workflow.application),
            (*blocks, *self._told(workflow.steps, name, "workflow", workflow.inputs)),
        )

    def _effect(self, effect: Effect) -> Section:
        name = readable(effect.id.rpartition(".")[2])
        said = Paragraph(rich(self.words("effect_text", kind=self.words(f"writes_{effect.writes}"))))
        rows = self.teller.effect(effect, name)
        blocks: tuple[Block, ...] = (said, model.Steps(name, rows)) if rows else (said,)
        if (retraction := effect.retract) is not None:
            inputs = (
                rich(f"{readable(n)}: ", self.wording.sentence(value))
                for n, value in retraction.inputs.items()
            )
            blocks += (Paragraph(rich(self.words("effect_retract"))), Items(tuple(inputs)))
        return Section(
            f"effect-{effect.application or 'own'}-{effect.id}",
            "",
            self._titled(name, effect.application),
            blocks,
        )

    def _titled(self, name: str, application: str | None) -> str:
        repository = self.process.applications.get(application or "")
        return f"{name} ({repository.name})" if repository else name

    # --- what stands apart from the steps

    def _functions(self) -> tuple[Section, ...]:
        """The Python functions that the steps call."""
        words, wording = self.words, self.wording
        rows = []
        for function in self.used.functions:
            takes = [
                f"{readable(name)} ({wording.type(type_)})" for name, type_ in function.parameters.items()
            ]
            cells = (words.listed(takes), wording.type(function.returns), ", ".join(function.throws))
            rows.append((rich(Part(function.shown, "code")), *(rich(cell or "–") for cell in cells)))
        if not rows:
            return ()
        headings = tuple(words(key) for key in ("function", "takes", "gives", "exceptions"))
        table = Table(words("functions"), headings, tuple(rows))
        return (Section("functions", "", words("functions"), (table,)),)

    def _exceptions(self) -> Section:
        words, process = self.words, self.process
        business = [e for e in process.exceptions.values() if e.kind == "business"]
        system = [e for e in process.exceptions.values() if e.kind == "system"]
        attempts = process.queue.attempts if process.queue else 1

        def told(key: str, found: list[ExceptionType], text: str) -> Section:
            table = rules.exceptions_table(
                found, process, self.wording, words(key), self.teller.mentions, self.used.excluded
            )
            return Section(key, "", words(key), (Paragraph(rich(text)), *((table,) if found else ())))

        sections = (
            told("business", business, words("business_text")),
            told("system", system, words("system_text", n=attempts)),
        )
        return Section("exceptions", "", words("exceptions"), (), sections)

    def _group(self, key: str, sections: Sequence[Section], note: str = "") -> tuple[Section, ...]:
        """A chapter of sections; none when it is empty."""
        blocks = (Paragraph(rich(note), "note"),) if note else ()
        return (Section(key, "", self.words(key), blocks, tuple(sections)),) if sections else ()

    def _config(self) -> tuple[Section, ...]:
        settings = list(self.process.config.values())
        if not settings:
            return ()
        table = rules.settings_table(settings, self.wording, self.words("config"), internal=True)
        return (Section("config", "", self.words("config"), (table,)),)

    def _data_protection(self) -> Section:
        words, written = self.words, self.written
        sections = []
        elsewhere = dict.fromkeys(sentence(step, self.wording)[0] for step in self.used.elsewhere)
        others = (Paragraph(rich(words("reads_elsewhere"))), Items(tuple(elsewhere))) if elsewhere else ()
        for name, found in (
            ("reads", (*readings_table(self.used.readings, self.wording), *others)),
            ("writes", writes_table(self.used.effects, self.process, self.wording)),
        ):
            if stated := written.stated(name):
                sections.append(Section(f"{name}-stated", "", words(f"{name}_stated"), stated))
            sections.append(Section(f"{name}-found", "", words(f"{name}_found"), found))
        return Section(
            "data-protection", "", words("data_protection"), (written.protection(),), tuple(sections)
        )

    def _results(self) -> Section:
        words, report = self.words, self.process.report
        blocks: list[Block] = [Paragraph(rich(words("report_text")))]
        if report.columns:
            rows = tuple(
                (rich(name), self.wording.expression(value)) for name, value in report.columns.items()
            )
            blocks.append(
                Table(words("results"), (words("report_column"), words("report_value")), rows, (1, 2))
            )
        if report.analytics:
            kept = tuple(
                (rich(name), self.wording.expression(value)) for name, value in report.analytics.items()
            )
            heading = words("report_analytics")
            blocks.append(Table(heading, (heading, words("report_value")), kept, (1, 2)))
        if report.measures:
            measures = tuple(
                (rich(name), self._observed(measure), rich(words(f"show_{measure.show}")))
                for name, measure in report.measures.items()
            )
            heading = words("report_measures")
            columns = (heading, words("report_value"), words("report_show"))
            blocks.append(Table(heading, columns, measures, (1, 2, 1)))
        if report.counts:
            blocks.append(Paragraph(rich(words("report_counts", columns=", ".join(report.counts)))))
        if report.lists:
            lists = tuple(
                (rich(name), rich(", ".join(columns) or "–")) for name, columns in report.lists.items()
            )
            blocks.append(
                Table(words("report_list"), (words("report_list"), words("report_columns")), lists, (1, 2))
            )
        if report.per:
            blocks.append(Paragraph(rich(words("report_per", per=report.per))))
        handling = rules.follow_up(self.process)
        inner = (Section("handling", "", words("handling"), handling),) if handling else ()
        return Section("results", "", words("results"), tuple(blocks), inner)

    def _observed(self, measure: Measure) -> Rich:
        """What is observed, of which groups, and whether it goes with the item's personal data."""
        words, wording = self.words, self.wording
        of = (wording.condition if measure.show == "share" else wording.expression)(measure.of)
        by = () if measure.by is None else rich(words("report_by"), wording.expression(measure.by))
        return rich(of, by, words("report_private") if measure.private else ())
