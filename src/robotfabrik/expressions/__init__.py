"""The expression language: parsed and checked when loaded, compiled at first use."""

from robotfabrik.expressions.annotations import UnknownType, parse_type
from robotfabrik.expressions.catalogue import (
    CATALOGUE,
    FILTERS,
    FUNCTIONS,
    Function,
    Parameter,
    catalogue_help,
)
from robotfabrik.expressions.check import UNDEFINED, Environment
from robotfabrik.expressions.expression import (
    Bound,
    Constant,
    Expression,
    Template,
    Value,
    check_condition,
    fields_of,
    named_in,
    names_of,
    rendered,
    static_type,
    texts_of,
    truth_of,
)
from robotfabrik.expressions.kinds import element_type, join_types
from robotfabrik.expressions.over import Cells, Over, Rows
from robotfabrik.expressions.template import parse_expression, parse_value
from robotfabrik.expressions.text import to_text

__all__ = [
    "CATALOGUE",
    "FILTERS",
    "FUNCTIONS",
    "UNDEFINED",
    "Bound",
    "Cells",
    "Constant",
    "Environment",
    "Expression",
    "Function",
    "Over",
    "Parameter",
    "Rows",
    "Template",
    "UnknownType",
    "Value",
    "catalogue_help",
    "check_condition",
    "element_type",
    "fields_of",
    "join_types",
    "named_in",
    "names_of",
    "parse_expression",
    "parse_type",
    "parse_value",
    "rendered",
    "static_type",
    "texts_of",
    "to_text",
    "truth_of",
]
