"""Assets, credentials and queues: what robots share."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from robotfabrik.model.assets import Asset, AssetFilter, AssetKey
from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader
from tests.support.engine import (
    GRANTS,
    Application,
    QuickStore,
    Watch,
    add,
    columns,
    define,
    new_job,
    only,
    perform,
    run_steps,
    stored,
)


async def test_an_asset_comes_back_as_it_was(tmp_path: Path) -> None:
    steps = """
        - set_asset: {asset: belopp, value: "${{ 12.5 }}"}
        - set_asset: {asset: dag, value: "${{ job.date }}"}
        - set_asset: {asset: på, value: "${{ true }}"}
        - {get_asset: {asset: belopp, type: number}, save_as: belopp}
        - {get_asset: {asset: dag, type: date}, save_as: dag}
        - {get_asset: {asset: på, type: boolean}, save_as: på}
        - assign: {a: belopp * 2, b: dag.year, c: "not på"}
        """
    assert columns(await run_steps(tmp_path, steps, "a b c")) == {"a": Decimal(25), "b": 2022, "c": False}


@pytest.mark.parametrize(("type_", "status"), [("text", "business"), ("date", "failed")])
async def test_what_is_not_set_is_missing_and_what_does_not_fit_unreadable(
    tmp_path: Path, type_: str, status: str
) -> None:
    name = "finns_inte" if type_ == "text" else "a"
    steps = f"""
        - set_asset: {{asset: a, value: abc}}
        - {{get_asset: {{asset: {name}, type: {type_}}}, if_missing: BE6, save_as: x}}
        """
    result = only(await run_steps(tmp_path, steps, queue="{item: {n: text}, reference: [item.n]}",
                                  dispatch="- add_queue_item: {n: x}"))  # fmt: skip
    assert result.status == status


NUMBERED = "{item: {number: text}, reference: [item.number], attempts: 1}"


async def test_an_item_is_given_back_and_taken_again(tmp_path: Path) -> None:
    steps = """
        - {get_asset: {asset: n, type: integer}, save_as: n}
        - set_asset: {asset: n, value: "${{ n + 1 }}"}
        - {when: n < 3, postpone: {delay: 0s, at_most: 2}}
        """
    first = "- set_asset: {asset: n, value: '1'}"
    process = define(tmp_path, steps, show="n", queue=NUMBERED, dispatch=first)
    store, watch = QuickStore(), Watch()
    add(store, process, "1")
    result = only(await perform(process, Application(), store, watch=watch))
    assert (result.status, result.columns) == ("successful", {"n": 3})
    assert stored(store, process)["1"].attempts == 1  # being given back is none
    assert ("info", "item 1: given back for 0 s") in watch.logs


async def test_an_item_is_not_given_back_for_ever(tmp_path: Path) -> None:
    process = define(tmp_path, "- postpone: 0s", queue=NUMBERED)
    store = QuickStore()
    add(store, process, "1")
    result = only(await perform(process, Application(), store))
    assert result.status == "failed"
    assert "it was postponed 3 times already" in result.reason


async def test_a_rehearsal_reads_the_assets_and_changes_only_its_own(tmp_path: Path) -> None:
    steps = """
        - {get_asset: a, save_as: before}
        - set_asset: {asset: a, value: ny}
        - {get_asset: a, save_as: after}
        """
    process = define(tmp_path, steps, show="before after")
    store = QuickStore()
    live = new_job(process)
    store.set_asset(live.space, "a", "gammal", live.id)
    outcome = await perform(process, Application(), store, job=new_job(process, rehearsal=True))
    assert columns(outcome) == {"before": "gammal", "after": "ny"}
    assert store.find_assets(AssetFilter(name="a"))[0].value == "gammal"


async def test_a_credential_is_given_only_when_the_bot_lists_it(tmp_path: Path) -> None:
    steps = """
        - {get_credential: robot-x, save_as: account}
        - assign: {user: account.username}
        - log_message: lösenordet är hemligt-x
        """
    watch = Watch()
    process = define(tmp_path, steps, show="user")
    assert columns(await perform(process, Application(), watch=watch, grants=GRANTS)) == {"user": "robot-x"}
    assert "hemligt-x" not in repr(watch.logs)
    assert "does not list the credential 'robot-x'" in only(await perform(process, Application())).reason


async def test_a_secret_is_given_only_when_the_bot_lists_it(tmp_path: Path) -> None:
    steps = """
        - {get_secret: register-x, save_as: token}
        - invoke_workflow: enter
          with: {token: "${{ token }}"}
        - log_message: nyckeln är nyckel-x-4711
        """
    enter = """
        enter:
          inputs: {token: secret}
          steps: [type_secure_text: {target: app.login.password, text: "${{ token }}"}]
        """
    watch = Watch()
    process = define(tmp_path, steps, workflows=enter)
    assert only(await perform(process, Application(), watch=watch, grants=GRANTS)).status == "successful"
    assert "nyckel-x-4711" not in repr(watch.logs)
    assert "does not list the secret 'register-x'" in only(await perform(process, Application())).reason


def test_a_secret_is_used_where_nobody_sees_it(tmp_path: Path) -> None:
    for step, says in (
        ('log_message: "${{ s }}"', "a secret is never shown"),
        ("assign: {t: s}", "a secret is used here, where it may be seen or kept"),
    ):
        with pytest.raises(AssertionError, match=says):
            define(tmp_path, f"- {{get_secret: x, save_as: s}}\n- {step}")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("set_asset: {asset: n, value: två}", "'n' takes values of type integer: expected a number"),
        ("set_asset: {asset: s, value: nytt}", "'s' is a secret: only a person sets it"),
        ("get_asset: s", "'s' is a secret: write get_secret"),
        ("get_asset: c", "'c' is a credential: write get_credential"),
    ],
)
async def test_what_people_have_set_keeps_its_type(tmp_path: Path, step: str, says: str) -> None:
    process = define(tmp_path, f"- {step}")
    store, space = QuickStore(), new_job(process).space.case_space
    store.keep_asset(Asset(AssetKey(space, "n"), "integer", "1"))
    store.keep_asset(Asset(AssetKey(space, "s"), "secret", token="t"))
    store.keep_asset(Asset(AssetKey(space, "c"), "credential", token="t"))
    assert says in only(await perform(process, Application(), store)).reason


async def test_a_robot_gets_what_is_set_for_its_bot(tmp_path: Path) -> None:
    process = define(tmp_path, "- {get_asset: a, save_as: x}\n- set_asset: {asset: a, value: ny}", show="x")
    store, job = QuickStore(), new_job(process)
    for scope in ("", f"bot/{job.bot}"):
        store.keep_asset(Asset(AssetKey(job.space.case_space, "a", scope), "text", scope or "alla"))
    assert columns(await perform(process, Application(), store, job=job)) == {"x": f"bot/{job.bot}"}
    assert [asset.value for asset in store.find_assets(AssetFilter())] == ["alla", "ny"]


@pytest.mark.parametrize(("what", "gets"), [("credential", "a.username != ''"), ("secret", "true")])
def test_the_bot_is_held_against_the_steps(tmp_path: Path, what: str, gets: str) -> None:
    define(tmp_path, f"- {{get_{what}: robot-x, save_as: a}}\n- check_true: {gets}")
    bot = "bot: 1\nid: b\npdd: test.yaml\napplications: {app: {url: http://a, credential: c}}\n"
    for listed, expected in (
        ("", f"write {what}s: [robot-x]"),
        (f"{what}s: [robot-y]", "Did you mean 'robot-x'?"),
        (f"{what}s: [robot-x]", ""),
    ):
        (tmp_path / "b.yaml").write_text(bot + listed, encoding="utf-8")
        found = Collector()
        Loader(found.report).bot(tmp_path / "b.yaml")
        shown = render([one for one in found.diagnostics if one.severity == "error"])
        assert expected in shown
        assert bool(shown) == bool(expected)


QUEUE = "{item: {number: text, amount: money?}, reference: [item.number]}"


async def test_a_table_is_added_row_by_row_and_counted(tmp_path: Path) -> None:
    dispatch = """
        - build_data_table: {columns: {number: text}, rows: [[A], [B], [A]]}
          save_as: rows
        - {bulk_add_queue_items: rows, save_as: n}
        - check_true: n.added == 2 and n.pending == 1 and n.done == 0
        """
    steps = """
        - set_transaction_progress: "läser ${{ item.number }}"
        - {get_queue_items: {status: in_progress}, save_as: mine}
        - assign: {says: "[i.progress for i in mine]"}
        """
    process = define(tmp_path, steps, dispatch=dispatch, queue=QUEUE, show="says")
    store = QuickStore()
    outcome = await perform(process, Application(), store)
    assert (outcome.status, list(stored(store, process))) == ("successful", ["A", "B"])
    assert [item.columns["says"] for item in outcome.items] == [["läser A"], ["läser B"]]


@pytest.mark.parametrize(
    ("columns_", "expected"),
    [
        ("number: text, amont: money", "the item has no field 'amont'"),
        ("number: date", "field 'number' of the item must be text, not date"),
        ("amount: money", "the item needs its field 'number' (text)"),
    ],
)
def test_the_columns_are_held_against_the_queue(tmp_path: Path, columns_: str, expected: str) -> None:
    dispatch = f"""
        - build_data_table: {{columns: {{{columns_}}}}}
          save_as: rows
        - bulk_add_queue_items: rows
        """
    with pytest.raises(AssertionError) as raised:
        define(tmp_path, "- log_message: hej", dispatch=dispatch, queue=QUEUE)
    assert expected in str(raised.value)


async def test_another_robots_queue_is_read_with_what_its_report_says(tmp_path: Path) -> None:
    process = define(
        tmp_path, "- {when: item.amount is none, throw: BE1}", queue=QUEUE,
        dispatch="- {add_queue_item: {number: A, amount: \"${{ 5 }}\"}}\n- {add_queue_item: {number: B}}",
        exceptions="{BE1: {kind: business, name: Skyddad, details: none}}",
        report="{columns: {Ärende: item.number, Belopp: item.amount * 100, Klar: item.amount > 1}}",
    )  # fmt: skip
    store = QuickStore()
    await perform(process, Application(), store)
    steps = """
        - get_queue_items:
            process: test
            columns:
              case: {header: Ärende, as: text?}
              amount: {header: Belopp, as: money?}
              done: {header: Klar, as: boolean?}
          save_as: rows
        - assign: {says: "[[r.status, r.case, r.amount, r.done, r.day == job.date] for r in rows]"}
        """
    reader = replace(define(tmp_path, steps, show="says"), id="reader")
    assert columns(await perform(reader, Application(), store))["says"] == [
        ["successful", "A", Decimal(500), True, True], ["business", None, None, None, True],
    ]  # fmt: skip


def test_a_column_of_the_queue_has_a_name_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="'status' is a field of every item"):
        define(tmp_path, "- {get_queue_items: {columns: {status: text}}, save_as: x}")
