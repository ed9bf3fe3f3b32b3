"""YAML as text with positions, and its slips in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source
from robotfabrik.parsing import nodes
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode
from robotfabrik.parsing.slips import looks_like_entry, looks_like_sentence


@pytest.fixture(params=["libyaml", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both readers of PyYAML."""
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    return str(request.param)


def tree(text: str) -> Node:
    problems: list[Diagnostic] = []
    node = nodes.read(Source("t.yaml", text), problems.append)
    assert node is not None, problems
    assert not problems
    return node


def scalar(text: str, *path: str) -> ScalarNode:
    node: Node | None = tree(text)
    for name in path:
        assert isinstance(node, MapNode)
        node = node.get(name)
    assert isinstance(node, ScalarNode)
    return node


def problems(text: str) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    nodes.read(Source("t.yaml", text), found.append)
    return found


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    "written",
    ["no", "0012", "1_000", "198001022386", "2022-05-01", "~", "null", "1e3", "0x1f", "10 %", "=", ".5"],
)
def test_every_scalar_is_text(written: str) -> None:
    found = scalar(f"a: {written}", "a")
    assert found.text == written
    assert not found.empty


@pytest.mark.usefixtures("loader")
def test_nothing_written_is_not_the_empty_text() -> None:
    assert scalar("a:\nb: 1", "a").empty
    assert scalar("a: # later\nb: 1", "a").empty
    assert not scalar("a: ''", "a").empty


@pytest.mark.usefixtures("loader")
def test_maps_and_lists() -> None:
    root = tree("a: 1\nb: [x, {y: z}]\nc:\n  - 2\n")
    assert isinstance(root, MapNode)
    assert root.keys() == ("a", "b", "c")
    assert root.get("d") is None
    assert root.entry("d") is None
    entry = root.entry("b")
    assert entry is not None
    assert str(entry.key.span) == "t.yaml:2:1"
    items = entry.value
    assert isinstance(items, ListNode)
    assert items.flow
    assert (items.span.column, items.span.length) == (4, 11)
    inner = items.items[1]
    assert isinstance(inner, MapNode)
    assert (inner.span.column, inner.span.length) == (8, 6)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "style", "place", "length"),
    [
        ("å: 😀 x", "plain", (1, 4), 3),
        ("å: 'x'", "single", (1, 4), 3),
        ('å: "x"', "double", (1, 4), 3),
        ("å: x\n  y", "plain", (1, 4), 1),
        ("å: |- # hej\n  x", "literal", (1, 4), 2),
        ("å: >2\n  x", "folded", (1, 4), 2),
        ("å: &name x", "plain", (1, 10), 1),
        ("å: &name # hej\n  'x'", "single", (2, 3), 3),
        ("\r\n\r\nå: x", "plain", (3, 4), 1),
    ],
)
def test_spans_of_scalars(text: str, style: str, place: tuple[int, int], length: int) -> None:
    found = scalar(text, "å")
    assert found.style == style
    assert (found.span.line, found.span.column) == place
    assert found.span.length == length


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "piece", "line", "column"),
    [
        ("å: 😀 här", "här", 1, 6),
        ("å: 'it''s här'", "här", 1, 11),
        ('å: "\\u00e5\\n\\U0001f600 här"', "här", 1, 24),
        ('å: "ett \\\n    här"', "här", 2, 5),
        ("å: ett\n  två\n\n  här", "här", 4, 3),
        ("å: |\n  ett\n\n    här\n", "här", 4, 5),
        ("å: |2\n    ett\n   här\n", "här", 3, 4),
        ("å: >-\n  ett\n  två här\n", "här", 3, 7),
        ("å: >\n\n  ett\n\n   två\n  här\n", "här", 6, 3),
        ("å: >+\r\n  ett\r\n  här\r\n\r\n", "här", 3, 3),
    ],
)
def test_positions_inside_scalars(text: str, piece: str, line: int, column: int) -> None:
    found = scalar(text, "å")
    start = found.text.index(piece)
    span = found.located.span(start, start + len(piece))
    assert (span.line, span.column, span.length) == (line, column, len(piece))


@pytest.mark.usefixtures("loader")
def test_aliases_are_the_same_node() -> None:
    root = tree("a: &x {b: c}\nd: *x")
    assert isinstance(root, MapNode)
    assert root.get("a") is root.get("d")


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (1, 1), "the file is empty"),
        ("# only a comment\n", (1, 1), "the file is empty"),
        ("a: 1\nb: 2\na: 3", (3, 1), "`a` already stands on line 1"),
        ("{a: 1, a: 2}", (1, 8), "`a` already stands on this line"),
        ("a: !x b", (1, 4), "YAML tags are not used here: `!x`"),
        ("a: !!str b", (1, 4), "YAML tags are not used here: `!!str`"),
        ("%YAML 1.1\n---\na: 1", (1, 1), "YAML directives (`%…`) are not used here"),
        ("a: 1\n---\nb: 1", (2, 1), "a second document starts here; a file holds one"),
        ("<<: x", (1, 1), "merge keys (`<<`) are not used here"),
        ("? [a]\n: b", (1, 3), "a key is a piece of text, not a list or a mapping"),
        ("a: &x [*x]", (1, 8), "`*x` stands inside `&x` itself, so it would never end"),
        ("a: *x", (1, 4), "nothing above is called `&x`"),
        ("a: &x 1\nb: &x 2", (2, 4), "the anchor `&x` is already in use"),
        ("a: \x07", (1, 4), "a control character (U+0007) stands here"),
        ("a: x\u2028y", (1, 5), "an invisible line separator (U+2028) stands here"),
        ("a: x\ufeff", (1, 5), "an invisible byte order mark (U+FEFF) stands here"),
        ("a\u030a: 1", (1, 1), "the letters of `a\u030a` are split in two (a letter and its ring or dots)"),
        ("a: b\n\tc: d", (2, 1), "a tab indents this line; YAML wants spaces"),
        ("a:\n\tb: 1", (2, 1), "a tab indents this line; YAML wants spaces"),
        ("a: {{ x }}", (1, 5), "YAML reads `{{ x }}` as a mapping"),
        ("a: [${{ x }}]", (1, 5), "inside `[…]` and `{…}` an expression must be quoted"),
        ("a: {b: ${{ x }} kr, c: d}", (1, 8), "inside `[…]` and `{…}` an expression must be quoted"),
        ("text: Förslag: bifall.", (1, 14), "a text with a colon in it must be quoted"),
        ("a: ${{ {'b': 1} }}", (1, 12), "a text with a colon in it must be quoted"),
        ("x: 1\na:b\nc: d", (2, 2), "a space is missing after the colon"),
        ("a:b\nc: d", (1, 2), "a space is missing after the colon"),
        ("a:\n  -click: x", (2, 3), "a space is missing after the dash"),
        ("a: 'b\nc: d", (1, 4), "this ' is never closed"),
        ("a: 'b\nc: 'd'\ne: f", (1, 4), "this ' is never closed"),
        ("a: 'it's'", (1, 8), "text follows the closing quotation mark"),
        ("a: @x", (1, 4), "a value cannot start with `@` in YAML"),
        ("a: %x", (1, 4), "a value cannot start with `%` in YAML"),
        ("a: `x`", (1, 4), "a value cannot start with ``` in YAML"),
        ("a: * x", (1, 4), "a value cannot start with `*` in YAML"),
        ("a: > 0", (1, 4), "after `>` the text starts on the next line"),
        ('a: "C:\\q"', (1, 7), "`\\q` means nothing inside double quotes"),
        ("a:\n  b: 1\n c: 2", (3, 2), "no line above that this one could belong to is indented by 1"),
        ("a: 1\n  b: 2", (2, 3), "`b` is indented deeper than `a`, which already has a value"),
        (
            "a: x\n  Det gäller: y",
            (2, 13),
            "the text that starts on line 1 goes on here and has a colon in it",
        ),
        ("a: b\nfoo", (2, 1), "this line is no `key: value`"),
        ("- a\nb: c", (2, 1), "the lines above are list items with a dash; this one has none"),
        ("a: b\n- c", (2, 1), "a list item stands where a `key: value` belongs"),
        ("a: - b", (1, 4), "a list starts on the line below its key"),
        ("a: [1, 2\nb: c", (1, 4), "this `[` is never closed"),
        ("a: [", (1, 4), "this `[` is never closed"),
        ("a: [x, , y]", (1, 8), "nothing stands before this comma"),
        (": x", (1, 1), "a key is missing before the colon"),
        ("a: |\n    \n  b\n", (2, 1), "line 2 holds only blanks, more than this line is indented by"),
    ],
)
def test_problems(text: str, place: tuple[int, int], message: str) -> None:
    found = problems(text)
    assert [problem.message for problem in found] == [message]
    assert (found[0].span.line, found[0].span.column) == place


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("text: Förslag: bifall.", 'write: text: "Förslag: bifall."'),
        ("- Förslag: bifall: ja", '- "Förslag: bifall: ja"'),
        ('a: [${{ x["y"] }}]', "quote it: '${{ x[\"y\"] }}'"),
        ("a: {b: ${{ x }} kr, c: d}", 'quote it: "${{ x }} kr"'),
        ("x: 1\na:b\nc: d", "write: a: b"),
        ("a: 'it's'", 'quote the whole: "it\'s"'),
        ("a: @x  # y", 'quote it: "@x"'),
        ("a: 'b\nc: d", "close it on this line: 'b'"),
    ],
)
def test_suggestions(text: str, suggestion: str) -> None:
    found = problems(text)[0].suggestion
    assert found is not None
    assert suggestion in found


@pytest.mark.usefixtures("loader")
def test_several_problems_and_still_a_tree() -> None:
    found: list[Diagnostic] = []
    root = nodes.read(Source("t.yaml", "a: 1\na: !x 2\n<<: 3\n[b]: 4\nc: *d\n"), found.append)
    assert isinstance(root, MapNode)
    assert root.keys() == ("a", "c")
    assert [problem.rule for problem in found] == ["tag", "duplicate-key", "key", "key", "alias"]


@pytest.mark.usefixtures("loader")
def test_nesting() -> None:
    assert tree("[" * 100 + "]" * 100)
    found = problems("[" * 5000)
    assert [problem.rule for problem in found] == ["nesting"]
    assert found[0].span.column == 101


@pytest.mark.usefixtures("loader")
def test_aliases_that_nest_too_deep() -> None:
    half = "[" * 60 + "]" * 60
    assert tree(f"- &a {half}\n- *a")
    found = problems(f"- &a {half}\n- {'[' * 50}*a{']' * 50}")
    assert [problem.rule for problem in found] == ["nesting"]
    assert found[0].span.line == 2


@pytest.mark.usefixtures("loader")
def test_aliases_that_explode() -> None:
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    found = problems("\n".join(lines))
    assert [problem.message for problem in found] == [
        "with its aliases the file grows to more than 100,000 values"
    ]
    assert found[0].span.line == 5


@pytest.mark.usefixtures("loader")
def test_a_byte_order_mark_at_the_start_is_no_letter() -> None:
    found = scalar("\ufeffa: x", "a")
    assert found.span.column == 4


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a: 1\nå: x".encode("cp1252"), (2, 1)),
        ("å: ö".encode() + b"\xe5", (1, 5)),
        ("a: 1".encode("utf-16"), (1, 1)),
    ],
)
def test_files_that_are_not_utf_8(tmp_path: Path, data: bytes, place: tuple[int, int]) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    found: list[Diagnostic] = []
    assert nodes.load(tmp_path / "a.yaml", found.append, "a.yaml") is None
    assert [problem.rule for problem in found] == ["encoding"]
    assert (found[0].span.line, found[0].span.column) == place
    assert found[0].span.source.path == "a.yaml"


def test_a_file_with_a_byte_order_mark_is_read_without_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffå: 1".encode())
    source = nodes.load(tmp_path / "a.yaml", lambda found: pytest.fail(found.message))
    assert source is not None
    assert source.text == "å: 1"


def first(text: str) -> Node:
    root = tree(text)
    return root.items[0] if isinstance(root, ListNode) else root


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("- Förslag: bifall.", '- "Förslag: bifall."'),
        ('- Han sa: "ja"  # citat', "- 'Han sa: \"ja\"'"),
        ("- Förslag:", '- "Förslag:"'),
        ("- Förslag: bifall\n    och mer.", '- "Förslag: bifall och mer."'),
        ("- a: 1\n  b: 2", None),
        ("- {a: b}", None),
        ("- 'a': b", None),
        ("- a: [b]", None),
    ],
)
def test_sentences_that_became_mappings(text: str, corrected: str | None) -> None:
    node = first(text)
    assert isinstance(node, MapNode)
    assert looks_like_sentence(node) == corrected


@pytest.mark.parametrize(
    ("text", "corrected"),
    [("a:b", "a: b"), ("http://x", None), ("'a:b'", None), ("10:30", None), ("a b", None)],
)
def test_text_that_should_have_been_an_entry(text: str, corrected: str | None) -> None:
    node = tree(text)
    assert isinstance(node, ScalarNode)
    assert looks_like_entry(node) == corrected
