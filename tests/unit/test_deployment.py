"""Releases and their differences; when two names are one person."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotfabrik.deployment.difference import difference
from robotfabrik.deployment.steps import check_decider
from robotfabrik.model.deployment import Decision, Release, canonical, content_hash
from robotfabrik.model.errors import UsageError
from tests.support.engine import define

texts = st.text(alphabet="ab \n", max_size=12)
files = st.dictionaries(st.sampled_from(["pdd/a.yaml", "bots/b.yaml"]), texts, max_size=2)


def names(old: str, new: str) -> list[str]:
    """The lines of the difference of one file."""
    return difference(Release({"f": old}), Release({"f": new}), ("a", "b"))[2:]


@given(files, files)
def test_equal_contents_have_one_hash_and_no_difference(one: dict[str, str], other: dict[str, str]) -> None:
    equal = one == other
    assert (content_hash(one) == content_hash(other)) is equal
    assert (difference(Release(one), Release(other)) == []) is equal


def test_what_the_command_line_changes_is_a_part_of_the_release() -> None:
    release = Release({"f": "x"}, {"--set a": "1 → 2"})
    assert release.hash != Release({"f": "x"}).hash
    assert difference(Release({"f": "x"}), release) == ["--set a: 1 → 2"]


def test_a_mark_of_order_and_line_ends_do_not_count() -> None:
    assert canonical("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"
    assert canonical("a") != canonical("a\n")


def test_changed_words_are_marked() -> None:
    assert names("a\nfärre än två barn\nb\n", "a\nfler än två vuxna\nb\n") == [
        "@@ -1,3 +1,3 @@ f:2",
        " a",
        "-[-färre-] än två [-barn-]",
        "+{+fler+} än två {+vuxna+}",
        " b",
    ]


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a\n", "a\nb\n", ["@@ -1 +1,2 @@ f:2", " a", "+b"]),
        ("a\nb\n", "a\n", ["@@ -1,2 +1 @@ f:1", " a", "-b"]),
        ("a\n", "a", ["@@ -1 +1,2 @@ f:2", " a", "+\\ No newline at end of file"]),
        ("hej på dig\n", "något helt annat\n", ["@@ -1 +1 @@ f:1", "-hej på dig", "+något helt annat"]),
        ("", "a\n", ["@@ -0,0 +1 @@ f:1", "+a"]),
    ],
)
def test_lines(old: str, new: str, shown: list[str]) -> None:
    assert names(old, new) == shown


def test_a_file_that_comes_or_goes() -> None:
    assert difference(Release({"a": "x\n"}), Release({"b": "y\n"}), ("old", "new")) == [
        "--- a  old", "+++ a  new, not there", "@@ -1 +0,0 @@ a:1", "-x",
        "--- b  old, not there", "+++ b  new", "@@ -0,0 +1 @@ b:1", "+y",
    ]  # fmt: skip


def test_a_long_difference_is_cut() -> None:
    shown = difference(Release({"f": ""}), Release({"f": "x\n" * 10}), limit=5)
    assert (len(shown), shown[-1]) == (6, "… 8 more lines")


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Per Ström", True), ("PER STRÖM", True), ("Ström, Per", True), ("per.ström", True),
        ("Per Stro\u0308m", True), ("Per Strom", False), ("Per Ström Ek", False),
    ],
)  # fmt: skip
def test_one_person_however_the_name_is_written(tmp_path: object, name: str, same: bool) -> None:
    process = define(tmp_path, "- log_message: hej")  # type: ignore[arg-type]
    made = Decision("b", "utveckling", "Per Ström", "r", date(2022, 11, 1), "n", "", "hash")
    takes = Decision("b", "driftsatt", name, "r", date(2022, 11, 1), "n", "", "hash")
    if same:
        with pytest.raises(UsageError, match="somebody else"):
            check_decider(takes, [made], process)
    else:
        check_decider(takes, [made], process)
