"""Every character of a scalar stands where `locate` says, in every style that YAML can write."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.source import Source
from robotfabrik.parsing import nodes
from robotfabrik.parsing.diagnostics import render
from robotfabrik.parsing.nodes import ListNode, MapNode, Node, ScalarNode

ALPHABET = "aåé😀字b:#-'\"\\|>&*!%@`{}[], \t\n?~0\u00a0\u0301"
texts = st.text(st.sampled_from(ALPHABET), max_size=40)
many_texts = st.lists(texts, min_size=1, max_size=4)
styles = st.sampled_from([None, "'", '"', "|", ">"])
escape = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")


def parse(text: str) -> Node:
    """The tree of `text`, which holds no error."""
    problems: list[Diagnostic] = []
    node = nodes.read(Source("t.yaml", text), problems.append)
    assert node is not None, problems
    assert not problems
    return node


def assert_located(scalar: ScalarNode, raw: str) -> None:
    """Each character of `scalar` points at itself, its escape, or the line end it came from."""
    lines = re.split(r"\r\n|\r|\n", raw)
    places = [scalar.located.locate(offset) for offset in range(len(scalar.text) + 1)]
    assert places == sorted(places)
    assert len(set(places[:-1])) == len(scalar.text)
    for char, (line, column) in zip(scalar.text, places, strict=False):
        there = lines[line - 1][column - 1 :]
        if scalar.style == "double" and there.startswith("\\"):
            found = escape.match(there)
            assert found is not None
            assert yaml.safe_load(f'"{found[0]}"') == char
        elif char in " \n" and (scalar.style != "literal" or char == "\n"):
            assert there[:1] == (" " if there else "")
        else:
            assert there[:1] == char


def scalars(node: Node) -> list[ScalarNode]:
    """Every scalar of a tree, keys too."""
    if isinstance(node, ScalarNode):
        return [node]
    if isinstance(node, ListNode):
        return [scalar for item in node.items for scalar in scalars(item)]
    return [scalar for entry in node.entries for scalar in (entry.key, *scalars(entry.value))]


@given(many_texts, styles, st.integers(10, 60), st.booleans(), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=500, deadline=None)
@example([" a\nb c d e f g h i j k l m"], ">", 10, True, "\n")
@example(["\n\n a\n\n b\nc\n\nd e f g h i j k\n\n\n"], ">", 10, True, "\r\n")
@example(["  \n a"], "|", 10, True, "\n")
def test_every_character_points_at_itself(
    wanted: list[str], style: str | None, width: int, unicode: bool, line_end: str
) -> None:
    data = {"x": [*wanted, {"y": wanted}], "z": wanted[0]}
    raw = yaml.safe_dump(data, default_style=style, width=width, allow_unicode=unicode, line_break=line_end)
    if yaml.safe_load(raw) != data:
        return  # PyYAML's emitter has known bugs with blanks at line starts
    tree = parse(raw)
    assert isinstance(tree, MapNode)
    found = tree.get("z")
    assert isinstance(found, ScalarNode)
    assert found.text == wanted[0]
    for scalar in scalars(tree):
        assert_located(scalar, raw)


blocks = st.lists(st.sampled_from(["", " ", "   ", "a", "å b", "  c", "\td", "e ", "#f"]), max_size=7)


@given(blocks, st.sampled_from("|>"), st.sampled_from(["", "-", "+", "2", "2-", "+2"]), st.integers(0, 2))
@settings(max_examples=500, deadline=None)
def test_blocks_written_by_hand(lines: list[str], kind: str, header: str, after: int) -> None:
    body = "".join(f"  {line}\n" for line in lines)
    raw = f"k: {kind}{header} # note\n{body}" + ["", "# end\n", "m: long enough\n"][after]
    try:
        expected = yaml.load(raw, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return
    tree = parse(raw)
    assert isinstance(tree, MapNode)
    found = tree.get("k")
    assert isinstance(found, ScalarNode)
    assert found.text == expected["k"]
    assert_located(found, raw)


flows = st.lists(st.sampled_from(["a", "å😀", "b ", "''", " ", "\n", "\n  ", " \n \n   ", "c"]), max_size=9)


@given(flows, st.sampled_from(["plain", "'", '"']))
@settings(max_examples=500, deadline=None)
def test_flow_scalars_written_by_hand(pieces: list[str], quote: str) -> None:
    body = "".join(pieces)
    if quote == "plain":
        raw = f"k: &name a{body}\n"
    elif quote == "'":
        raw = f"k: '{body}'\n"
    else:
        raw = 'k: "' + body.replace("''", "\\u00e5\\\n   \\n") + '"\n'
    try:
        expected = yaml.load(raw, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return
    tree = parse(raw)
    assert isinstance(tree, MapNode)
    found = tree.get("k")
    assert isinstance(found, ScalarNode)
    assert found.text == expected["k"]
    assert_located(found, raw)


fragments = st.sampled_from([
    *ALPHABET, "\r\n", "\n  ", "\n - ", "a: ", "b:", "- ", "${{ x }}", "&x ", "*x ", "!t ", "'", '"',
    "\\u00", "|\n", ">-\n", "# c\n", "---\n", "...\n", "? ", "<<: ", "\t", "%YAML 1.1\n",
])  # fmt: skip


@given(st.lists(fragments, max_size=30).map("".join) | st.text(max_size=30))
@settings(max_examples=1500, deadline=None)
@pytest.mark.parametrize("loader", ["libyaml", "pure"])
def test_nothing_makes_a_traceback(loader: str, text: str) -> None:
    problems: list[Diagnostic] = []
    with pytest.MonkeyPatch.context() as patch:
        if loader == "pure":
            patch.delattr(yaml, "CSafeLoader", raising=False)
        node = nodes.read(Source("t.yaml", text), problems.append)
    assert node is not None or problems
    lines = re.split(r"\r\n|\r|\n", text)
    for problem in problems:
        assert 1 <= problem.span.line <= len(lines)
        assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1
    assert bool(render(problems)) == bool(problems)
