"""Python, where the language does not reach: one function of the project, with typed values in and out."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

from robotfabrik.activities.api import Activity, Context, Effect, FunctionName, Inputs, describe
from robotfabrik.code import Throw
from robotfabrik.model.errors import SystemException, TimedOut
from robotfabrik.model.process import Function
from robotfabrik.model.source import Source
from robotfabrik.model.types import Type
from robotfabrik.model.values import Month, Period, Record


async def invoke_code(ctx: Context, function: FunctionName, inputs: Inputs) -> Any:
    """Call a Python function of the project and give its result. `with:` holds its arguments.

    function: FILE.py:NAME, in the folder of the definition. Its annotations are its types.
    inputs: the arguments by name, beside the activity as `with: {name: value}`.
    """
    for name, value in inputs.items():
        _must_fit(function.parameters[name], value, f"argument '{name}' of {function.shown}")
    if function.effect == "write":
        await ctx.effect_guard(function.shown)()
    try:
        result = await _in_thread(lambda: _call(function, inputs), ctx.timeout)
    except TimeoutError:
        raise TimedOut(f"{function.shown} took longer than {ctx.timeout:g} s") from None
    except Throw as thrown:
        raise ctx.throw(thrown.id, str(thrown)) from thrown
    except Exception as error:
        what = f"{type(error).__name__}: {error} ({_place(error)})"
        raise SystemException(f"{function.shown}: {what}") from error
    _must_fit(function.returns, result, f"the result of {function.shown}")
    return result


async def _in_thread(call: Callable[[], Any], seconds: float) -> Any:
    """The call's result. A thread of its own that nobody waits for: a function that hangs keeps none from
    ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if done.done():  # too late
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def run() -> None:
        result: Any = None
        failure: BaseException | None = None
        try:
            result = call()
        except StopIteration as error:  # a future does not carry it
            failure = RuntimeError(str(error)).with_traceback(error.__traceback__)
        except Exception as error:
            failure = error
        except BaseException as error:  # exit() in a function ends the function, not the robot
            failure = RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="invoke_code", daemon=True).start()
    return await asyncio.wait_for(done, seconds)


def _call(function: Function, inputs: Mapping[str, Any]) -> Any:
    code = getattr(_module(function.source), function.name)
    result = code(**inputs)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


_loading = threading.Lock()
_modules: dict[Source, ModuleType] = {}


def _module(source: Source) -> ModuleType:
    """The module of a file, made once from the text that was checked."""
    with _loading:
        if source not in _modules:
            module = ModuleType(f"robotfabrik_code_{len(_modules)}")
            module.__file__ = source.path
            sys.modules[module.__name__] = module  # where dataclasses look for their module
            exec(compile(source.text, source.path, "exec"), module.__dict__)
            _modules[source] = module
        return _modules[source]


def _place(error: BaseException) -> str:
    """The innermost line of the project's own code that the error came from."""
    own = {module.__file__ for module in _modules.values()}
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if frame.filename in own] or frames
    return f"{mine[-1].filename}:{mine[-1].lineno}" if mine else "?"


_PYTHON: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "enumeration": (str,), "number": (Decimal, int), "integer": (int,), "boolean": (bool,),
    "date": (date,), "duration": (timedelta,), "month": (Month,), "period": (Period,), "record": (Record,),
    "list": (tuple,),
}  # fmt: skip


def _must_fit(type_: Type, value: Any, what: str) -> None:
    """SystemException when a value is not of a type; nothing is converted."""
    if value is None:
        if not type_.optional:
            raise SystemException(f"{what} is none, and only {type_} is possible")
        return
    wanted = _PYTHON.get(type_.name, ())
    fits = isinstance(value, wanted)
    if (isinstance(value, bool) and type_.name != "boolean") or isinstance(value, datetime):
        fits = False
    if type_.values and value not in type_.values:
        fits = False
    if not fits:
        raise SystemException(f"{what} must be {type_}, not of Python's type {type(value).__name__}")
    if type_.name == "list" and type_.of is not None:
        for part in value:
            _must_fit(type_.of, part, f"a value in {what}")
    elif type_.name == "record":
        for name, part in value.items():
            _must_be_value(part, f"'{name}' in {what}")


def _must_be_value(value: Any, what: str) -> None:
    """A record's fields have no declared types, but only values of the language may stand in them."""
    if isinstance(value, Record):
        for name, part in value.items():
            _must_be_value(part, f"'{name}' in {what}")
    elif isinstance(value, tuple):
        for part in value:
            _must_be_value(part, f"a value in {what}")
    elif value is not None and (
        isinstance(value, datetime)
        or not isinstance(value, (str, int, bool, Decimal, date, timedelta, Month, Period))
    ):
        raise SystemException(f"{what} is of Python's type {type(value).__name__}, which is no value")


def _result(arguments: Mapping[str, Any]) -> Type:
    function = getattr(arguments["function"], "value", None)
    return function.returns if isinstance(function, Function) else Type("any")


def _effect(arguments: Mapping[str, Any]) -> Effect:
    function = getattr(arguments["function"], "value", None)
    return function.effect if isinstance(function, Function) else "read"


ACTIVITIES: tuple[Activity, ...] = (
    describe(invoke_code, "read", result_type=_result, effect_from=_effect),
)
