"""Object repositories: screens, elements, tables, workflows and effects of one application."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from robotfabrik import expressions
from robotfabrik.model.process import (
    AUTHORITIES,
    Anchor,
    Column,
    Effect,
    Element,
    Repository,
    Screen,
    Selector,
    Table,
    Workflow,
)  # fmt: skip
from robotfabrik.model.source import Word
from robotfabrik.model.types import ANY, TEXT, Type, record_of
from robotfabrik.parsing import exceptions, selectors
from robotfabrik.parsing.code import Codebase
from robotfabrik.parsing.decisions import DecisionBuilder
from robotfabrik.parsing.names import Names
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode
from robotfabrik.parsing.reader import Fields, Reader, meant
from robotfabrik.parsing.steps import StepBuilder
from robotfabrik.parsing.targets import TargetBuilder

ROLES = [
    "alert",
    "alertdialog",
    "application",
    "article",
    "banner",
    "blockquote",
    "button",
    "caption",
    "cell",
    "checkbox",
    "code",
    "columnheader",
    "combobox",
    "complementary",
    "contentinfo",
    "definition",
    "deletion",
    "dialog",
    "directory",
    "document",
    "emphasis",
    "feed",
    "figure",
    "form",
    "generic",
    "grid",
    "gridcell",
    "group",
    "heading",
    "img",
    "insertion",
    "link",
    "list",
    "listbox",
    "listitem",
    "log",
    "main",
    "marquee",
    "math",
    "menu",
    "menubar",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "meter",
    "navigation",
    "none",
    "note",
    "option",
    "paragraph",
    "presentation",
    "progressbar",
    "radio",
    "radiogroup",
    "region",
    "row",
    "rowgroup",
    "rowheader",
    "scrollbar",
    "search",
    "searchbox",
    "separator",
    "slider",
    "spinbutton",
    "status",
    "strong",
    "subscript",
    "superscript",
    "switch",
    "tab",
    "table",
    "tablist",
    "tabpanel",
    "term",
    "textbox",
    "time",
    "timer",
    "toolbar",
    "tooltip",
    "tree",
    "treegrid",
    "treeitem",
]
"""The roles of WAI-ARIA, which screen readers and Playwright know."""

KINDS = ("role", "label", "text", "text_matches", "test_id", "css")
FOUND_BY = f"an element is found by one of {', '.join(KINDS)}"
FINDING = (*KINDS, "name", "within", "anchor", "frame", "fallbacks", "exact")
ELEMENT = (*FINDING, "parameters", "as", "optional", "private", "writes", "submits", "means")
TABLE = ("table", "rows", "columns", "next", "more", "end", "empty", "row", "optional", "protects")
ANCHOR = (*FINDING, "element", "side")
COLUMN = (*FINDING, "header", "as", "optional", "private", "always")
KEYS = (
    "objects",
    "id",
    "name",
    "login",
    "settles_within",
    "unknown",
    "notices",
    "exceptions",
    "reading",
    "texts",
    "titles",
    "screens",
    "workflows",
)


class RepositoryBuilder:
    """Builds one repository. Screens first, since workflows name their elements."""

    def __init__(self, reader: Reader, id: str, code: Codebase | None = None) -> None:
        self.reader = reader
        self.code = code or Codebase()
        self.id = id
        self._written: MapNode | None = None  # `screens:`, for anchors that name another element
        self._at: tuple[str, ...] = ()  # the screen that is built, and the elements that are being found

    def build(self, node: Node) -> Repository | None:
        """The repository of a file's tree; None when it is no repository at all."""
        fields = self.reader.mapping(node, "an object repository", KEYS, ("objects", "id", "screens"))
        if fields is None:
            return None
        self.reader.version(fields["objects"], "objects")
        titles = self._titles(fields)
        screens = self._screens(fields, titles)
        settles = self.reader.seconds(fields["settles_within"], "settles_within")
        names = Names(self.id, screens=screens, code=self.code)
        declared = exceptions.exceptions(self.reader, fields["exceptions"])
        texts = DecisionBuilder(self.reader, names, {}).texts(fields["texts"])
        steps = StepBuilder(self.reader, names)
        workflows, effects = steps.workflows(fields["workflows"], settles if settles is not None else 60.0)
        return Repository(
            id=self.id,
            span=fields.span,
            name=self.reader.text(fields["name"], "name", self.id),
            login=self._login(fields, workflows),
            settles_within=settles if settles is not None else 60.0,
            unknown=self._named_elements(fields, "unknown", names),
            screens=screens,
            workflows=workflows,
            effects=effects,
            exceptions=declared,
            reading=exceptions.reading(self.reader, fields["reading"], declared),
            texts=texts,
            notices=self._notices(fields, names),
        )

    def _titles(self, fields: Fields) -> dict[str, str]:
        screens = self.reader.map(fields["screens"], "screens")
        found = self.reader.mapping(fields["titles"], "titles", screens.keys() if screens else ())
        return {e.key.text: self.reader.text(e.value, "a title") for e in found.node.entries} if found else {}

    def _login(self, fields: Fields, workflows: dict[str, Workflow]) -> Workflow | None:
        scalar = self.reader.scalar(fields["login"], "login")
        if scalar is None:
            return None
        if scalar.text not in workflows:
            self.reader.unknown(scalar, "workflow", workflows, rule="unknown-workflow")
        return workflows.get(scalar.text)

    def _notices(self, fields: Fields, names: Names) -> tuple[Element, ...]:
        found = self._named_elements(fields, "notices", names)
        for element in found:
            if element.writes is not None:
                message = f"{element.id} writes: what closes a notice changes nothing"
                self.reader.error(fields.key("notices"), message, "write-outside-once")
        return found

    def _named_elements(self, fields: Fields, key: str, names: Names) -> tuple[Element, ...]:
        found = []
        for node in self.reader.list(fields[key], key):
            target = TargetBuilder(self.reader, names).target(node, "element")
            if target is not None and isinstance(target.element, Element):
                found.append(target.element)
        return tuple(found)

    # --- screens

    def _screens(self, fields: Fields, titles: dict[str, str]) -> dict[str, Screen]:
        found = self._written = self.reader.map(fields["screens"], "screens")
        return {e.key.text: self._screen(e.key, e.value, titles) for e in (found.entries if found else ())}

    def _screen(self, key: ScalarNode, node: Node, titles: dict[str, str]) -> Screen:
        id = f"{self.id}.{key.text}"
        self._at = (key.text,)
        elements: dict[str, Element | Table] = {}
        if (found := self.reader.map(node, f"screen {key.text}")) is not None:
            for entry in found.entries:
                name = entry.key.text
                if not name.isidentifier():
                    self.reader.error(
                        entry.key.span, f"'{name}' is no name (letters, digits and _)", "bad-name"
                    )
                elements[Word(name, entry.key.span)] = self.element(f"{id}.{name}", entry.value)
        elif isinstance(node, ScalarNode) and node.empty:
            message = f"the screen {key.text} has no elements"
            self.reader.error(key.span, message, "missing-value", "write its elements below it, or remove it")
        return Screen(id, key.span, titles.get(key.text, key.text), elements, _form(elements))

    def element(self, id: str, node: Node) -> Element | Table:
        """An element, or a table when it has columns. What is wrong has been reported; the name is known."""
        if isinstance(node, MapNode) and (node.get("table") or node.get("columns")) is not None:
            return self._table(id, node)
        reader = self.reader
        fields = self._found(node, f"element {id}", ELEMENT)
        if fields is None:
            return Element(id, node.span, Selector("css", ""), ANY)
        parameters = self._parameters(fields["parameters"])
        writes, submits, as_ = fields["writes"], fields["submits"], fields["as"]
        means = fields["means"]
        return Element(
            id=id,
            span=fields.span,
            selector=self._selector(fields, bool(parameters)),
            type=None if as_ is None else reader.type(as_, {}, "as"),
            optional=reader.boolean(fields["optional"], "optional", "optional" in fields),
            private=reader.boolean(fields["private"], "private"),
            writes=None if writes is None else reader.choice(writes, "writes", AUTHORITIES[1:], "note"),
            submits=None if submits is None else reader.choice(submits, "submits", ("read",), "read"),
            means_none=means is not None and reader.choice(means, "means", ("none",), "none") == "none",
            parameters=parameters,
        )

    def _found(self, node: Node, what: str, keys: tuple[str, ...]) -> Fields | None:
        """The keys of something that is found by one of KINDS; where nothing stands, that is told."""
        if isinstance(node, ScalarNode) and node.empty:
            self.reader.error(node.span, f"nothing says how to find {what}", "selector", FOUND_BY)
        return self.reader.mapping(node, what, keys)

    def _parameters(self, node: Node | None) -> dict[str, Type]:
        types = self.reader.types(node, {}, "parameters")
        if node is not None and any(type_.optional for type_ in types.values()):
            self.reader.error(
                node.span, "an element's parameter always has a value", "selector", "leave ? out"
            )
        return types

    def _selector(self, fields: Fields, parameters: bool) -> Selector:
        kinds: list[Any] = [kind for kind in KINDS if kind in fields]
        if len(kinds) != 1:
            how = f"only one of {', '.join(kinds)} may stand" if kinds else "nothing says how to find it"
            self.reader.error(fields.span, how, "selector", FOUND_BY)
            kinds = kinds or ["css"]
        kind = kinds[0]
        if isinstance(node := fields[kind], ScalarNode) and not node.text.strip():
            self.reader.error(node.span, f"{kind} is empty", "missing-value")
        if "name" in fields and kind != "role":
            self.reader.error(fields.key("name"), "'name:' goes with 'role:' only", "selector")
        value = self._part(fields[kind], kind, parameters)
        if kind == "role" and isinstance(value, str) and isinstance(node := fields["role"], ScalarNode):
            self.reader.choice(node, "role", ROLES, "none")
        self._understood(fields, kind, value)
        return Selector(
            kind=kind,
            value=value,
            name=self._part(fields["name"], "name", parameters) if "name" in fields else None,
            exact=self.reader.boolean(fields["exact"], "exact", True),
            within=self._inner(fields["within"], "within", parameters),
            frame=self._inner(fields["frame"], "frame", parameters),
            anchor=self._anchor(fields["anchor"]),
            fallbacks=tuple(
                found
                for item in self.reader.list(fields["fallbacks"], "fallbacks")
                if (found := self._inner(item, "a fallback", parameters)) is not None
            ),
        )

    def _understood(self, fields: Fields, kind: str, value: Any) -> None:
        """A CSS selector or pattern is one that the browser understands; a parameter stands for a word."""
        ask = {"css": selectors.css_problem, "text_matches": selectors.pattern_problem}.get(kind)
        if isinstance(value, expressions.Template):
            value = "".join(part if isinstance(part, str) else "x" for part in value.parts)
        node = fields[kind]
        if ask is None or not isinstance(value, str) or not isinstance(node, ScalarNode) or node.empty:
            return
        if (problem := ask(value)) is not None:
            at, message, hint = problem
            span = node.located.span(at) if value == node.text else node.span
            what = "no regular expression" if kind == "text_matches" else "no CSS selector"
            self.reader.error(span, f"{what}: {message}", "selector", hint or None)

    def _part(self, node: Node | None, what: str, parameters: bool) -> Any:
        """A text; with ${{ }} only where parameters are declared."""
        found = self.reader.value(node, what)
        if found is None:
            return ""
        if isinstance(found, expressions.Constant):
            return Word(str(found.value), found.span)
        if not parameters:
            self.reader.error(found.span, "an element with ${{ }} declares 'parameters:'", "selector")
            return ""
        return found

    def _inner(self, node: Node | None, what: str, parameters: bool) -> Selector | None:
        if node is None:
            return None
        fields = self._found(node, what, FINDING)
        return None if fields is None else self._selector(fields, parameters)

    def _anchor(self, node: Node | None) -> Anchor | None:
        if node is None:
            return None
        fields = self._found(node, "anchor", ANCHOR)
        if fields is None:
            return None
        named = fields["element"]
        if named is not None and any(kind in fields for kind in KINDS):
            self.reader.error(fields.key("element"), "an anchor is found by one thing", "selector")
        selector = self._selector(fields, False) if named is None else self._named(named)
        return Anchor(
            selector, self.reader.choice(fields["side"], "side", ("right", "left", "above", "below"), "left")
        )

    def _named(self, node: Node) -> Selector:
        """How another element is found: `name` of the same screen, or `screen.name`."""
        scalar = self.reader.scalar(node, "element")
        nothing = Selector("css", "")
        if scalar is None or self._written is None:
            return nothing
        screen, _, name = scalar.text.removeprefix(f"{self.id}.").rpartition(".")
        elements = self._written.get(screen or self._at[0])
        known = elements.keys() if isinstance(elements, MapNode) else ()
        found = elements.get(name) if isinstance(elements, MapNode) else None
        if not isinstance(found, MapNode):
            self.reader.unknown(scalar, "element", known or self._written.keys(), rule="unknown-element")
        elif found.get("parameters") or found.get("table") or name in self._at[1:]:
            message = "an anchor is one element, without parameters, that does not lie beside this one"
            self.reader.error(scalar.span, message, "selector")
        else:
            before, self._at = self._at, (*self._at, name)
            selector = self._selector(Fields(found, meant(found, ELEMENT)), False)
            self._at = before
            return selector
        return nothing

    # --- tables

    def _table(self, id: str, node: MapNode) -> Table:
        fields = self.reader.mapping(node, f"table {id}", TABLE, ("table", "columns")) or Fields(node)
        selector = self._inner(fields["table"], "table", False) or Selector("css", "")
        columns = self._columns(id, fields["columns"])
        protects = fields["protects"] and self.reader.choice(
            fields["protects"], "column", [column.name for column in columns], ""
        )
        more = fields["more"]
        if more is not None and fields["next"] is not None:
            message = "'next:' turns pages, 'more:' adds rows: write one"
            self.reader.error(fields.key("more"), message, "selector")
        scrolls = isinstance(more, ScalarNode)
        if scrolls:
            self.reader.choice(more, "more", ("scroll",), "scroll")
        rows_in = self._inner(fields["rows"], "rows", False)
        for column in columns if rows_in is not None else ():
            if column.selector is None and column.header:
                message = f"column '{column.name}' has a header, but 'rows:' are no rows of a table"
                self.reader.error(column.span, message, "selector", "say how its cell is found: css, label …")
        table = Table(
            id=id, span=fields.span, selector=selector, columns=columns,
            optional=self.reader.boolean(fields["optional"], "optional", "optional" in fields),
            next=self._part_element(f"{id}.next", fields["next"] if more is None or scrolls else more),
            empty=self._part_element(f"{id}.empty", fields["empty"]),
            protects=protects or None,
            rows=rows_in, scrolls=scrolls, grows=more is not None and not scrolls,
            end=self._part_element(f"{id}.end", fields["end"]),
        )  # fmt: skip
        if (rows := self.reader.map(fields["row"], "row")) is not None:
            for entry in rows.entries:
                element = self.element(f"{id}.{entry.key.text}", entry.value)
                if isinstance(element, Element):
                    table.row[Word(entry.key.text, entry.key.span)] = replace(element, table=table)
        return table

    def _part_element(self, id: str, node: Node | None) -> Element | None:
        element = None if node is None else self.element(id, node)
        return element if isinstance(element, Element) else None

    def _columns(self, id: str, node: Node | None) -> tuple[Column, ...]:
        found = self.reader.map(node, "columns")
        columns = []
        for entry in found.entries if found else ():
            name = entry.key.text
            if isinstance(entry.value, MapNode):
                fields = self.reader.mapping(entry.value, f"column {name}", COLUMN)
                assert fields is not None
                found_by = [kind for kind in KINDS if kind in fields]
                if bool(found_by) == ("header" in fields):
                    message = f"column '{name}' says both its header and how its cell is found"
                    if not found_by:
                        message = f"column '{name}' says neither its header nor how its cell is found"
                    self.reader.error(fields.span, message, "selector", "header: …, or css: … within the row")
                type_ = TEXT if fields["as"] is None else self.reader.type(fields["as"], {}, "as")
                header = self.reader.text(fields["header"], "header") if "header" in fields else ""
                columns.append(
                    Column(
                        name, header, type_,
                        self.reader.boolean(fields["optional"], "optional", "optional" in fields),
                        self.reader.boolean(fields["private"], "private"), entry.key.span,
                        self.reader.boolean(fields["always"], "always"),
                        self._selector(fields, False) if found_by else None,
                    )
                )  # fmt: skip
            else:
                header = self.reader.text(entry.value, "a column's header")
                columns.append(Column(name, header, TEXT, False, False, entry.key.span))
        return tuple(columns)


def _form(elements: dict[str, Element | Table]) -> Type:
    """A screen as a record: its elements with `as`, and all its tables."""
    fields: dict[str, Type] = {}
    for name, element in elements.items():
        if isinstance(element, Table):
            fields[name] = element.type
        elif element.type is not None and not element.parameters:
            fields[name] = element.type.or_none() if element.optional else element.type
    return record_of(fields)


__all__ = ["Effect", "RepositoryBuilder"]
