"""Steps, workflows and effects: nodes become the frozen steps that the engine runs.

Names (elements, workflows, rules, texts) are resolved here, so that a step holds what it means. What the
variables are, and whether the types fit, is the business of checks/.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik import expressions
from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import Bound, Constant, Value
from robotfabrik.model.keys import unknown_key
from robotfabrik.model.process import (
    AUTHORITIES,
    WORKBOOK,
    Assign,
    Break,
    Call,
    CheckAppState,
    ComposeText,
    Continue,
    Effect,
    Evaluable,
    EvaluateRule,
    ForEach,
    Function,
    If,
    InvokeWorkflow,
    Once,
    Rethrow,
    Retraction,
    Retry,
    Return,
    Rule,
    Sequence,
    Step,
    Steps,
    Switch,
    Text,
    Throw,
    TimeoutScope,
    Try,
    UseExcelFile,
    While,
    Workflow,
)  # fmt: skip
from robotfabrik.model.source import Span, Word
from robotfabrik.model.suggest import suggest
from robotfabrik.model.types import (
    ANY,
    BOOLEAN,
    DATE,
    DURATION,
    INTEGER,
    NUMBER,
    TEXT,
    Type,
    enumeration,
    list_of,
)
from robotfabrik.model.values import Credential, Secret
from robotfabrik.parsing import arguments, strange
from robotfabrik.parsing.names import Names
from robotfabrik.parsing.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader, anything, meant
from robotfabrik.parsing.targets import TargetBuilder

COMMON = ("id", "name", "when", "save_as", "timeout", "retry", "if_missing", "if_unreadable",
          "continue_on_error", "private", "rule")  # fmt: skip
BLOCK_KEYS: Mapping[str, tuple[str, ...]] = {
    "sequence": (),
    "if": ("then", "else_if", "else"),
    "switch": ("cases", "default"),
    "for_each": ("as", "where", "index", "max_iterations", "steps", "collect"),
    "for_each_row": ("as", "where", "index", "max_iterations", "steps", "collect"),
    "for_each_file": ("as", "where", "index", "max_iterations", "steps", "collect"),
    "while": ("max_iterations", "steps"),
    "do_while": (),
    "try": ("catch", "finally"),
    "timeout_scope": ("steps",),
    "use_excel_file": ("steps",),
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
    "once": (
        "key",
        "with",
        "if_present",
        "writes",
        "content",
        "verify",
        "partial",
        "repair",
        "do",
        "unverified",
    ),
}
PYTHON_TYPES: Mapping[Any, Type] = {
    str: TEXT, int: INTEGER, bool: BOOLEAN, Decimal: NUMBER, date: DATE, timedelta: DURATION, Any: ANY,
    Credential: Type("credential"), Secret: Type("secret"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Step):
    """A step that could not be built, and was reported: what it saves may be anything."""


class StepBuilder:
    """Builds steps against `names`."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self.reader = reader
        self.names = names
        self._targets = TargetBuilder(reader, names)
        self._given: dict[str, Bound] = {}  # by block: what the innermost one around gives its activities
        self._blocks: dict[str, Callable[[Fields, Node, dict[str, Any]], Step | None]] = {
            "sequence": self._sequence,
            "if": self._if,
            "switch": self._switch,
            "for_each": self._for_each,
            "for_each_row": self._for_each,
            "for_each_file": self._for_each_file,
            "while": self._while,
            "do_while": self._do_while,
            "try": self._try,
            "timeout_scope": self._timeout_scope,
            "use_excel_file": self._use_excel_file,
            "check_app_state": self._check_app_state,
            "invoke_workflow": self._invoke,
            "evaluate_business_rule": self._rule,
            "compose_text": self._compose,
            "throw": self._throw,
            "rethrow": self._plain(Rethrow),
            "return": self._return,
            "break": self._plain(Break),
            "continue": self._plain(Continue),
            "assign": self._assign,
            "once": self._once,
        }

    # --- steps in general

    def steps(self, node: Node | None, what: str, path: str = "") -> Steps:
        """A list of steps; `path` becomes each step's index, such as process.3."""
        if isinstance(node, MapNode):
            self.reader.error(
                node.span, f"{what} must be a list of steps (lines that begin with -)", "wrong-kind"
            )
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
            self.reader.not_a_mapping(node, "a step is a mapping: activity: …")
            return None
        main, verb = self._activity(node)
        if main is None:
            return None if not node.entries else Broken(**self._common(Fields(node), node.span, path))
        known = (verb, *BLOCK_KEYS.get(verb, ()), *_beside(verb), *COMMON)
        fields = Fields(node, {**meant(node, known), verb: main})
        for entry in node.entries:
            name = entry.key.text
            if entry is main or name in known:
                continue
            if name in BLOCK_KEYS or name in CATALOGUE:
                self.reader.error(
                    entry.key.span,
                    f"a step has one activity: this one has '{verb}' already",
                    "two-activities",
                    "begin a new step with - before it",
                )
            else:
                strange.key(self.reader, entry.key, verb, node, known[1:])
        common = self._common(fields, main.key.span, path)
        if verb in self._blocks:
            return self._blocks[verb](fields, main.value, common) or Broken(**common)
        return self._call(CATALOGUE[verb], fields, main.value, common)

    def _activity(self, node: MapNode) -> tuple[Entry | None, str]:
        """The entry that says what a step does, and the activity it names, or probably means."""
        verbs = [e for e in node.entries if e.key.text in BLOCK_KEYS or e.key.text in CATALOGUE]
        # `with` beside `invoke_workflow`: some keys of a block are activities elsewhere
        for entry in verbs:
            if not any(entry.key.text in BLOCK_KEYS.get(other.key.text, ()) for other in verbs):
                return entry, entry.key.text
        known = (*BLOCK_KEYS, *CATALOGUE)
        unknown = [e for e in node.entries if e.key.text not in COMMON]
        for entry in unknown:
            if strange.is_theirs(entry.key, known):
                ours = strange.activity(self.reader, entry.key, known)
                return (entry, ours) if ours else (None, "")
            if near := suggest(entry.key.text, known):
                self.reader.unknown(entry.key, "activity", known, rule="unknown-activity")
                return entry, near
        if unknown:
            strange.activity(self.reader, unknown[0].key, known)
        else:
            self.reader.error(node.span, "this step has no activity", "no-activity", "click: screen.element")
        return None, ""

    def _common(self, fields: Fields, span: Span, path: str) -> dict[str, Any]:
        reader = self.reader
        return {
            "span": span,
            "index": path,
            "id": self._optional_text(fields, "id"),
            "name": self._optional_text(fields, "name"),
            "when": reader.expression(fields["when"], "when") if "when" in fields else None,
            "save_as": self._save_as(fields["save_as"]),
            "timeout": reader.wait(fields["timeout"], "timeout"),
            "retry": self._retry(fields["retry"]),
            "if_missing": self._optional_text(fields, "if_missing"),
            "if_unreadable": self._optional_text(fields, "if_unreadable"),
            "continue_on_error": reader.boolean(fields["continue_on_error"], "continue_on_error"),
            "private": reader.boolean(fields["private"], "private"),
            "rule": self._decided_by(fields["rule"]),
        }

    def _optional_text(self, fields: Fields, key: str) -> str | None:
        return self.reader.text(fields[key], key) if key in fields else None

    def _decided_by(self, node: Node | None) -> str | None:
        """The rule, or the row of one, that a step carries out without a table."""
        scalar = self.reader.scalar(node, "rule")
        if scalar is None:
            return None
        known = self.names.rows()
        if scalar.text not in known:
            if known or self.names.application is None:
                self.reader.unknown(scalar, "rule", known, rule="unknown-rule")
            else:
                message = "a repository knows no rules: they stand in the PDDs that use it"
                self.reader.error(scalar.span, message, "unknown-rule", "name the rule in the PDD's own step")
        return Word(scalar.text, scalar.span)

    def _save_as(self, node: Node | None) -> str | dict[str, str] | None:
        if node is None:
            return None
        if isinstance(node, MapNode):
            return {self._variable(e.key): self.reader.text(e.value, "save_as") for e in node.entries}
        scalar = self.reader.scalar(node, "save_as")
        return self._variable(scalar) if scalar is not None else None

    def _variable(self, scalar: ScalarNode) -> str:
        if not scalar.text.isidentifier():
            self.reader.error(
                scalar.span, f"'{scalar.text}' is no variable name (letters, digits and _)", "bad-name"
            )
        return Word(scalar.text, scalar.span)

    def _retry(self, node: Node | None) -> Retry | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and not node.empty:
            attempts = node.text if node.text.isdecimal() else 3
            hint = f"write retry: {{attempts: {attempts}}}"
            self.reader.error(node.span, "retry must be a mapping (name: value)", "wrong-kind", hint)
            return None
        fields = self.reader.mapping(node, "retry", ("attempts", "interval"), ("attempts",))
        if fields is None:
            return None
        interval = self.reader.seconds(fields["interval"], "interval")
        return Retry(
            self.reader.integer(fields["attempts"], "attempts", 1, minimum=1),
            1.0 if interval is None else interval,
        )

    # --- activities

    def _call(self, activity: Activity, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        given = self._arguments(activity, node)
        for parameter in activity.parameters.values():
            if parameter.tag == "inputs":
                given[parameter.name] = self._inputs_of(given, fields["with"], common["span"])
        if activity.block in self._given:
            given = {str(activity.first): self._given[activity.block], **given}
        for parameter in activity.parameters.values():
            beside = parameter.name in fields and parameter.name not in COMMON  # reported: it stands inside
            if parameter.required and parameter.name not in given and not beside:
                around = activity.block if parameter.name == activity.first else ""
                self.reader.error(
                    common["span"],
                    f"{activity.name} needs '{parameter.name}'",
                    "missing-argument",
                    f"{activity.name}: {{{parameter.name}: …}}" + (around and f", or {around}: around it"),
                )
        return Call(**common, activity=activity.name, arguments=given)

    def _arguments(self, activity: Activity, node: Node) -> dict[str, Any]:
        """What stands right after an activity, by parameter."""
        whole = next((p for p in activity.parameters.values() if p.tag in ("values", "fields")), None)
        if whole is not None:
            return {whole.name: self._whole(whole, node)}
        return self._named(activity, node) if isinstance(node, MapNode) else self._first(activity, node)

    def _inputs_of(self, given: Mapping[str, Any], node: Node | None, span: Span) -> dict[str, Value]:
        """`with:`, held against the function's parameters; those with a default may be left out."""
        function = getattr(next(iter(given.values()), None), "value", None)
        if not isinstance(function, Function):  # reported
            return {}
        wanted = {n: t.or_none() if n in function.defaults else t for n, t in function.parameters.items()}
        found = self._targets.inputs(node, wanted, function.shown, span, defaults=False)
        written = meant(node, wanted).keys() | set(node.keys()) if isinstance(node, MapNode) else set()
        return {n: value for n, value in found.items() if n in written or n not in function.defaults}

    def _first(self, activity: Activity, node: Node) -> dict[str, Any]:
        name = activity.first
        if isinstance(node, ScalarNode) and node.empty:
            return {}
        if name is None:
            self.reader.error(node.span, f"{activity.name} takes no argument", "surplus-argument")
            return {}
        return {name: self.argument(activity, activity.parameters[name], node)}

    def _named(self, activity: Activity, node: MapNode) -> dict[str, Any]:
        built: dict[str, Any] = {}
        targets = [p.name for p in activity.parameters.values() if p.tag in ("element", "table", "screen")]
        own = {name: p for name, p in activity.parameters.items() if p.tag != "inputs"}
        known = (*own, *(("row", "with") if targets else ()))
        fields = Fields(node, meant(node, known))
        for entry in node.entries:
            if entry.key.text not in known:
                strange.argument(self.reader, entry.key, activity, node, known, COMMON)
        for name, parameter in own.items():
            if (value := fields[name]) is not None:
                built[name] = self.argument(activity, parameter, value, fields, built)
        return built

    def _whole(self, parameter: Parameter, node: Node) -> Any:
        found = self.reader.map(node, parameter.name)
        if found is None:
            return {}
        if parameter.tag == "values":
            return {
                Word(e.key.text, e.key.span): self.reader.value(e.value, e.key.text) for e in found.entries
            }
        pairs = []
        for entry in found.entries:
            target = self._targets.target(entry.key, "element")
            value = expressions.rendered(self.reader.value(entry.value, "a field's value"))
            if target is not None:
                pairs.append((target, value))
        return tuple(pairs)

    def argument(
        self, activity: Activity, parameter: Parameter, node: Node, holder: Fields | None = None,
        built: Mapping[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """An argument, typed by its parameter; `built` are those that stand before it."""
        tag = parameter.tag
        what = f"argument '{parameter.name}' of {activity.name}"
        if tag in ("element", "table", "screen"):
            if isinstance(node, MapNode):
                holder = self.reader.mapping(node, what, ("target", "row", "with"), ("target",))
                node = (holder and holder["target"]) or node
            elif parameter.name != "target":
                holder = None  # `row` and `with` beside it are the target's
            return self._targets.target(node, tag, holder) or anything(node.span)
        if tag == "texts" and isinstance(node, ListNode):
            return self._texts(node, what)
        if tag == "rendered":
            return expressions.rendered(self.reader.value(node, what))
        if tag == "keys":
            return self._keys(node, what)
        if tag == "function":
            scalar = self.reader.scalar(node, what)
            found = None if scalar is None else self.names.code.function(scalar, self.reader.report)
            return anything(node.span) if found is None else Constant(found, ANY, node.span)
        if tag == "secret":
            return self.reader.value(node, what)
        if tag in arguments.TAGS:
            tables = arguments.TableArguments(self.reader, self.names.record_types())
            return tables.build(tag, node, what, built or {})
        if parameter.annotation is bool:
            return self.reader.expression(node, what)
        return self.reader.typed_value(node, parameter_type(parameter), what)

    def _keys(self, node: Node, what: str) -> Value:
        found = self.reader.typed_value(node, TEXT, what)
        given = found.value if isinstance(found, Constant) else None
        if isinstance(given, str) and isinstance(node, ScalarNode) and (wrong := unknown_key(given)):
            at, key, meant = wrong
            hint = f"Did you mean '{meant}'?" if meant else "keys are called Enter, Control+a, ArrowDown …"
            span = node.located.span(at, at + max(1, len(key)))
            self.reader.error(span, f"unknown key: '{key}'", "unknown-value", hint)
        return found

    def _texts(self, node: ListNode, what: str) -> Constant:
        words = [scalar.text for item in node.items if (scalar := self.reader.scalar(item, what)) is not None]
        if any("${{" in word for word in words):
            self.reader.error(
                node.span, f"{what}: a list holds plain texts", "wrong-type", "${{ [a, b] }} for values"
            )
        return Constant(tuple(words), list_of(TEXT), node.span)

    # --- blocks

    def _sequence(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Sequence(**common, steps=self.steps(node, "sequence", f"{common['index']}"))

    def _if(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        path = common["index"]
        self._needs(fields, "if", "then", common)
        branches: list[tuple[Evaluable, Steps]] = [
            (self.reader.expression(node, "if"), self.steps(fields["then"], "then", f"{path}.then"))
        ]
        for number, item in enumerate(self.reader.list(fields["else_if"], "else_if"), 1):
            branch = self.reader.mapping(item, "else_if", ("if", "then"), ("if", "then"))
            if branch is not None:
                condition = self.reader.expression(branch["if"], "if") or anything(branch.span)
                branches.append((condition, self.steps(branch["then"], "then", f"{path}.else_if.{number}")))
        otherwise = self.steps(fields["else"], "else", f"{path}.else")
        return If(**common, branches=tuple(branches), otherwise=otherwise)

    def _needs(self, fields: Fields, verb: str, key: str, common: dict[str, Any], hint: str = "…") -> None:
        if key not in fields:
            self.reader.error(
                common["span"], f"'{verb}' needs '{key}:'", "missing-key", f"write {key}: {hint}"
            )

    def _switch(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        self._needs(fields, "switch", "cases", common)
        cases = []
        found = self.reader.map(fields["cases"], "cases")
        for entry in found.entries if found else ():
            literal = Constant(entry.key.text, TEXT, entry.key.span)
            cases.append((literal, self.steps(entry.value, "a case", f"{common['index']}.{entry.key.text}")))
        default = None
        if "default" in fields:
            default = self.steps(fields["default"], "default", f"{common['index']}.default")
        value = self.reader.value(node, "switch")
        return Switch(**common, value=value, cases=tuple(cases), default=default)

    def _for_each(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        self._needs(fields, "for_each", "as", common, "item")
        names = fields["as"]
        scalars = names.items if isinstance(names, ListNode) else (names,) if names is not None else ()
        variables = tuple(self._variable(s) for s in scalars if isinstance(s, ScalarNode))
        values = self.reader.expression(node, "for_each")
        return self._turns(fields, "for_each", values, variables, common)

    def _for_each_file(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        """`for_each` over what `list_files` gives, with its arguments."""
        activity = CATALOGUE["list_files"]
        files = Call(
            span=common["span"], index=common["index"], activity=activity.name,
            arguments=self._arguments(replace(activity, name="for_each_file"), node),
        )  # fmt: skip
        name = self._name_of_variable(fields["as"], "as") or "file"
        return self._turns(fields, "for_each_file", files, (name,), common)

    def _turns(
        self, fields: Fields, verb: str, values: Value | Call, variables: tuple[str, ...],
        common: dict[str, Any],
    ) -> Step:  # fmt: skip
        reader = self.reader
        self._needs(fields, verb, "steps", common)
        return ForEach(
            **common,
            values=values,
            variables=variables,
            steps=self.steps(fields["steps"], "steps", common["index"]),
            where=reader.expression(fields["where"], "where"),
            index_variable=self._name_of_variable(fields["index"], "index"),
            max_iterations=self._limit(fields),
            collect=self._assignments(fields["collect"], "collect"),
        )

    def _name_of_variable(self, node: Node | None, what: str) -> str | None:
        scalar = self.reader.scalar(node, what)
        return None if scalar is None else self._variable(scalar)

    def _limit(self, fields: Fields) -> int | None:
        limit = fields["max_iterations"]
        return None if limit is None else self.reader.integer(limit, "max_iterations", 1, minimum=1)

    def _while(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        self._bound(fields, "while", common["span"])
        self._needs(fields, "while", "steps", common)
        return self._loop(fields, self.reader.expression(node, "while"), common, test_first=True)

    def _do_while(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        keys = ("steps", "condition", "max_iterations")
        inner = self.reader.mapping(node, "do_while", keys, keys[:2])
        if inner is None:
            return None
        self._bound(inner, "do_while", common["span"])
        condition = self.reader.expression(inner["condition"], "condition") or anything(inner.span)
        return self._loop(inner, condition, common, test_first=False)

    def _bound(self, fields: Fields, verb: str, span: Span) -> None:
        if "max_iterations" not in fields:
            message = f"'{verb}' needs 'max_iterations:', so that it ends"
            self.reader.error(span, message, "unbounded-loop", "write max_iterations: 100")

    def _loop(self, fields: Fields, condition: Value, common: dict[str, Any], *, test_first: bool) -> Step:
        steps = self.steps(fields["steps"], "steps", common["index"])
        limit = self._limit(fields) or 1
        return While(**common, condition=condition, max_iterations=limit, steps=steps, test_first=test_first)

    def _try(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        path = common["index"]
        catches = []
        found = self.reader.map(fields["catch"], "catch")
        if "catch" not in fields and "finally" not in fields:
            self.reader.error(
                common["span"], "'try' needs 'catch:' or 'finally:'", "missing-key", "write catch: …"
            )
        for entry in found.entries if found else ():
            catches.append(
                (
                    Word(entry.key.text, entry.key.span),
                    self.steps(entry.value, "catch", f"{path}.catch.{entry.key.text}"),
                )
            )
        finally_ = self.steps(fields["finally"], "finally", f"{path}.finally")
        return Try(**common, steps=self.steps(node, "try", path), catches=tuple(catches), finally_=finally_)

    def _timeout_scope(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        seconds = self.reader.wait(node, "timeout_scope")
        return TimeoutScope(
            **common, seconds=seconds or 1.0, steps=self.steps(fields["steps"], "steps", common["index"])
        )

    def _use_excel_file(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        """Activities inside that leave out their file are given the one that the block has worked out."""
        self._needs(fields, "use_excel_file", "steps", common)
        if not isinstance(node, ScalarNode) or not node.text.strip():
            message = "use_excel_file needs the name of a workbook, and nothing else"
            hint = "write use_excel_file: NAME.xlsx, and steps: below it"
            self.reader.error(node.span, message, "missing-value", hint)
            file: Value = anything(node.span)
        else:
            file = self.reader.typed_value(node, TEXT, "use_excel_file")
        outer = self._given
        self._given = {**outer, "use_excel_file": Bound(WORKBOOK, file, TEXT)}
        steps = self.steps(fields["steps"], "steps", common["index"])
        self._given = outer
        return UseExcelFile(**common, file=file, steps=steps)

    def _check_app_state(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        holder = None
        if isinstance(node, MapNode):
            holder = self.reader.mapping(node, "check_app_state", ("target", "row", "with"), ("target",))
        written = node if holder is None else holder["target"]
        target = None if written is None else self._targets.target(written, "element", holder)
        path = common["index"]
        appears = self._branch(fields, "appears", path)
        vanishes = self._branch(fields, "vanishes", path)
        if target is None:
            return None
        return CheckAppState(**common, target=target, appears=appears, vanishes=vanishes)

    def _branch(self, fields: Fields, name: str, path: str) -> Steps | None:
        return self.steps(fields[name], name, f"{path}.{name}") if name in fields else None

    def _named_thing(self, node: Node, what: str, known: Mapping[str, Any]) -> Any:
        scalar = self.reader.scalar(node, what)
        if scalar is None:
            return None
        if scalar.text not in known and not self.names.unsure(scalar.text):
            self.reader.unknown(scalar, what, known, rule=f"unknown-{what}")
        return known.get(scalar.text)

    def _invoke(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        if isinstance(node, ScalarNode) and node.text in self.names.all_effects():
            message = f"'{node.text}' is an effect: it looks before it writes, so it is no plain workflow"
            self.reader.error(
                node.span, message, "unknown-workflow", f"write once: {node.text}, with its key:"
            )
            return None
        workflow: Workflow | None = self._named_thing(node, "workflow", self.names.all_workflows())
        if workflow is None:
            return None
        what = f"workflow {workflow.id}"
        inputs = self._targets.inputs(fields["with"], workflow.inputs, what, common["span"], defaults=False)
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
        inputs = self._targets.inputs(fields["with"], rule.inputs, what, common["span"], defaults=True)
        self._outputs(fields, rule.outputs, what)
        return EvaluateRule(**common, decision=rule, inputs=inputs)

    def _compose(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        text: Text | None = self._named_thing(node, "text", self.names.all_texts())
        if text is None:
            return None
        inputs = self._targets.inputs(
            fields["with"], text.inputs, f"text {text.id}", common["span"], defaults=True
        )
        return ComposeText(**common, text=text, inputs=inputs)

    def _throw(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Throw(**{**common, "span": node.span}, exception=self.reader.text(node, "throw"))

    def _return(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        empty = isinstance(node, ScalarNode) and node.empty
        reason = None if empty else expressions.rendered(self.reader.value(node, "return"))
        return Return(**common, reason=reason)

    def _plain(self, kind: type[Step]) -> Callable[[Fields, Node, dict[str, Any]], Step]:
        def build(fields: Fields, node: Node, common: dict[str, Any]) -> Step:
            if not (isinstance(node, ScalarNode) and node.empty):
                verb = kind.__name__.lower()
                self.reader.error(node.span, f"nothing stands after '{verb}:'", "surplus-argument")
            return kind(**common)

        return build

    def _assign(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step:
        return Assign(**common, values=self._assignments(node, "assign"))

    def _assignments(self, node: Node | None, what: str) -> dict[str, Evaluable]:
        found = self.reader.map(node, what)
        return {
            self._variable(entry.key): self.reader.expression(entry.value, f"{what} {entry.key.text}")
            for entry in (found.entries if found else ())
        }

    # --- once

    def _once(self, fields: Fields, node: Node, common: dict[str, Any]) -> Step | None:
        inputs: Mapping[str, Value]
        inline = "do" in fields
        if inline:
            effect, inputs = self._inline_effect(fields, node, common)
        else:
            effect = self._named_thing(node, "effect", self.names.all_effects())
            if effect is None:
                return None
            for name in ("writes", "content", "verify", "partial", "repair", "unverified"):
                if name in fields:
                    self.reader.error(
                        fields.key(name), f"'{name}:' stands in the effect itself", "unknown-key"
                    )
            what = f"effect {effect.id}"
            inputs = self._targets.inputs(fields["with"], effect.inputs, what, common["span"], defaults=False)
        self._needs(fields, "once", "key", common, "[item.reference]")
        return Once(
            **common, effect=effect, inputs=inputs, inline=inline,
            key=tuple(self.reader.expression(item, "key") for item in self.reader.list(fields["key"], "key")),
            if_present=self._optional_text(fields, "if_present"),
        )  # fmt: skip

    def _inline_effect(
        self, fields: Fields, node: Node, common: dict[str, Any]
    ) -> tuple[Effect, dict[str, Value]]:
        found = self.reader.map(fields["content"], "content")
        content = {
            e.key.text: self.reader.value(e.value, e.key.text) for e in (found.entries if found else ())
        }
        id = self.reader.text(node, "once")
        types = dict.fromkeys(content, ANY)
        return self._effect(fields, id, common["span"], types, 60.0, common["index"]), content

    # --- workflows and effects

    def workflows(
        self, node: Node | None, settles_within: float
    ) -> tuple[dict[str, Workflow], dict[str, Effect]]:
        """`workflows:` of a repository or PDD. Signatures first, since workflows call each other."""
        found = self.reader.map(node, "workflows")
        bodies: list[tuple[Workflow, Fields]] = []
        effects: list[tuple[ScalarNode, Fields]] = []
        for entry in found.entries if found else ():
            is_effect = _is_effect(entry.value)
            keys, required = (EFFECT_KEYS, ("do", "verify")) if is_effect else (WORKFLOW_KEYS, ("steps",))
            fields = self.reader.mapping(entry.value, f"workflow {entry.key.text}", keys, required)
            if fields is None:
                continue
            if is_effect:
                effects.append((entry.key, fields))
            else:
                workflow = self._signature(entry.key, fields)
                self.names.workflows[entry.key.text] = workflow
                bodies.append((workflow, fields))
        for key, fields in effects:
            id = self.names.id(key.text)
            declared = self.reader.types(fields["inputs"], self.names.record_types(), "inputs")
            self.names.effects[key.text] = self._effect(fields, id, key.span, declared, settles_within, id)
        for workflow, fields in bodies:
            steps = self.steps(fields["steps"], "steps", workflow.id)
            # the second pass: the one place where a model is completed
            object.__setattr__(workflow, "steps", steps)
        for key, fields in effects:
            retraction = self._retraction(fields["retract"])
            object.__setattr__(self.names.effects[key.text], "retract", retraction)  # effects name each other
        return dict(self.names.workflows), dict(self.names.effects)

    def _signature(self, key: ScalarNode, fields: Fields) -> Workflow:
        types = self.names.record_types()
        inputs = self.reader.types(fields["inputs"], types, "inputs", records=True)
        outputs = self.reader.types(fields["outputs"], types, "outputs")
        return Workflow(self.names.id(key.text), key.span, inputs, outputs, (), self.names.application)

    def _effect(
        self, fields: Fields, id: str, span: Span, inputs: Mapping[str, Type], settles: float, path: str
    ) -> Effect:
        reader = self.reader
        kinds = AUTHORITIES[1:]
        if "writes" not in fields:
            reader.error(
                span, "an effect says what it 'writes:'", "missing-key", f"write writes: {' | '.join(kinds)}"
            )
        unverified = [
            reader.text(item, "unverified") for item in reader.list(fields["unverified"], "unverified")
        ]
        return Effect(
            id=id,
            span=span,
            writes=reader.choice(fields["writes"], "writes", kinds, "note"),
            inputs=inputs,
            verify=self.steps(fields["verify"], "verify", f"{path}.verify"),
            do=self.steps(fields["do"], "do", f"{path}.do"),
            partial=reader.expression(fields["partial"], "partial"),
            repair=self.steps(fields["repair"], "repair", f"{path}.repair"),
            unverified=frozenset(unverified),
            application=self.names.application,
            settles_within=settles,
        )


    def _retraction(self, node: Node | None) -> Retraction | None:
        """How an effect is taken back: the effect that does it, and its inputs."""
        fields = self.reader.mapping(node, "retract", RETRACTION, ("once",))
        if fields is None or (named := fields["once"]) is None:
            return None
        effect = self._named_thing(named, "effect", self.names.all_effects())
        if effect is None:
            return None
        what = f"effect {effect.id}"
        inputs = self._targets.inputs(fields["with"], effect.inputs, what, fields.span, defaults=False)
        return Retraction(fields.span, effect, inputs)


WORKFLOW_KEYS = ("inputs", "outputs", "steps", "name")
EFFECT_KEYS = ("writes", "inputs", "verify", "partial", "repair", "do", "unverified", "retract", "name")
RETRACTION = ("once", "with")


def _is_effect(node: Node) -> bool:
    """By its keys: an effect looks and does, a workflow has steps."""
    keys = {} if not isinstance(node, MapNode) else dict.fromkeys(node.keys())
    return "steps" not in keys and any(key in keys for key in ("do", "verify", "writes"))



def _beside(verb: str) -> tuple[str, ...]:
    """Keys that stand beside an activity: `with:` gives a function its inputs, as it does a workflow."""
    parameters = CATALOGUE[verb].parameters.values() if verb in CATALOGUE else ()
    return ("with",) if any(parameter.tag == "inputs" for parameter in parameters) else ()


def parameter_type(parameter: Parameter) -> Type:
    """The language's type of a parameter."""
    annotation = parameter.annotation
    if typing.get_origin(annotation) is typing.Literal:
        return enumeration(*typing.get_args(annotation))
    return PYTHON_TYPES.get(annotation, ANY)
