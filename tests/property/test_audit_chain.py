"""Whatever is done to one row of the audit's chain is found, and the row or its place is named."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robotfabrik.model.audit import AuditRow, Entry, Head
from robotfabrik.store.chain import NOTHING, broken, hash_of, link, seal, sealed

texts = st.text(max_size=8)
details = st.dictionaries(texts, st.none() | st.integers() | texts | st.lists(texts, max_size=2), max_size=2)
entries = st.builds(Entry, texts, texts, texts, detail=details)
times = st.floats(0, 2e9)
COLUMNS = [field.name for field in fields(AuditRow)]
few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ODD: list[Any] = [None, "", "x", 0, -1, 2**63, 1.5, float("nan"), b"\xff", "\udcff"]


@st.composite
def chains(draw: st.DrawFn) -> list[AuditRow]:
    rows: list[AuditRow] = []
    head = NOTHING
    for entry, at in draw(st.lists(st.tuples(entries, times), min_size=1, max_size=6)):
        content = draw(st.none() | st.just("ab" * 32))
        rows.append(link(entry, at, head, content))
        head = Head(rows[-1].seq, rows[-1].hash)
    return rows


def named(rows: list[AuditRow]) -> set[int]:
    return {finding.seq for finding in broken(rows)}


@few
@given(chains())
def test_an_untouched_chain_is_sound(rows: list[AuditRow]) -> None:
    assert named(rows) == set()


@few
@given(chains(), st.data())
def test_a_changed_column_names_its_row(rows: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from([name for name in COLUMNS if name != "seq"]))
    old = getattr(rows[at], column)
    new = data.draw(st.sampled_from(ODD) | texts)
    if new == old and type(new) is type(old):
        return
    rows[at] = replace(rows[at], **{column: new})
    assert at + 1 in named(rows)


@few
@given(chains(), st.data())
def test_a_changed_letter_names_its_row(rows: list[AuditRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    columns = [c for c in COLUMNS if isinstance(value := getattr(rows[at], c), str) and value]
    column = data.draw(st.sampled_from(columns))
    text = getattr(rows[at], column)
    letter = data.draw(st.integers(0, len(text) - 1))
    changed = text[:letter] + chr(ord(text[letter]) ^ 1) + text[letter + 1 :]
    rows[at] = replace(rows[at], **{column: changed})
    assert at + 1 in named(rows)


@few
@given(chains(), st.data())
def test_a_row_that_is_gone_moved_or_put_in_is_found(rows: list[AuditRow], data: st.DataObject) -> None:
    head = Head(rows[-1].seq, rows[-1].hash)
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = list(rows)
    match data.draw(st.sampled_from(["gone", "swapped", "numbers swapped", "twice", "put in"])):
        case "gone":
            del changed[at]
        case "swapped" if len(rows) > 1:
            other = (at + 1) % len(rows)
            changed[at], changed[other] = changed[other], changed[at]
        case "numbers swapped" if len(rows) > 1:  # what a database shows when two rows have changed places
            other = (at + 1) % len(rows)
            changed[at] = replace(rows[other], seq=rows[at].seq)
            changed[other] = replace(rows[at], seq=rows[other].seq)
        case "twice":
            changed.insert(at, rows[at])
        case _:
            new = link(Entry("forged", "", ""), 0.0, Head(rows[at].seq - 1, rows[at].previous), None)
            changed.insert(at, new)
    assert named(changed) or Head(changed[-1].seq, changed[-1].hash) != head


@few
@given(chains(), st.data())
def test_a_row_written_anew_is_found_by_the_next_or_by_the_head(
    rows: list[AuditRow], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    forged = replace(rows[at], by=rows[at].by + "x", hash="")
    forged = replace(forged, hash=hash_of(forged))
    changed = [*rows[:at], forged, *rows[at + 1 :]]
    if at + 1 < len(rows):
        assert at + 2 in named(changed)
    else:
        assert changed[-1].hash != rows[-1].hash


@few
@given(details, texts)
def test_content_is_bound_by_a_key_of_its_own(content: dict[str, Any], other: str) -> None:
    text, key, hash = sealed(content)
    assert seal(text, key) == hash
    assert sealed(content)[1:] != (key, hash)
    assert seal(text + "x", key) != hash
    assert other == key or seal(text, other) != hash
