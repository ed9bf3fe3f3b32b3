"""Steps, workflows and effects: nodes become the frozen steps that the engine runs.

Names (elements, workflows, rules, texts) are resolved here, so that a step holds what it means. What the
variables are, and whether the types fit, is the business of checks/.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik import expressions
from robotfabrik.expressions import Constant
from robotfabrik.expressions.rendered import Rendered
from robotfabrik.model.process import (
    AUTHORITIES, Assign, Break, Call, CheckAppState, ComposeText, Continue, Effect, Element, Evaluable,
    EvaluateRule, ForEach, If, InvokeWorkflow, Once, Repository, Rethrow, Retry, Return, RowChoice, Rule, Screen,
    Sequence, Step, Steps, Switch, Table, TargetRef, Text, Throw, TimeoutScope, Try, While, Workflow,
)  # fmt: skip
from robotfabrik.model.source import Located, Span
from robotfabrik.model.suggest import did_you_mean
from robotfabrik.model.types import ANY, BOOLEAN, DATE, DURATION, INTEGER, NUMBER, TEXT, Type, enumeration
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader

COMMON = ("id", "name", "when", "save_as", "timeout", "retry", "if_missing", "if_unreadable",
          "continue_on_error", "private", "rule")  # fmt: skip
BLOCK_KEYS: Mapping[str, tuple[str, ...]] = {
    "sequence": (),
    "if": ("then", "else_if", "else"),
    "switch": ("cases", "default"),
    "for_each": ("as", "where", "index", "max_iterations", "steps", "collect"),
    "for_each_row": ("as", "where", "index", "max_iterations", "steps", "collect"),
    "while": ("max_iterations", "steps"),
    "do_while": (),
    "try": ("catch", "finally"),
    "timeout_scope": ("steps",),
    "check_app_state": ("appears", "vanishes"),
    "invoke_workflow": ("with",),
    "evaluate_business_rule": ("with",),
    "compose_text": ("with",),
    "throw": (),
    "rethrow": (),
    "return": (),
    "break": (),
    "continue": (),
    "assign": (),
    "once": ("key", "with", "if_present", "writes", "content", "verify", "partial", "repair", "do", "unverified"),
}
PYTHON_TYPES: Mapping[Any, Type] = {
    str: TEXT, int: INTEGER, bool: BOOLEAN, Decimal: NUMBER, date: DATE, timedelta: DURATION, Any: ANY,
}  # fmt: skip


@dataclass(slots=True)
class Names:
    """What a step may name. In a repository the application's own screens need no prefix."""

    application: str | None = None
    screens: Mapping[str, Screen] = field(default_factory=dict)
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)

    def all_workflows(self) -> dict[str, Workflow]:
        """Every workflow that can be named, as it is written."""
        return self._all(self.workflows, "workflows")

    def all_effects(self) -> dict[str, Effect]:
        return self._all(self.effects, "effects")

    def _all(self, own: Mapping[str, Any], kind: str) -> dict[str, Any]:
        named = {f"{app}.{name}": x for app, repo in self.repositories.items() for name, x in getattr(repo, kind).items()}
        return {**named, **own}

    def record_types(self) -> dict[str, Type]:
        """Type names besides the scalars: screens, and RULE.output."""
        known = {name: screen.type for name, screen in self.screens.items()}
        for app, repository in self.repositories.items():
            known.update({f"{app}.{name}": screen.type for name, screen in repository.screens.items()})
        for rule in self.rules.values():
            known.update({f"{rule.id}.{name}": type_ for name, type_ in rule.outputs.items()})
        return known


class StepBuilder:
    """Builds steps against `names`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self.names = names
        self._blocks: dict[str, Callable[[Fields, Node, dict[str, Any]], Step | None]] = {
            "sequence": self._sequence, "if": self._if, "switch": self._switch, "for_each": self._for_each,
            "for_each_row": self._for_each, "while": self._while, "do_while": self._do_while, "try": self._try,
            "timeout_scope": self._timeout_scope, "check_app_state": self._check_app_state,
            "invoke_workflow": self._invoke, "evaluate_business_rule": self._rule, "compose_text": self._compose,
            "throw": self._throw, "rethrow": self._plain(Rethrow), "return": self._return,
            "break": self._plain(Break), "continue": self._plain(Continue), "assign": self._assign,
            "once": self._once,
        }  # fmt: skip

    # --- steps in general

    def steps(self, node: Node | None, what: str, path: str = "") -> Steps:
        """A list of steps; `path` becomes each step's index, such as process.3."""
        if isinstance(node, MapNode):
            self.reader.error(node.span, f"{what} must be a list of steps (lines that begin with -)", "wrong-kind")
            return ()
        built = []
        for number, item in enumerate(self.reader.list(node, what), 1):
            step = self.step(item, f"{path or what}.{number}")
            if step is not None:
                built.append(step)
        return tuple(built)

    def step(self, node: Node, path: str) -> Step | None:
        """One step: exactly one activity and the common keys."""
        if not isinstance(node, MapNode):
            self.reader.error(node.span, "a step is a mapping: activity: …", "wrong-kind")
            return None
        verbs = [e for e in node.entries if e.key.text in BLOCK_KEYS or e.key.text in CATALOGUE]
        # `name: {…}` beside a block's own keys: the block decides what its keys are
        main = next((e for e in verbs if not self._belongs(e.key.text, verbs)), None)
        if main is None:
            self._no_activity(node)
            return None
        verb = main.key.text
        own = BLOCK_KEYS.get(verb, ())
        for entry in node.entries:
            if entry is main or entry.key.text in COMMON or entry.key.text in own:
                continue
            if entry in verbs:
                self.reader.error(entry.key.span, f"a step has one activity: this one has '{verb}' already", "two-activities",
                                  "begin a new step with - before it")  # fmt: skip
            else:
                self.reader.unknown(entry.key, f"key in the step '{verb}'", (*own, *COMMON), rule="unknown-key")
        fields = Fields(node)
        common = self._common(fields, main.key.span, path)
        if verb in self._blocks:
            return self._blocks[verb](fields, main.value, common)
        return self._call(CATALOGUE[verb], fields, main.value, common)

    def _belongs(self, key: str, verbs: list[Any]) -> bool:
        return any(key in BLOCK_KEYS.get(other.key.text, ()) for other in verbs)

    def _no_activity(self, node: MapNode) -> None:
        known = (*BLOCK_KEYS, *CATALOGUE)
        candidates = [e.key for e in node.entries if e.key.text not in COMMON]
        if not candidates:
            self.reader.error(node.span, "this step has no activity", "no-activity")
            return
        self.reader.unknown(candidates[0], "activity", known, rule="unknown-activity")

    def _common(self, fields: Fields, span: Span, path: str) -> dict[str, Any]:
        reader = self.reader
        return {
            "span": span,
            "index": path,
            "id": self._optional_text(fields, "id"),
            "name": self._optional_text(fields, "name"),
            "when": reader.expression(fields["when"], "when") if "when" in fields else None,
            "save_as": self._save_as(fields["save_as"]),
            "timeout": reader.seconds(fields["timeout"], "timeout"),
            "retry": self._retry(fields["retry"]),
            "if_missing": self._optional_text(fields, "if_missing"),
            "if_unreadable": self._optional_text(fields, "if_unreadable"),
            "continue_on_error": reader.boolean(fields["continue_on_error"], "continue_on_error"),
            "private": reader.boolean(fields["private"], "private"),
            "rule": self._optional_text(fields, "rule"),
        }

    def _optional_text(self, fields: Fields, key: str) -> str | None:
        return self.reader.text(fields[key], key) if key in fields else None

    def _save_as(self, node: Node | None) -> str | dict[str, str] | None:
        if node is None:
            return None
        if isinstance(node, MapNode):
            names = {e.key.text: self.reader.text(e.value, "save_as") for e in node.entries}
            for entry in node.entries:
                self._variable(entry.key)
            return names
        scalar = self.reader.scalar(node, "save_as")
        return self._variable(scalar) if scalar is not None else None

    def _variable(self, scalar: ScalarNode) -> str:
        if not scalar.text.isidentifier():
            self.reader.error(scalar.span, f"'{scalar.text}' is no variable name (letters, digits and _)", "bad-name")
        return scalar.text

    def _retry(self, node: Node | None) -> Retry | None:
        if node is None:
            return None
        fields = self.reader.mapping(node, "retry", ("attempts", "interval"), ("attempts",))
        if fields is None:
            return None
        interval = self.reader.seconds(fields["interval"], "interval")
        return Retry(self.reader.integer(fields["attempts"], "attempts", 1, minimum=1), 1.0 if interval is None else interval)

    # --- activities

    def _call(self, activity: Activity, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        whole = next((p for p in activity.parameters.values() if _tag(p) in ("values", "fields")), None)
        if whole is not None:
            arguments: dict[str, Any] = {whole.name: self._whole(whole, node)}
        elif isinstance(node, MapNode):
            arguments = self._named(activity, node)
        else:
            arguments = self._first(activity, node)
        for parameter in activity.parameters.values():
            if parameter.required and parameter.name not in arguments:
                self.reader.error(common["span"], f"{activity.name} needs '{parameter.name}'", "missing-argument",
                                  f"{activity.name}: {{{parameter.name}: …}}")  # fmt: skip
        return Call(**common, activity=activity.name, arguments={k: v for k, v in arguments.items() if v is not None})

    def _first(self, activity: Activity, node: Node) -> dict[str, Any]:
        name = activity.first
        if isinstance(node, ScalarNode) and node.empty:
            return {}
        if name is None:
            self.reader.error(node.span, f"{activity.name} takes no argument", "surplus-argument")
            return {}
        return {name: self.argument(activity, activity.parameters[name], node)}

    def _named(self, activity: Activity, node: MapNode) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        targets = {p.name for p in activity.parameters.values() if _tag(p) in ("element", "table", "screen")}
        extra = ("row", "with") if targets else ()
        for entry in node.entries:
            name = entry.key.text
            if name in activity.parameters:
                arguments[name] = self.argument(activity, activity.parameters[name], entry.value, node)
            elif name not in extra:
                known = (*activity.parameters, *extra)
                self.reader.unknown(entry.key, f"argument of {activity.name}", known, rule="surplus-argument")
        if extra and not targets & arguments.keys() and any(node.get(x) for x in extra):
            self.reader.error(node.span, "'row:' and 'with:' belong to a target", "missing-argument")
        # present but wrong: reported already, so not missing as well
        return {name: argument if argument is not None else Constant("", ANY, node.span) for name, argument in arguments.items()}

    def _whole(self, parameter: Parameter, node: Node) -> Any:
        found = self.reader.map(node, parameter.name)
        if found is None:
            return {}
        if _tag(parameter) == "values":
            return {e.key.text: self.reader.value(e.value, e.key.text) for e in found.entries}
        pairs = []
        for entry in found.entries:
            target, value = self.target(entry.key, "element"), self.reader.value(entry.value, "a field's value")
            if target is not None and value is not None:
                pairs.append((target, Rendered(value)))
        return tuple(pairs)

    def argument(self, activity: Activity, parameter: Parameter, node: Node, holder: MapNode | None = None) -> Any:
        """An argument, typed by its parameter."""
        tag = _tag(parameter)
        what = f"argument '{parameter.name}' of {activity.name}"
        if tag in ("element", "table", "screen"):
            return self.target(node, tag, holder)
        if tag == "rendered":
            value = self.reader.value(node, what)
            return None if value is None else Rendered(value)
        if tag == "secret":
            return self.reader.value(node, what)
        if parameter.annotation is bool:
            scalar = self.reader.scalar(node, what)
            return None if scalar is None else self._condition(scalar, what)
        return self.reader.typed_value(node, parameter_type(parameter), what)

    def _condition(self, scalar: ScalarNode, what: str) -> Evaluable | None:
        return self.reader.expression(scalar, what)

    # --- targets

    def target(self, node: Node, kind: str, holder: MapNode | None = None) -> TargetRef | None:
        """[app.]screen.name[.name], with `row` and `with` from the mapping around it."""
        scalar = self.reader.scalar(node, "a target")
        if scalar is None:
            return None
        element = self._resolve(scalar, kind)
        if element is None:
            return None
        return TargetRef(scalar.span, element, self._parameters(element, holder, scalar), self._row(element, holder, scalar))

    def _resolve(self, scalar: ScalarNode, kind: str) -> Element | Table | Screen | None:
        screens = self._screens()
        parts = scalar.text.split(".")
        prefix = 1 if self.names.application is not None and parts[0] in self.names.screens else 2
        name = ".".join(parts[:prefix])
        if prefix == 2 and self.names.application is not None and parts[0] == self.names.application:
            name = ".".join(parts[1:2])
        screen = screens.get(name)
        if screen is None:
            known_first = {key.split(".")[0] for key in screens}
            if len(parts) > 1 and parts[0] not in known_first and self.names.repositories:
                self._unknown_part(scalar, 0, parts, "application", known_first)
            else:
                where = max(0, min(prefix, len(parts)) - 1)
                candidates = [key.split(".")[-1] for key in screens]
                self._unknown_part(scalar, where, parts, "screen", candidates)
            return None
        return self._inside(scalar, screen, parts, prefix, kind)

    def _screens(self) -> dict[str, Screen]:
        named = {f"{app}.{name}": s for app, repo in self.names.repositories.items() for name, s in repo.screens.items()}
        return {**named, **self.names.screens}

    def _inside(
        self, scalar: ScalarNode, screen: Screen, parts: list[str], depth: int, kind: str
    ) -> Element | Table | Screen | None:
        found: Element | Table | Screen = screen
        for at, part in enumerate(parts[depth:], depth):
            inner: Mapping[str, Any] = getattr(found, "elements", None) or getattr(found, "row", None) or {}
            if part not in inner:
                self._unknown_part(scalar, at, parts, "element", inner)
                return None
            found = inner[part]
        actual = type(found).__name__.lower()
        if actual != kind:
            message = f"'{scalar.text}' is {_an(actual)}, but {_an(kind)} is wanted here"
            known = [f"{scalar.text}.{name}" for name in getattr(found, "elements", {})]
            self.reader.error(scalar.span, message, "wrong-target", f"Known: {', '.join(known[:12])}." if known else None)
            return None
        return found

    def _unknown_part(self, scalar: ScalarNode, at: int, parts: list[str], what: str, known: Any) -> None:
        start = sum(len(part) + 1 for part in parts[:at])
        span = scalar.located.span(start, start + len(parts[at])) if at < len(parts) else scalar.span
        self.reader.error(span, f"unknown {what}: '{parts[at]}'", f"unknown-{what}", did_you_mean(parts[at], known) or None)

    def _parameters(self, element: Any, holder: MapNode | None, scalar: ScalarNode) -> dict[str, Evaluable]:
        declared: Mapping[str, Type] = getattr(element, "parameters", {})
        node = holder.get("with") if holder is not None else None
        given = self.inputs(node, declared, f"element {element.id}", scalar.span, defaults=False)
        return {name: Rendered(value) for name, value in given.items()}

    def _row(self, element: Any, holder: MapNode | None, scalar: ScalarNode) -> RowChoice | None:
        table: Table | None = getattr(element, "table", None)
        node = holder.get("row") if holder is not None else None
        if node is None:
            if table is not None:
                self.reader.error(scalar.span, f"'{scalar.text}' lies in a row of a table: say which with 'row:'", "missing-row",
                                  f"row: {{{table.columns[0].name if table.columns else 'column'}: …}}, first or last")  # fmt: skip
            return None
        if table is None:
            self.reader.error(node.span, f"'{scalar.text}' lies in no table's row", "surplus-argument")
            return None
        if isinstance(node, ScalarNode):
            return RowChoice(self.reader.choice(node, "row", ("first", "last"), "first"))
        found = self.reader.map(node, "row")
        by: dict[str, Evaluable] = {}
        columns = {column.name: column for column in table.columns}
        for entry in found.entries if found else ():
            if (column := columns.get(entry.key.text)) is None:
                self.reader.unknown(entry.key, f"column of {table.id}", columns, rule="unknown-field")
            elif (value := self.reader.typed_value(entry.value, column.type, f"column {column.name}")) is not None:
                by[column.name] = value
        return RowChoice(by)

    def inputs(
        self, node: Node | None, declared: Mapping[str, Type], what: str, span: Span, *, defaults: bool
    ) -> dict[str, Evaluable]:
        """`with:` against declared inputs. With `defaults`, a missing one is the variable of the same name."""
        given: dict[str, Evaluable] = {}
        found = self.reader.map(node, "with") if node is not None else None
        for entry in found.entries if found else ():
            name = entry.key.text
            if name not in declared:
                self.reader.unknown(entry.key, f"input of {what}", declared, rule="surplus-argument")
            elif (value := self.reader.typed_value(entry.value, declared[name], f"input '{name}' of {what}")) is not None:
                given[name] = value
            else:
                given[name] = Constant(None, ANY, entry.value.span)
        for name, type_ in declared.items():
            if name in given:
                continue
            if defaults:
                given[name] = self.variable(name, span)
            elif type_.optional:
                given[name] = Constant(None, type_, span)
            else:
                self.reader.error(span, f"{what} needs input '{name}' ({type_})", "missing-argument", f"with: {{{name}: …}}")
        return given

    def variable(self, name: str, span: Span) -> Evaluable:
        """The variable of a name, as an expression that stands at `span`."""
        located = Located(name, span.source, lambda offset: (span.line, span.column))
        found = expressions.parse_expression(located, self.reader.report)
        assert found is not None
        return found

    # --- blocks

    def _sequence(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Sequence(**common, steps=self.steps(node, "sequence", f"{common['index']}"))

    def _if(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        path = common["index"]
        if "then" not in fields:
            self.reader.error(common["span"], "'if' needs 'then:'", "missing-key")
        branches = [(self.reader.expression(node, "if"), self.steps(fields["then"], "then", f"{path}.then"))]
        for number, item in enumerate(self.reader.list(fields["else_if"], "else_if"), 1):
            branch = self.reader.mapping(item, "else_if", ("if", "then"), ("if", "then"))
            if branch is not None:
                steps = self.steps(branch["then"], "then", f"{path}.else_if.{number}")
                branches.append((self.reader.expression(branch["if"], "if"), steps))
        otherwise = self.steps(fields["else"], "else", f"{path}.else")
        return If(**common, branches=tuple((c, s) for c, s in branches if c is not None), otherwise=otherwise)

    def _switch(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        value = self.reader.value(node, "switch")
        cases = []
        found = self.reader.map(fields["cases"], "cases") if "cases" in fields else None
        if found is None:
            self.reader.error(common["span"], "'switch' needs 'cases:'", "missing-key")
        for entry in found.entries if found else ():
            literal = Constant(entry.key.text, TEXT, entry.key.span)
            cases.append((literal, self.steps(entry.value, "a case", f"{common['index']}.{entry.key.text}")))
        default = self.steps(fields["default"], "default", f"{common['index']}.default") if "default" in fields else None
        return None if value is None else Switch(**common, value=value, cases=tuple(cases), default=default)

    def _for_each(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        reader = self.reader
        values = reader.expression(node, "for_each")
        names = fields["as"]
        if names is None:
            reader.error(common["span"], "'for_each' needs 'as:' (the name of the variable)", "missing-key")
        scalars = names.items if isinstance(names, ListNode) else (names,) if names is not None else ()
        variables = tuple(self._variable(s) for s in scalars if isinstance(s, ScalarNode))
        if "steps" not in fields:
            reader.error(common["span"], "'for_each' needs 'steps:'", "missing-key")
        limit = fields["max_iterations"]
        if values is None or not variables:
            return None
        return ForEach(
            **common,
            values=values,
            variables=variables,
            steps=self.steps(fields["steps"], "steps", common["index"]),
            where=reader.expression(fields["where"], "where") if "where" in fields else None,
            index_variable=self._optional_text(fields, "index"),
            max_iterations=None if limit is None else reader.integer(limit, "max_iterations", 1, minimum=1),
            collect=self._assignments(fields["collect"], "collect"),
        )

    def _while(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        return self._loop(fields, self.reader.expression(node, "while"), common, test_first=True)

    def _do_while(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        keys = ("steps", "condition", "max_iterations")
        inner = self.reader.mapping(node, "do_while", keys, keys)
        if inner is None:
            return None
        return self._loop(inner, self.reader.expression(inner["condition"], "condition"), common, test_first=False)

    def _loop(self, fields: Fields, condition: Evaluable | None, common: dict[str, Any], *, test_first: bool) -> Step | None:
        if "max_iterations" not in fields and test_first:
            self.reader.error(common["span"], "a loop needs 'max_iterations:'", "missing-key", "max_iterations: 100")
        limit = self.reader.integer(fields["max_iterations"], "max_iterations", 1, minimum=1)
        steps = self.steps(fields["steps"], "steps", common["index"])
        if condition is None:
            return None
        return While(**common, condition=condition, max_iterations=limit, steps=steps, test_first=test_first)

    def _try(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        path = common["index"]
        catches = []
        found = self.reader.map(fields["catch"], "catch") if "catch" in fields else None
        if found is None and "finally" not in fields:
            self.reader.error(common["span"], "'try' needs 'catch:' or 'finally:'", "missing-key")
        for entry in found.entries if found else ():
            catches.append((entry.key.text, self.steps(entry.value, "catch", f"{path}.catch.{entry.key.text}")))
        finally_ = self.steps(fields["finally"], "finally", f"{path}.finally")
        return Try(**common, steps=self.steps(node, "try", path), catches=tuple(catches), finally_=finally_)

    def _timeout_scope(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        seconds = self.reader.seconds(node, "timeout_scope")
        return TimeoutScope(**common, seconds=seconds or 1.0, steps=self.steps(fields["steps"], "steps", common["index"]))

    def _check_app_state(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        holder = node if isinstance(node, MapNode) else None
        if holder is not None:
            checked = self.reader.mapping(holder, "check_app_state", ("target", "row", "with"), ("target",))
            node = checked["target"] if checked and checked["target"] else node
        target = self.target(node, "element", holder)
        path = common["index"]
        appears = self.steps(fields["appears"], "appears", f"{path}.appears") if "appears" in fields else None
        vanishes = self.steps(fields["vanishes"], "vanishes", f"{path}.vanishes") if "vanishes" in fields else None
        return None if target is None else CheckAppState(**common, target=target, appears=appears, vanishes=vanishes)

    def _named_thing(self, node: Node, what: str, known: Mapping[str, Any]) -> Any:
        scalar = self.reader.scalar(node, what)
        if scalar is None:
            return None
        if scalar.text not in known:
            self.reader.unknown(scalar, what, known, rule=f"unknown-{what}")
        return known.get(scalar.text)

    def _invoke(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        workflow: Workflow | None = self._named_thing(node, "workflow", self.names.all_workflows())
        if workflow is None:
            return None
        what = f"workflow {workflow.id}"
        inputs = self.inputs(fields["with"], workflow.inputs, what, common["span"], defaults=False)
        self._outputs(fields, workflow.outputs, what)
        return InvokeWorkflow(**common, workflow=workflow, inputs=inputs)

    def _outputs(self, fields: Fields, outputs: Mapping[str, Type], what: str) -> None:
        node = fields["save_as"]
        if not isinstance(node, MapNode):
            return
        for entry in node.entries:
            if isinstance(entry.value, ScalarNode) and entry.value.text not in outputs:
                self.reader.unknown(entry.value, f"output of {what}", outputs, rule="unknown-output")

    def _rule(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        rule: Rule | None = self._named_thing(node, "rule", self.names.rules)
        if rule is None:
            return None
        what = f"rule {rule.id}"
        inputs = self.inputs(fields["with"], rule.inputs, what, common["span"], defaults=True)
        self._outputs(fields, rule.outputs, what)
        return EvaluateRule(**common, decision=rule, inputs=inputs)

    def _compose(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        text: Text | None = self._named_thing(node, "text", self.names.texts)
        if text is None:
            return None
        inputs = self.inputs(fields["with"], text.inputs, f"text {text.id}", common["span"], defaults=True)
        return ComposeText(**common, text=text, inputs=inputs)

    def _throw(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Throw(**{**common, "span": node.span}, exception=self.reader.text(node, "throw"))

    def _return(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        empty = isinstance(node, ScalarNode) and node.empty
        reason = None if empty else self.reader.value(node, "return")
        return Return(**common, reason=None if reason is None else Rendered(reason))

    def _plain(self, kind: type[Step]) -> Callable[[Fields, Node, dict[str, Any]], Step]:
        def build(fields: Fields, node: Node, common: dict[str, Any]) -> Step:
            if not (isinstance(node, ScalarNode) and node.empty):
                self.reader.error(node.span, "nothing stands after it", "surplus-argument")
            return kind(**common)

        return build

    def _assign(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Assign(**common, values=self._assignments(node, "assign"))

    def _assignments(self, node: Node | None, what: str) -> dict[str, Evaluable]:
        found = self.reader.map(node, what) if node is not None else None
        values: dict[str, Evaluable] = {}
        for entry in found.entries if found else ():
            self._variable(entry.key)
            if (value := self.reader.expression(entry.value, f"{what} {entry.key.text}")) is not None:
                values[entry.key.text] = value
        return values

    # --- once

    def _once(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        inline = "do" in fields
        if inline:
            effect, inputs = self._inline_effect(fields, node, common)
        else:
            effect = self._named_thing(node, "effect", self.names.all_effects())
            if effect is None:
                return None
            for key in ("writes", "content", "verify", "partial", "repair", "unverified"):
                if key in fields:
                    self.reader.error(fields.key(key), f"'{key}:' stands in the effect itself", "unknown-key")
            inputs = self.inputs(fields["with"], effect.inputs, f"effect {effect.id}", common["span"], defaults=False)
        if "key" not in fields:
            self.reader.error(common["span"], "'once' needs 'key:' (what makes this effect one and the same)", "missing-key",
                              "key: [item.reference]")  # fmt: skip
        key = [self.reader.expression(item, "key") for item in self.reader.list(fields["key"], "key")]
        return Once(
            **common, effect=effect, key=tuple(k for k in key if k is not None), inputs=inputs, inline=inline,
            if_present=self._optional_text(fields, "if_present"),
        )  # fmt: skip

    def _inline_effect(self, fields: Fields, node: Node, common: dict[str, Any]) -> tuple[Effect, dict[str, Evaluable]]:
        found = self.reader.map(fields["content"], "content") if "content" in fields else None
        content: dict[str, Evaluable] = {}
        for entry in found.entries if found else ():
            if (value := self.reader.value(entry.value, entry.key.text)) is not None:
                content[entry.key.text] = value
        effect = self._effect(fields, self.reader.text(node, "once"), dict.fromkeys(content, ANY), 60.0, common["index"])
        return effect, content

    # --- workflows and effects

    def workflows(self, node: Node | None, settles_within: float) -> tuple[dict[str, Workflow], dict[str, Effect]]:
        """`workflows:` of a repository or PDD. Signatures first, since workflows call each other."""
        found = self.reader.map(node, "workflows") if node is not None else None
        bodies: list[tuple[Workflow, Fields]] = []
        effects: list[tuple[ScalarNode, Fields]] = []
        for entry in found.entries if found else ():
            is_effect = isinstance(entry.value, MapNode) and entry.value.get("do") is not None
            keys = _EFFECT_KEYS if is_effect else ("inputs", "outputs", "steps", "name")
            fields = self.reader.mapping(entry.value, f"workflow {entry.key.text}", keys, ("do", "verify") if is_effect else ("steps",))
            if fields is None:
                continue
            if is_effect:
                effects.append((entry.key, fields))
            else:
                workflow = self._signature(entry.key, fields)
                self.names.workflows[entry.key.text] = workflow
                bodies.append((workflow, fields))
        for workflow, fields in bodies:
            steps = self.steps(fields["steps"], "steps", workflow.id)
            object.__setattr__(workflow, "steps", steps)  # second pass: the one place where a model is completed
        for key, fields in effects:
            types = self.names.record_types()
            declared = self.reader.types(fields["inputs"], types, "inputs")
            self.names.effects[key.text] = self._effect(fields, self._id(key.text), declared, settles_within, self._id(key.text))
        return dict(self.names.workflows), dict(self.names.effects)

    def _id(self, name: str) -> str:
        return f"{self.names.application}.{name}" if self.names.application else name

    def _signature(self, key: ScalarNode, fields: Fields) -> Workflow:
        types = self.names.record_types()
        inputs = self.reader.types(fields["inputs"], types, "inputs")
        outputs = self.reader.types(fields["outputs"], types, "outputs")
        return Workflow(self._id(key.text), key.span, inputs, outputs, (), self.names.application)

    def _effect(self, fields: Fields, id: str, inputs: Mapping[str, Type], settles: float, path: str) -> Effect:
        reader = self.reader
        if "writes" not in fields:
            reader.error(fields.span, "an effect says what it 'writes:'", "missing-key", f"writes: {' | '.join(AUTHORITIES[1:])}")
        unverified = [reader.text(item, "unverified") for item in reader.list(fields["unverified"], "unverified")]
        return Effect(
            id=id,
            span=fields.span,
            writes=reader.choice(fields["writes"], "writes", AUTHORITIES[1:], "note") if "writes" in fields else "note",
            inputs=inputs,
            verify=self.steps(fields["verify"], "verify", f"{path}.verify"),
            do=self.steps(fields["do"], "do", f"{path}.do"),
            partial=reader.expression(fields["partial"], "partial") if "partial" in fields else None,
            repair=self.steps(fields["repair"], "repair", f"{path}.repair"),
            unverified=frozenset(unverified),
            application=self.names.application,
            settles_within=settles,
        )


_EFFECT_KEYS = ("writes", "inputs", "verify", "partial", "repair", "do", "unverified", "name")


def _tag(parameter: Parameter) -> str:
    """What an annotation says besides its type: Annotated[…, 'element'] → element."""
    metadata = typing.get_args(parameter.annotation)[1:] if typing.get_origin(parameter.annotation) is typing.Annotated else ()
    return str(metadata[0]) if metadata else ""


def parameter_type(parameter: Parameter) -> Type:
    """The language's type of a parameter."""
    annotation = parameter.annotation
    if typing.get_origin(annotation) is typing.Literal:
        return enumeration(*typing.get_args(annotation))
    return PYTHON_TYPES.get(annotation, ANY)


def _an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
