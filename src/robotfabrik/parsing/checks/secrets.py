"""A secret goes from the credential to the step that types it unseen, and nowhere else."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from robotfabrik.activities.api import Parameter
from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.expressions import Environment, named_in
from robotfabrik.model.process import Call, Evaluable, InvokeWorkflow, Once, Step
from robotfabrik.model.types import Type
from robotfabrik.model.values import Credential, Secret
from robotfabrik.parsing.checks.check import Check
from robotfabrik.parsing.checks.parts import values
from robotfabrik.parsing.checks.place import Place, Report

CHECK = Check("secret", "error", "A secret is used elsewhere than in a step that types it unseen.")
SECRET = ("secret", "credential")


def check(step: Step, types: Mapping[str, Type], place: Place, report: Report) -> None:
    """Every value of a step, but those that the step keeps unseen."""
    if any(type_.name in SECRET for type_ in types.values()):
        kept = {id(value) for value in _unseen(step)}
        check_values((value for value in values(step) if id(value) not in kept), types, report)


def check_values(found: Iterable[Evaluable], types: Mapping[str, Type], report: Report) -> None:
    """Values that are shown, kept or computed with."""
    for value in found:
        for span, type_ in named_in(value, Environment(types, lambda _: None)):
            if type_.name in SECRET:
                message = f"a {type_.name} is used here, where it may be seen or kept"
                report(CHECK.at(span, message, "only type_secure_text and the like take a secret"))


def _unseen(step: Step) -> Iterator[Evaluable]:
    """The values that take a secret."""
    inputs: Mapping[str, Evaluable] = {}
    wanted: Mapping[str, Type] = {}
    match step:
        case Call():
            parameters = CATALOGUE[step.activity].parameters
            yield from (a for name, a in step.arguments.items() if takes_secret(parameters[name]))
        case InvokeWorkflow():
            inputs, wanted = step.inputs, step.workflow.inputs
        case Once(inline=False):
            inputs, wanted = step.inputs, step.effect.inputs
    yield from (value for name, value in inputs.items() if name in wanted and wanted[name].name in SECRET)


def takes_secret(parameter: Parameter) -> bool:
    """By its annotation."""
    return parameter.tag == "secret" or _names_secret(parameter.annotation)


def _names_secret(annotation: Any) -> bool:
    return annotation in (Secret, Credential) or any(map(_names_secret, typing.get_args(annotation)))
