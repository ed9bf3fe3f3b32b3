"""The one walk: follows the steps as they run, knows the type of every variable, and asks every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as ManySteps
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from robotfabrik.activities.api import Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import (
    UNDEFINED,
    Constant,
    Environment,
    Expression,
    Template,
    check_condition,
    element_type,
    join_types,
    names_of,
    static_type,
    texts_of,
)
from robotfabrik.expressions.kinds import kind
from robotfabrik.model.errors import Diagnostic, unknown
from robotfabrik.model.process import (
    Assign,
    Call,
    CheckAppState,
    ComposeText,
    Effect,
    Element,
    Evaluable,
    EvaluateRule,
    ForEach,
    If,
    InvokeWorkflow,
    Once,
    Process,
    Return,
    Sequence,
    Step,
    Steps,
    Switch,
    TargetRef,
    Text,
    TimeoutScope,
    Try,
    UseExcelFile,
    While,
    Workflow,
)  # fmt: skip
from robotfabrik.model.process import (
    Rule as Decision,
)
from robotfabrik.model.reading import BOOLEANS, parse, readable
from robotfabrik.model.source import Span, Word, place_of
from robotfabrik.model.suggest import did_you_mean, nearest
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    DATE,
    NONE,
    TEXT,
    Type,
    accepts,
    enumeration,
    foreign,
    lacking,
    list_of,
    record_of,
)  # fmt: skip
from robotfabrik.parsing.arguments import TAGS
from robotfabrik.parsing.checks import comparing, figures, queues, secrets
from robotfabrik.parsing.checks.data import TableChecks
from robotfabrik.parsing.checks.place import Place, Report, Rule
from robotfabrik.parsing.checks.unreachable import leaves, leaves_always
from robotfabrik.parsing.checks.variables import Scope
from robotfabrik.parsing.names import Returns, refined
from robotfabrik.parsing.steps import Broken, parameter_type

__all__ = ["Flow", "Report"]

JOB = record_of({
    "id": TEXT, "date": DATE, "period": TEXT, "period_start": DATE, "robot": TEXT, "user": TEXT,
    "rehearsal": BOOLEAN,
    "items": list_of(record_of({
        "reference": TEXT, "outcome": TEXT, "exception": TEXT.or_none(), "rules": list_of(TEXT),
        "noted": BOOLEAN, "list": TEXT.or_none(), "name": TEXT, "action": TEXT, "columns": ANY,
    })),
})  # fmt: skip
FINDINGS = list_of(
    record_of({"rule": TEXT.or_none(), "source": TEXT.or_none(), "value": ANY, "date": DATE.or_none()})
)  # a rule that may decide nothing gives none, also where a step has seen to it that it did not
RETRACTED = record_of({"id": TEXT, "date": DATE, "reason": TEXT})
ERROR = record_of({"id": TEXT.or_none(), "message": TEXT})
Types = dict[str, Type]
_WITH_TEXT = frozenset({"integer", "number", "money", "percent", "date", "month"})


class Flow:
    """Walks definitions. `report` hears of everything; `rules` are asked of every step."""

    def __init__(
        self,
        report: Report,
        rules: Iterable[Rule],
        process: Process | None = None,
        returns: Returns | None = None,
    ) -> None:
        self.report = report
        self.rules = tuple(rules)
        self._process = process
        self.own_effects: list[Effect] = []
        """The PDD's own effects, as far as a step uses them."""
        self.returns: dict[str, Mapping[str, Type]] = dict(returns or {})
        self.scopes: list[Scope] = []
        """The variables of everything that has been walked."""
        self.whole: set[str] = set()
        """The fields of records that are given to an activity as a whole."""
        self._scope = Scope()

    # --- definitions

    def definitions(self, workflows: Iterable[Workflow], effects: Iterable[Effect]) -> None:
        """Workflows and effects, each with nothing around it but its inputs."""
        for workflow in workflows:
            types = self.builtins(item=self._process is not None) | dict(workflow.inputs)
            with self._variables(workflow.outputs, workflow.inputs):
                self.steps(workflow.steps, types, Place(self._process, "workflow"))
            self.returns[workflow.id] = {name: types[name] for name in workflow.outputs if name in types}
            for name, wanted in workflow.outputs.items():
                given = types.get(name)
                if given is None:
                    message = f"{workflow.id} never sets its output '{name}'"
                    self.report(unknown(place_of(name, workflow.span), message, "output", name, types))
                elif not accepts(wanted.or_none(), given):
                    self._error(
                        workflow.span,
                        f"{workflow.id}: output '{name}' is {given}, but {wanted} is declared",
                        "wrong-type",
                    )
        for effect in effects:
            with self._variables({*effect.inputs, "matches"}, effect.inputs):
                self._effect(effect, self.builtins(item=False) | dict(effect.inputs))

    def process(self) -> None:
        """The sections of a PDD, its rules, texts and report."""
        process = self._process
        assert process is not None
        types = self.builtins(item=True)
        with self._variables(()):
            self.steps(process.dispatch, self.builtins(item=False), Place(process, "dispatch"))
        cells = process.report.expressions
        with self._variables({name for value in cells for name in names_of(value)}):
            self.steps(process.process, dict(types), Place(process, "process"))
            # a column over a variable that is not set is an empty cell
            assigned = {name: type_.or_none() for name, type_ in self._scope.types.items()}
        with self._variables(()):
            self.steps(process.finish, self.builtins(item=False), Place(process, "finish"))
        with self._variables(()):
            self.steps(process.outage, self._stopped(), Place(process, "outage"))
        with self._variables(()):
            self.steps(process.retract, {**types, "retracted": RETRACTED}, Place(process, "retract"))
        for rule in process.rules.values():
            self._decision(rule)
        self.texts(filter(process.declares, process.texts.values()))
        if process.queue is not None:
            queues.check(process.queue, Environment(self.builtins(item=True), self.report))
        result = record_of({"outcome": TEXT, "rules": list_of(TEXT)})
        known = {**assigned, **types, "result": result}
        env = Environment(known, self.report)
        for value in process.report.columns.values():
            static_type(value, env)
        findings = process.report.findings
        if findings is not None:
            given = static_type(findings, env)
            if not accepts(FINDINGS.or_none(), given):
                self._no_findings(findings, given)
        figures.check(process.report, env)
        comparing.check(process.compare, process.report, env)
        secrets.check_values(process.report.expressions, known, self.report)

    def _no_findings(self, findings: Evaluable, given: Type) -> None:
        """Says which part of a finding is missing, or is of another type."""
        assert FINDINGS.of is not None
        part = lacking(FINDINGS.of, given.of) if given.of is not None else None
        if part is None:
            self._error(findings.span, f"findings are {FINDINGS}, not {given}", "wrong-type")
            return
        asked = FINDINGS.of.field(part)
        near = did_you_mean(part, [name for name, _ in given.of.fields] if given.of else [])
        message = f"a finding needs '{part}' ({asked})"
        self._error(place_of(part, findings.span), message, "wrong-type", near or f"record({part}=…)")

    def texts(self, texts: Iterable[Text]) -> None:
        """Texts of a PDD or repository."""
        for text in texts:
            self._text(text)

    @contextmanager
    def _variables(self, read: Iterable[str], inputs: Iterable[str] = ()) -> Iterator[None]:
        """A scope of its own; `read` are the names that somebody outside looks at."""
        outer, self._scope = self._scope, Scope(frozenset(inputs), read=set(read))
        yield
        self.scopes.append(self._scope)
        self._scope = outer

    def _sets(self, types: Types, name: str, type_: Type, step: Step) -> None:
        types[name] = type_
        known = self._scope.types.get(name)
        self._scope.types[name] = type_ if known is None else join_types(known, type_)
        self._names(step, name)

    def _names(self, step: Step, name: str) -> None:
        if isinstance(name, Word):
            self._scope.written.append((name, step))

    def builtins(self, *, item: bool) -> Types:
        """What is always there."""
        types: Types = {"job": JOB, "config": ANY}
        if self._process is not None:
            types["config"] = record_of({s.name: s.type for s in self._process.config.values()})
            if item:
                fields = dict(self._process.queue.item) if self._process.queue else {}
                types["item"] = record_of({**fields, "reference": TEXT})
        return types

    def _stopped(self) -> Types:
        """What `outage` sees: of the job also how far it came."""
        types = self.builtins(item=True)
        item = types.pop("item", ANY)
        unhandled = record_of({"item": item, "state": enumeration("waiting", "failed", "held")})
        told = {"stopped_on": DATE, "stopped_at": TEXT, "dispatched": BOOLEAN, "told_later": BOOLEAN}
        job = {**dict(JOB.fields), **told, "unhandled": list_of(unhandled)}
        return {**types, "job": record_of(job)}

    def _decision(self, rule: Decision) -> None:
        types = self.builtins(item=True) | dict(rule.inputs)
        env = Environment(types, self.report)
        for row in rule.rows:
            for cell in row.conditions:
                if cell.condition is not None:
                    check_condition(cell.condition, env)
            for name, value in row.outputs.items():
                self._fits(value, rule.outputs[name].or_none(), types, f"output '{name}' of {rule.id}")

    def _text(self, text: Text) -> None:
        env = Environment(self.builtins(item=True) | dict(text.inputs), self.report)
        if text.rubrik is not None:
            static_type(text.rubrik, env)
        for sentence in (sentence for paragraph in text.paragraphs for sentence in paragraph):
            if sentence.when is not None:
                check_condition(sentence.when, env)
            found = static_type(sentence.text, env)
            line = element_type(found) if kind(found) == "list" else found
            if not accepts(TEXT, line):
                self._error(
                    sentence.text.span, f"lines are texts or lists of texts, not {found}", "wrong-type"
                )

    def _effect(self, effect: Effect, types: Types) -> None:
        place = Place(self._process, "effect")
        seen = dict(types)
        self.steps(effect.verify, seen, replace(place, verifying=effect))
        if effect.partial is not None:
            self._condition(effect.partial, seen)
        self.steps(effect.repair, dict(types), replace(place, writing=effect))
        self.steps(effect.do, dict(types), replace(place, writing=effect))
        self._scope.read.add("matches")
        if (retraction := effect.retract) is not None:
            known = {**types, "retracted": RETRACTED}
            self._inputs(retraction.inputs, retraction.effect.inputs, known, retraction.effect.id)
        matches = seen.get("matches")
        if matches is None:
            message = f"the verify of {effect.id} must save a table 'matches'"
            slip = next((name for name, _ in self._scope.written if nearest(name, ["matches"])), None)
            if slip is not None:
                self._error(slip.span, message, "verify", did_you_mean(slip, ["matches"]))
            else:
                hint = "save_as: matches, or collect: {matches: record(id=…, …)}"
                self._error(effect.span, message, "verify", hint)
            return
        row = element_type(matches)
        for column in ("id", *(name for name in effect.inputs if name not in effect.unverified)):
            if row.name == "record" and row.fields and row.field(column) is None:
                message = f"'matches' of {effect.id} has no column '{column}'"
                near = next((name for name, _ in row.fields if nearest(name, [column])), None)
                if near is not None:
                    message = f"{message}, but '{near}'"
                    self._error(place_of(near, effect.span), message, "verify", did_you_mean(near, [column]))
                else:
                    hint = f"read it in verify, or say unverified: [{column}] when no screen shows it"
                    self._error(effect.span, message, "verify", hint)

    # --- steps

    def steps(self, steps: ManySteps[Step], types: Types, place: Place) -> None:
        """Follow steps in order; `types` is changed as they set variables."""
        after = None
        for step in steps:
            if step.when is not None:
                self._condition(step.when, types)
            here = replace(place, after=after) if after is not place.after else place
            for rule in self.rules:
                rule(step, types, here, self.report)
            after = step if after is None and leaves_always(step) else None
            result = self._step(step, types, place)
            self._save(step, result, types)

    def _save(self, step: Step, result: Type, types: Types) -> None:
        names = step.save_as
        skippable = step.when is not None or step.continue_on_error
        if isinstance(names, str):
            self._sets(types, names, result.or_none() if skippable and result != ANY else result, step)
        elif names is not None:
            for mine, output in names.items():
                found = result.field(output) or ANY
                self._sets(types, mine, found.or_none() if skippable and found != ANY else found, step)
        elif step.when is not None and isinstance(step, Assign):
            for name in step.values:
                types[name] = types[name].or_none()

    def _step(self, step: Step, types: Types, place: Place) -> Type:
        match step:
            case Call():
                return self._call(step, types, place)
            case Sequence() | TimeoutScope():
                self.steps(step.steps, types, place)
            case UseExcelFile():
                self._fits(step.file, TEXT, types, "use_excel_file")
                self.steps(step.steps, types, place)
            case If():
                for condition, _ in step.branches:
                    self._condition(condition, types)
                self._branches([steps for _, steps in step.branches] + [step.otherwise], types, place)
            case Switch():
                self._cases(step, self._check(step.value, types))
                self._branches([steps for _, steps in step.cases] + [step.default or ()], types, place)
            case ForEach():
                self._for_each(step, types, place)
            case While():
                self._while(step, types, place)
            case Try():
                self._try(step, types, place)
            case CheckAppState():
                self._target(step.target, types)
                self._branches([step.appears or (), step.vanishes or ()], types, place)
            case InvokeWorkflow(workflow=workflow):
                self._inputs(step.inputs, workflow.inputs, types, workflow.id)
                found = self.returns.get(workflow.id, {})
                return record_of({n: refined(type_, found.get(n)) for n, type_ in workflow.outputs.items()})
            case EvaluateRule(decision=rule):
                self._inputs(step.inputs, rule.inputs, types, f"rule {rule.id}")
                outputs = _outputs(rule)
                return list_of(record_of(rule.outputs)) if step.as_rows else outputs
            case ComposeText(text=text):
                self._inputs(step.inputs, text.inputs, types, f"text {text.id}")
                return record_of({"rubrik": TEXT, "text": TEXT})
            case Return(reason=reason):
                if reason is not None:
                    self._check(reason, types)
            case Assign():
                for name, value in step.values.items():
                    self._sets(types, name, self._check(value, types), step)
                    self._scope.values.append(value)
            case Broken():
                return ANY
            case Once():
                return self._once(step, types, place)
        return NONE

    def _branches(self, branches: list[Steps], types: Types, place: Place) -> None:
        """Each branch from the same start; what only some of them set may be none afterwards."""
        ends: list[Types] = []
        for steps in branches:
            end = dict(types)
            self.steps(steps, end, place)
            if not leaves(steps):
                ends.append(end)
        if not ends:
            return
        for name in dict.fromkeys(name for end in ends for name in end):
            found = [end[name] for end in ends if name in end]
            joined = found[0]
            for other in found[1:]:
                joined = join_types(joined, other)
            types[name] = joined if len(found) == len(ends) or joined == ANY else joined.or_none()

    def _cases(self, step: Switch, switched: Type) -> None:
        """Cases that the value can never be: each is a literal, read as the value's type."""
        if isinstance(step.value, Constant) and isinstance(step.value.value, str):
            hint = f"write switch: ${{{{ {step.value.value} }}}}"
            self._error(step.value.span, "a switch asks for a value; this is always one text", "switch", hint)
            return
        type_ = BOOLEAN if switched.name == "exists" else switched.required()
        if switched.name == "any":
            return
        if not readable(type_):
            self._error(step.value.span, f"a switch asks for one value, not {switched}", "wrong-type")
            return
        for literal, _ in step.cases:
            text = getattr(literal, "value", "")
            if text == "none" and switched.optional:
                continue
            try:
                parse(type_, text)
            except ValueError as wanted:
                words = type_.values or (BOOLEANS if type_ == BOOLEAN else ())
                message = f"this is never '{text}'"
                if words:
                    self.report(unknown(literal.span, message, "enumeration", text, words))
                else:
                    self._error(literal.span, message, "enumeration", f"write {wanted}")

    def _for_each(self, step: ForEach, types: Types, place: Place) -> None:
        if isinstance(step.values, Call):
            walked = self._call(step.values, types, place, "for_each_file")
        else:
            walked = self._check(step.values, types)
        if kind(walked) not in ("list", "any"):
            self._error(step.values.span, f"for_each walks a list, not {walked}", "wrong-type")
        element = element_type(walked) if kind(walked) == "list" else ANY
        inner = dict(types)
        if len(step.variables) == 1:
            inner[step.variables[0]] = element
            self._names(step, step.variables[0])
        else:
            for number, name in enumerate(step.variables):
                inner[name] = _part(element, number)
        if step.index_variable:
            inner[step.index_variable] = Type("integer")
            self._names(step, step.index_variable)
        if step.where is not None:
            self._condition(step.where, inner)
        self.steps(step.steps, inner, replace(place, loop=True))
        collected = {name: list_of(self._check(value, inner)) for name, value in step.collect.items()}
        self._after_loop(types, inner)
        for name, type_ in collected.items():
            self._sets(types, name, type_, step)

    def _while(self, step: While, types: Types, place: Place) -> None:
        inner = dict(types)
        if step.test_first:
            self._condition(step.condition, inner)
        self.steps(step.steps, inner, replace(place, loop=True))
        if not step.test_first:
            self._condition(step.condition, inner)
        self._after_loop(types, inner)

    def _after_loop(self, types: Types, inner: Types) -> None:
        """Loop variables live one turn; outer ones may have changed."""
        for name in types:
            types[name] = join_types(types[name], inner[name])

    def _try(self, step: Try, types: Types, place: Place) -> None:
        body = dict(types)
        self.steps(step.steps, body, place)
        ends = [body]
        for _, steps in step.catches:
            caught = {**_maybe(body, types), "error": ERROR}
            self.steps(steps, caught, replace(place, catch=True))
            if not leaves(steps):
                ends.append(caught)
        for name in dict.fromkeys(name for end in ends for name in end):
            found = [end[name] for end in ends if name in end]
            joined = found[0]
            for other in found[1:]:
                joined = join_types(joined, other)
            types[name] = joined if len(found) == len(ends) or joined == ANY else joined.or_none()
        self.steps(step.finally_, dict(_maybe(types, types)), place)

    # --- activities

    def _call(self, step: Call, types: Types, place: Place, verb: str = "") -> Type:
        """What an activity gives. `verb` is what people call it where a block asks for it."""
        activity = CATALOGUE[step.activity]
        given: Types = {}
        for name, argument in step.arguments.items():
            parameter = activity.parameters[name]
            if parameter.tag in TAGS:
                given[name] = self._table_argument(step, parameter, given, types)
            else:
                what = f"argument '{name}' of {verb or step.activity}"
                self._argument(step, parameter, argument, types, place, what)
        if activity.result_from is not None:
            return activity.result_from(step.arguments, given)
        if activity.result_type is not None:
            return activity.result_type(step.arguments)
        if activity.returns in (None, type(None)):
            return NONE
        return parameter_type(Parameter("", activity.returns, False, None))

    def _table_argument(self, step: Call, parameter: Parameter, given: Types, types: Types) -> Type:
        checks = TableChecks(
            step.arguments, given, types, self.report, self._check, lambda names: self._read(names, types)
        )
        what = f"argument '{parameter.name}' of {step.activity}"
        return checks.type(parameter.tag, parameter.name, step.arguments[parameter.name], what)

    def _argument(
        self, step: Call, parameter: Parameter, argument: Any, types: Types, place: Place, what: str
    ) -> None:
        if isinstance(argument, TargetRef):
            self._target(argument, types)
        elif isinstance(argument, tuple):
            for target, value in argument:
                self._target(target, types)
                self._check(value, types)
        elif parameter.tag == "inputs":
            if argument:  # else there is nothing to check, or the function is unknown
                function = next(iter(step.arguments.values())).value
                self._inputs(argument, function.parameters, types, function.shown)
        elif parameter.tag == "function":
            return
        elif isinstance(argument, Mapping):
            self._queue_item(argument, types, place, step.span)
        elif parameter.tag == "secret":
            given = self._check(argument, types)
            if given.name not in ("secret", "any"):
                self._error(
                    argument.span,
                    f"{what} must be a secret, such as ${{{{ credential.password }}}}",
                    "wrong-type",
                )
        elif parameter.annotation is bool:
            self._condition(argument, types)
        else:
            self.whole.update(_fields(self._fits(argument, parameter_type(parameter), types, what)))

    def _queue_item(self, fields: Mapping[str, Any], types: Types, place: Place, span: Span) -> None:
        known = place.process.queue.item if place.process and place.process.queue else {}
        slips = set()
        for name, value in fields.items():
            if name not in known:
                absent = [field for field in known if field not in fields]
                slips |= set(nearest(name, absent)[:1])
                fields_ = sorted(known, key=lambda field: field not in absent)
                message = f"the item has no field '{name}'"
                self.report(unknown(place_of(name, value.span), message, "unknown-field", name, fields_))
                self._check(value, types)
            else:
                self._fits(value, known[name], types, f"field '{name}' of the item")
        for name, type_ in known.items():
            if name not in fields and name not in slips and not type_.optional:
                message = f"the item needs its field '{name}' ({type_})"
                self._error(span, message, "missing-argument", f"write {name}: …")

    def _target(self, target: TargetRef, types: Types) -> None:
        declared: Mapping[str, Type] = getattr(target.element, "parameters", {})
        for name, value in target.parameters.items():
            if declared[name] == TEXT:  # anything that has a text
                self._check(value, types)
            else:
                self._fits(_unrendered(value), declared[name], types, f"'{name}' of {target.element.id}")
        by = target.row.by if target.row else None
        if isinstance(by, Mapping):
            table = target.element.table if isinstance(target.element, Element) else None
            columns = {column.name: column.type for column in (table.columns if table else ())}
            for name, value in by.items():
                self._fits(value, columns[name], types, f"column '{name}'")

    def _once(self, step: Once, types: Types, place: Place) -> Type:
        for part in step.key:
            self._check(part, types)
        self._inputs(step.inputs, step.effect.inputs, types, step.effect.id)
        if step.effect.application is None and step.effect not in self.own_effects:
            self.own_effects.append(step.effect)
            if not step.inline:
                self.definitions((), (step.effect,))
        if step.inline:
            given = {name: self._check(value, types) for name, value in step.inputs.items()}
            self._effect(step.effect, {**types, **given})
        return record_of({"id": TEXT, **step.effect.inputs}).or_none()

    def _inputs(self, given: Mapping[str, Any], wanted: Mapping[str, Type], types: Types, what: str) -> None:
        for name, value in given.items():
            self._fits(value, wanted.get(name, ANY), types, f"input '{name}' of {what}")

    # --- values

    def _check(self, value: Evaluable, types: Types) -> Type:
        found = static_type(value, Environment(types, self.report))
        self._known_from_here(value, types)
        return found

    def _condition(self, value: Evaluable, types: Types) -> None:
        check_condition(value, Environment(types, self.report))
        self._known_from_here(value, types)

    def _known_from_here(self, value: Evaluable, types: Types) -> None:
        """An undefined variable is reported once, where it is first used."""
        self._read(names_of(value), types)

    def _read(self, names: Iterable[str], types: Types) -> None:
        for name in names:
            self._scope.read.add(name)
            types.setdefault(name, UNDEFINED)

    def _fits(self, value: Any, wanted: Type, types: Types, what: str) -> Type:
        given = self._check(value, types)
        # an optional value may be given where none is not: it fails, named, when it is none
        if accepts(wanted.or_none(), given) or given.name in secrets.SECRET:
            return given
        words, known = foreign(wanted, given)
        for word in words:
            span, message = self._written(word, value), f"{what} is never '{word}'"
            self.report(unknown(span, message, "enumeration", word, known))
        if wanted.name == given.name == "record" and (field := lacking(wanted, given)) is not None:
            found, asked = given.field(field), wanted.field(field)
            has = "which it does not have" if found is None else f"where it has {found}"
            self._error(value.span, f"{what} needs the field '{field}' ({asked}), {has}", "wrong-type")
        elif not words:
            as_text = wanted == TEXT and given.name in _WITH_TEXT and isinstance(value, Expression)
            hint = f"write ${{{{ text({value.tree.body}) }}}}" if as_text else None
            self._error(value.span, f"{what} must be {wanted}, not {given}", "wrong-type", hint)
        return given

    def _written(self, word: str, value: Evaluable) -> Span:
        """Where a word that a value may be was written: in the value, or where a variable was set."""
        for other in (value, *reversed(self._scope.values)):
            for text, span in texts_of(other):
                if text == word:
                    return span
        return value.span

    def _error(self, span: Span, message: str, rule: str, suggestion: str | None = None) -> None:
        self.report(Diagnostic(span, message, rule, suggestion or None))


def _unrendered(value: Evaluable) -> Evaluable:
    """The expression that a text is made of alone."""
    only = value.parts[0] if isinstance(value, Template) and len(value.parts) == 1 else value
    return value if isinstance(only, str) else only


def _fields(type_: Type) -> Iterator[str]:
    """The names of the fields of a record, or of the records in a list."""
    yield from (name for name, _ in type_.fields)
    if type_.of is not None:
        yield from _fields(type_.of)


def _maybe(after: Types, before: Types) -> Types:
    """Types after steps that may have stopped half-way."""
    return {name: t if name in before or t == ANY else t.or_none() for name, t in after.items()}


def _outputs(rule: Decision) -> Type:
    nothing = rule.otherwise == "none"
    if rule.hit_policy == "collect":
        return record_of({name: list_of(type_) for name, type_ in rule.outputs.items()})
    dashes = {
        name
        for row in rule.rows
        for name, value in row.outputs.items()
        if getattr(value, "value", "") is None
    }
    return record_of({n: t.or_none() if nothing or n in dashes else t for n, t in rule.outputs.items()})


def _part(element: Type, number: int) -> Type:
    """The type of one of several loop variables."""
    return element.of or ANY if element.name == "list" else ANY
