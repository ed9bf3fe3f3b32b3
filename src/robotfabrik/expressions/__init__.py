"""The expression language: parsed and checked when loaded, compiled at first use."""

from robotfabrik.expressions.annotations import parse_type
from robotfabrik.expressions.catalogue import (
    CATALOGUE,
    FILTERS,
    FUNCTIONS,
    Function,
    Parameter,
    catalogue_help,
)
from robotfabrik.expressions.check import Environment
from robotfabrik.expressions.expression import Constant, Expression, Template, Value
from robotfabrik.expressions.kinds import element_type, join_types
from robotfabrik.expressions.template import parse_expression, parse_value
from robotfabrik.expressions.text import to_text

__all__ = [
    "CATALOGUE",
    "FILTERS",
    "FUNCTIONS",
    "Constant",
    "Environment",
    "Expression",
    "Function",
    "Parameter",
    "Template",
    "Value",
    "catalogue_help",
    "element_type",
    "join_types",
    "parse_expression",
    "parse_type",
    "parse_value",
    "to_text",
]
