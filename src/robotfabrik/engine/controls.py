"""The control steps: each is one function over the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from robotfabrik.engine import decisions
from robotfabrik.engine.decisions import is_true
from robotfabrik.engine.execution import Frame
from robotfabrik.engine.interpreter import Handler, Interpreter, bind
from robotfabrik.engine.once import once
from robotfabrik.engine.signals import HANDS_OFF, BreakSignal, ContinueSignal, ReturnSignal, Signal
from robotfabrik.model.errors import (
    BusinessRuleException,
    EvaluationError,
    SystemException,
    TimedOut,
    system_id,
)
from robotfabrik.model.process import (
    WORKBOOK,
    Assign,
    Break,
    Call,
    CheckAppState,
    ComposeText,
    Continue,
    EvaluateRule,
    ForEach,
    If,
    InvokeWorkflow,
    Once,
    Rethrow,
    Return,
    Sequence,
    Step,
    Steps,
    Switch,
    Throw,
    TimeoutScope,
    Try,
    UseExcelFile,
    While,
)  # fmt: skip
from robotfabrik.model.reading import says
from robotfabrik.model.values import UNKNOWN, Record


async def sequence(interpreter: Interpreter, step: Sequence, frame: Frame) -> None:
    await interpreter.steps(step.steps, frame)


async def if_(interpreter: Interpreter, step: If, frame: Frame) -> None:
    for condition, steps in step.branches:
        if is_true(condition.evaluate(frame.variables), condition):
            return await interpreter.steps(steps, frame)
    return await interpreter.steps(step.otherwise, frame)


async def switch(interpreter: Interpreter, step: Switch, frame: Frame) -> None:
    value = step.value.evaluate(frame.variables)
    for literal, steps in step.cases:
        if says(str(literal.evaluate(frame.variables)), value):
            return await interpreter.steps(steps, frame)
    if step.default is None:
        raise SystemException(f"{step.span}: no case fits, and the switch has no default")
    return await interpreter.steps(step.default, frame)


async def for_each(interpreter: Interpreter, step: ForEach, frame: Frame) -> None:
    if isinstance(step.values, Call):
        values = await interpreter.activity(step.values, frame)
    else:
        values = step.values.evaluate(frame.variables)
    if values is UNKNOWN or not isinstance(values, tuple | list):
        raise EvaluationError("for_each goes through a list or table", step.values.span)
    if step.max_iterations is not None and len(values) > step.max_iterations:
        raise SystemException(f"{step.span}: {len(values)} turns, at most {step.max_iterations} are allowed")
    collected: dict[str, list[Any]] = {name: [] for name in step.collect}
    for index, value in enumerate(values):
        with turn(frame, *step.variables, *filter(None, (step.index_variable,))):
            _bind_variables(step, frame, value, index)
            if step.where is not None and not is_true(step.where.evaluate(frame.variables), step.where):
                continue
            try:
                await interpreter.steps(step.steps, frame)
            except ContinueSignal:
                continue
            except BreakSignal:
                break
            for name, expression in step.collect.items():
                collected[name].append(expression.evaluate(frame.variables))
    frame.variables.update({name: tuple(found) for name, found in collected.items()})


def _bind_variables(step: ForEach, frame: Frame, value: Any, index: int) -> None:
    if len(step.variables) == 1:
        frame.variables[step.variables[0]] = value
    else:
        frame.variables.update(zip(step.variables, value, strict=True))
    if step.index_variable:
        frame.variables[step.index_variable] = index


@contextmanager
def turn(frame: Frame, *own: str) -> Iterator[None]:
    """Variables that are new in a turn live one turn; `own`, the loop's, never outlive it."""
    variables = frame.variables
    outer = {name: variables[name] for name in own if name in variables}
    before = set(variables)
    try:
        yield
    finally:
        for name in variables.keys() - before:
            del variables[name]
        variables.update(outer)


async def while_(interpreter: Interpreter, step: While, frame: Frame) -> None:
    """`do_while` asks at the end of a turn, where the turn's variables are still there."""

    def goes_on() -> bool:
        return is_true(step.condition.evaluate(frame.variables), step.condition)

    for _ in range(step.max_iterations):
        if step.test_first and not goes_on():
            return
        with turn(frame):
            try:
                await interpreter.steps(step.steps, frame)
            except ContinueSignal:
                pass
            except BreakSignal:
                return
            if not step.test_first and not goes_on():
                return
    if step.test_first and not goes_on():
        return
    raise SystemException(f"{step.span}: still true after {step.max_iterations} turns")


async def try_(interpreter: Interpreter, step: Try, frame: Frame) -> None:
    """`finally` runs whatever happens, except when hands are to be kept off the application."""
    run = interpreter.run
    try:
        await _tried(interpreter, step, frame)
    except (Exception, Signal) as error:
        if not isinstance(error, HANDS_OFF) and not run.unconfirmed:
            await _finally(interpreter, step, frame)
        raise
    await _finally(interpreter, step, frame)


async def _tried(interpreter: Interpreter, step: Try, frame: Frame) -> None:
    try:
        await interpreter.steps(step.steps, frame)
    except Exception as error:
        caught = None if isinstance(error, HANDS_OFF) or interpreter.run.unconfirmed else _catch(step, error)
        if caught is None:
            raise
        # what `rethrow:` throws again; nested tries restore the outer one
        frame.variables["error"], before = _error_record(error), frame.variables.get("error")
        frame.caught, outer = error, frame.caught
        try:
            await interpreter.steps(caught, frame)
        finally:
            frame.variables["error"] = before
            frame.caught = outer


async def _finally(interpreter: Interpreter, step: Try, frame: Frame) -> None:
    """Cleaning up has its own time: the scope around may be over."""
    run = interpreter.run
    deadline, run.deadline = run.deadline, None
    try:
        await interpreter.steps(step.finally_, frame)
    finally:
        run.deadline = deadline


def _catch(step: Try, error: Exception) -> Steps | None:
    """The steps of the most exact catch: the id before the kind. Anything unknown is a system exception."""
    kind = "business" if isinstance(error, BusinessRuleException) else "system"
    by_name = dict(step.catches)
    id = getattr(error, "id", None)
    return by_name.get(id, by_name.get(kind)) if id else by_name.get(kind)


def _error_record(error: Exception) -> Record:
    return Record(id=system_id(error), message=str(error))


async def timeout_scope(interpreter: Interpreter, step: TimeoutScope, frame: Frame) -> None:
    """Ends between two steps, or in a step that waits; never in the middle of a click."""
    run = interpreter.run
    before = run.deadline
    ends = run.now() + step.seconds
    run.deadline = ends if before is None else min(before, ends)
    try:
        await interpreter.steps(step.steps, frame)
    except SystemException as error:
        if run.now() < ends:
            raise
        raise TimedOut(f"{step.span}: not done within {step.seconds:g} s ({error})", error.id) from error
    finally:
        run.deadline = before


async def use_excel_file(interpreter: Interpreter, step: UseExcelFile, frame: Frame) -> None:
    """The innermost block's workbook is the one that the steps mean."""
    variables = frame.variables
    file = step.file.evaluate(variables)
    if not isinstance(file, str):
        raise EvaluationError("use_excel_file needs the name of a workbook", step.file.span)
    outer = {name: variables[name] for name in (WORKBOOK,) if name in variables}
    variables[WORKBOOK] = file
    try:
        await interpreter.steps(step.steps, frame)
    finally:
        del variables[WORKBOOK]
        variables.update(outer)


async def check_app_state(interpreter: Interpreter, step: CheckAppState, frame: Frame) -> None:
    run = interpreter.run
    target = bind(step.target, frame.variables)
    session = run.sessions[target.application]
    # Asked for nothing but its going, it is waited for until it has gone.
    only_gone = step.appears is None and step.vanishes is not None
    found = await session.exists(target, max(0.05, run.time_left(run.timeout)), gone=only_gone)
    there = found is not only_gone
    if step.appears is None and step.vanishes is None:
        if not there:
            said = await session.dialog_text()
            told = f"; a dialog said: {run.masker.mask(said)}" if said else ""
            raise SystemException(f"{target.id} did not appear within {run.timeout:g} s{told}", "SE3")
        return
    await interpreter.steps((step.appears if there else step.vanishes) or (), frame)


async def invoke_workflow(interpreter: Interpreter, step: InvokeWorkflow, frame: Frame) -> Record:
    workflow = step.workflow
    inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
    inner = interpreter.run.new_frame(inputs, workflow.application or frame.application)
    await interpreter.body(workflow.steps, inner)
    return Record({name: inner.variables.get(name) for name in workflow.outputs})


async def evaluate_rule(
    interpreter: Interpreter, step: EvaluateRule, frame: Frame
) -> Record | tuple[Record, ...]:
    inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
    decision = decisions.decide(step.decision, {**interpreter.run.builtins, **inputs})
    interpreter.run.rules.extend(decision.fired)
    return decision.rows() if step.as_rows else Record(decision.outputs)


async def compose_text(interpreter: Interpreter, step: ComposeText, frame: Frame) -> Record:
    inputs = {name: value.evaluate(frame.variables) for name, value in step.inputs.items()}
    return decisions.compose(step.text, {**interpreter.run.builtins, **inputs})


async def throw(interpreter: Interpreter, step: Throw, frame: Frame) -> None:
    raise interpreter.run.throw(step.exception)


async def rethrow(interpreter: Interpreter, step: Rethrow, frame: Frame) -> None:
    if frame.caught is None:
        raise SystemException(f"{step.span}: rethrow stands outside a catch")
    raise frame.caught


async def return_(interpreter: Interpreter, step: Return, frame: Frame) -> None:
    raise ReturnSignal(None if step.reason is None else str(step.reason.evaluate(frame.variables)))


async def break_(interpreter: Interpreter, step: Break, frame: Frame) -> None:
    raise BreakSignal


async def continue_(interpreter: Interpreter, step: Continue, frame: Frame) -> None:
    raise ContinueSignal


async def assign(interpreter: Interpreter, step: Assign, frame: Frame) -> None:
    for name, value in step.values.items():
        frame.variables[name] = value.evaluate(frame.variables)


HANDLERS: Mapping[type[Step], Handler] = {
    Sequence: sequence,
    If: if_,
    Switch: switch,
    ForEach: for_each,
    While: while_,
    Try: try_,
    TimeoutScope: timeout_scope,
    UseExcelFile: use_excel_file,
    CheckAppState: check_app_state,
    InvokeWorkflow: invoke_workflow,
    EvaluateRule: evaluate_rule,
    ComposeText: compose_text,
    Throw: throw,
    Rethrow: rethrow,
    Return: return_,
    Break: break_,
    Continue: continue_,
    Assign: assign,
    Once: once,
}
