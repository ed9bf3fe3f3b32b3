"""The control steps, as language.md describes them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.engine import Application, columns, only, run_steps, values


async def failure(folder: Path, steps: str, application: Application | None = None, **sections: str) -> str:
    """The reason of a run whose only item fails."""
    result = only(await run_steps(folder, steps, "", application, **sections))
    assert result.status == "failed", result
    return result.reason


# --- choices


@pytest.mark.parametrize(("n", "branch"), [(1, "ett"), (2, "två"), (3, "tre"), (9, "annat")])
async def test_if_takes_the_first_branch_that_is_true(tmp_path: Path, n: int, branch: str) -> None:
    steps = f"""
        - assign: {{n: {n}}}
        - if: n == 1
          then: [assign: {{a: "'ett'"}}]
          else_if:
            - {{if: n <= 2, then: [assign: {{a: "'två'"}}]}}
            - {{if: n <= 3, then: [assign: {{a: "'tre'"}}]}}
          else: [assign: {{a: "'annat'"}}]
        """
    assert await values(tmp_path, steps, "a") == {"a": branch}


async def test_a_condition_is_true_or_false_and_nothing_else(tmp_path: Path) -> None:
    reason = await failure(tmp_path, '- if: "[1, true][0]"\n  then: []')
    assert "a condition must be true or false" in reason


@pytest.mark.parametrize(("value", "branch"), [("a", "första"), ("b", "andra"), ("c", "övriga")])
async def test_switch(tmp_path: Path, value: str, branch: str) -> None:
    steps = f"""
        - switch: ${{{{ text('{value}') }}}}
          cases:
            a: [assign: {{x: "'första'"}}]
            b: [assign: {{x: "'andra'"}}]
          default: [assign: {{x: "'övriga'"}}]
        """
    assert await values(tmp_path, steps, "x") == {"x": branch}


@pytest.mark.parametrize(
    ("value", "case"),
    [
        ("2 + 1", "3"),
        ("1000.5", "1 000,5"),
        ("1 == 1", "ja"),
        ("1 == 2", "nej"),
        ("job.date", "2022-11-01"),
        ("month(job.date)", "2022-11"),
        ("'3'", "3"),
        ("none if 1 == 1 else 'x'", "none"),
    ],
)
async def test_a_case_is_read_as_what_the_value_is(tmp_path: Path, value: str, case: str) -> None:
    steps = f"""
        - switch: ${{{{ {value} }}}}
          cases:
            {case}: [assign: {{x: "'ja'"}}]
          default: [assign: {{x: "'nej'"}}]
        """
    assert await values(tmp_path, steps, "x") == {"x": "ja"}


async def test_switch_without_a_fitting_case_or_default_fails(tmp_path: Path) -> None:
    assert "no case fits" in await failure(tmp_path, "- {switch: \"${{ text('c') }}\", cases: {a: []}}")


async def test_what_only_another_branch_sets_is_none(tmp_path: Path) -> None:
    steps = """
        - if: 1 == 2
          then: [assign: {a: 1}]
        - switch: ${{ text('x') }}
          cases: {y: [assign: {b: 1}]}
          default: []
        - check_app_state: app.case.flag
          appears: [assign: {c: 1}]
          vanishes: []
        - try: [assign: {e: 1}]
          catch: {system: [assign: {d: 1}]}
        - assign: {all_none: a is none and b is none and c is none and d is none and e == 1}
        """
    assert await values(tmp_path, steps, "all_none") == {"all_none": True}


async def test_what_was_set_before_a_branch_stays(tmp_path: Path) -> None:
    steps = """
        - assign: {a: 1}
        - if: 1 == 2
          then: [assign: {a: 2}]
        """
    assert await values(tmp_path, steps, "a") == {"a": 1}


async def test_a_skipped_step_sets_its_result_to_none(tmp_path: Path) -> None:
    application = Application(shown={"app.case.amount": "100"})
    steps = """
        - {get_text: app.case.amount, save_as: a}
        - {get_text: app.case.amount, save_as: a, when: 1 == 2}
        - {assign: {b: 1}, when: 1 == 2}
        - {sequence: [assign: {c: 1}], when: 1 == 2}
        - assign: {none_: a is none and b is none and c is none}
        """
    assert await values(tmp_path, steps, "none_", application) == {"none_": True}


# --- loops

NUMBERS = "['a', 'b', 'c', 'd']"


async def test_for_each_with_where_index_and_collect(tmp_path: Path) -> None:
    steps = f"""
        - for_each: "{NUMBERS}"
          as: x
          index: n
          where: x != 'b'
          steps: [assign: {{y: "x + text(n)"}}]
          collect: {{ys: y, ns: n}}
        """
    found = await values(tmp_path, steps, "ys ns")
    assert found == {"ys": ("a0", "c2", "d3"), "ns": (0, 2, 3)}


async def test_collect_keeps_none(tmp_path: Path) -> None:
    steps = """
        - {for_each: "[1, 2]", as: x, steps: [], collect: {xs: none if x == 1 else x}}
        """
    assert await values(tmp_path, steps, "xs") == {"xs": (None, 2)}


async def test_break_and_continue(tmp_path: Path) -> None:
    steps = f"""
        - for_each: "{NUMBERS}"
          as: x
          steps:
            - {{when: x == 'a', continue: }}
            - {{when: x == 'd', break: }}
          collect: {{xs: x}}
        """
    assert await values(tmp_path, steps, "xs") == {"xs": ("b", "c")}


async def test_break_leaves_only_the_inner_loop(tmp_path: Path) -> None:
    steps = """
        - for_each: "[1, 2]"
          as: x
          steps:
            - {for_each: "[1, 2]", as: y, steps: [{when: y == 2, break: }], collect: {ys: y}}
          collect: {found: len(ys)}
        """
    assert await values(tmp_path, steps, "found") == {"found": (1, 1)}


async def test_several_loop_variables(tmp_path: Path) -> None:
    steps = """
        - for_each: "pairs([1, 2], [3, 4])"
          as: [a, b]
          steps: []
          collect: {sums: a + b}
        """
    assert await values(tmp_path, steps, "sums") == {"sums": (4, 5, 5, 6)}


async def test_loop_variables_live_one_turn(tmp_path: Path) -> None:
    steps = """
        - assign: {x: "'yttre'", total: 0}
        - for_each: "[1, 2]"
          as: x
          steps:
            - assign: {inner: x, total: total + x}
        """
    assert await values(tmp_path, steps, "x total") == {"x": "yttre", "total": 3}


async def test_for_each_stops_before_it_has_too_many_turns(tmp_path: Path) -> None:
    steps = """
        - {for_each: "[1, 2, 3]", as: x, max_iterations: 2, steps: [log_message: hej]}
        """
    assert "3 turns, at most 2" in await failure(tmp_path, steps)


async def test_while(tmp_path: Path) -> None:
    steps = """
        - assign: {n: 0}
        - {while: n < 3, max_iterations: 3, steps: [assign: {n: n + 1}]}
        """
    assert await values(tmp_path, steps, "n") == {"n": 3}


async def test_while_that_never_begins(tmp_path: Path) -> None:
    steps = """
        - assign: {n: 9}
        - {while: n < 3, max_iterations: 3, steps: [assign: {n: n + 1}]}
        """
    assert await values(tmp_path, steps, "n") == {"n": 9}


@pytest.mark.parametrize("loop", [
    "{while: true, max_iterations: 3, steps: [assign: {n: n + 1}]}",
    "{do_while: {max_iterations: 3, condition: true, steps: [assign: {n: n + 1}]}}",
])  # fmt: skip
async def test_a_loop_without_an_end_is_ended(tmp_path: Path, loop: str) -> None:
    reason = await failure(tmp_path, f"- assign: {{n: 0}}\n- {loop}")
    assert "still true after 3 turns" in reason


async def test_do_while_asks_after_the_turn_about_the_turn(tmp_path: Path) -> None:
    steps = """
        - assign: {n: 0}
        - do_while:
            max_iterations: 5
            condition: last < 2
            steps:
              - assign: {n: n + 1, last: n}
        """
    assert await values(tmp_path, steps, "n") == {"n": 2}


async def test_break_and_continue_in_do_while(tmp_path: Path) -> None:
    steps = """
        - assign: {n: 0}
        - do_while:
            max_iterations: 9
            condition: true
            steps:
              - assign: {n: n + 1}
              - {when: n < 3, continue: }
              - break:
        """
    assert await values(tmp_path, steps, "n") == {"n": 3}


# --- leaving


async def test_return_ends_the_process_with_its_reason(tmp_path: Path) -> None:
    outcome = await run_steps(tmp_path, "- return: Ingen avvikelse\n- throw: BE1", "result.outcome")
    result = only(outcome)
    assert (result.status, result.reason) == ("successful", "Ingen avvikelse")


async def test_assign_works_in_order(tmp_path: Path) -> None:
    steps = "- assign: {a: 1, b: a + 1, a2: b * b}"
    assert await values(tmp_path, steps, "a b a2") == {"a": 1, "b": 2, "a2": 4}


# --- try


TRY = """
    - assign: {trace: "''"}
    - try: [THROW]
      catch:
        BE1: [assign: {trace: "trace + 'id '"}]
        business: [assign: {trace: "trace + 'business '"}]
        system: [assign: {trace: "trace + 'system '"}]
      finally: [assign: {trace: "trace + 'finally'"}]
    """


@pytest.mark.parametrize(("step", "trace"), [
    ("throw: BE1", "id finally"),
    ("throw: BE6", "business finally"),
    ("throw: SE4", "system finally"),
    ("get_text: app.case.amount", "system finally"),
    ("assign: {x: 1 / 0}", "system finally"),
    ("log_message: hej", "finally"),
])  # fmt: skip
async def test_catch_by_id_before_kind_and_finally_always(tmp_path: Path, step: str, trace: str) -> None:
    assert await values(tmp_path, TRY.replace("THROW", step), "trace") == {"trace": trace}


async def test_an_exception_that_nobody_catches_goes_on_after_finally(tmp_path: Path) -> None:
    steps = """
        - try: [throw: BE1]
          catch: {system: []}
          finally: [assign: {cleaned: true}]
        """
    result = only(await run_steps(tmp_path, steps, "cleaned"))
    assert (result.status, result.exception, result.columns) == ("business", "BE1", {"cleaned": True})


async def test_rethrow_keeps_the_exception(tmp_path: Path) -> None:
    steps = """
        - try: [throw: BE6]
          catch:
            BE6:
              - {try: [throw: SE4], catch: {system: [assign: {inner: error.id}]}}
              - assign: {outer: error.id}
              - rethrow:
        """
    result = only(await run_steps(tmp_path, steps, "inner outer"))
    assert (result.status, result.exception) == ("business", "BE6")
    assert result.columns == {"inner": "SE4", "outer": "BE6"}


async def test_an_exception_keeps_its_type_through_workflows(tmp_path: Path) -> None:
    steps = """
        - try: [invoke_workflow: outer]
          catch: {BE6: [assign: {id: error.id}]}
        """
    workflows = """
        inner: {steps: [throw: BE6]}
        outer: {steps: [invoke_workflow: inner]}
        """
    assert await values(tmp_path, steps, "id", workflows=workflows) == {"id": "BE6"}


async def test_signals_pass_through_try(tmp_path: Path) -> None:
    steps = """
        - for_each: "[1, 2]"
          as: x
          steps:
            - try: [break: ]
              catch: {system: [], business: []}
              finally: [log_message: "städat"]
          collect: {xs: x}
        """
    assert await values(tmp_path, steps, "xs") == {"xs": ()}


async def test_no_try_catches_doubt(tmp_path: Path) -> None:
    steps = """
        - try: [{check_true: {condition: 1 == 2, otherwise: held}}]
          catch: {business: [], system: []}
          finally: [throw: BE1]
        """
    assert only(await run_steps(tmp_path, steps)).status == "held"


# --- time


async def test_timeout_scope_bounds_what_waits_inside_it(tmp_path: Path) -> None:
    steps = """
        - timeout_scope: 50ms
          steps:
            - delay: 1h
        """
    assert "not done within 0.05 s" in await failure(tmp_path, steps)


async def test_timeout_scope_ends_a_loop_and_finally_still_runs(tmp_path: Path) -> None:
    steps = """
        - assign: {n: 0}
        - try:
            - timeout_scope: 50ms
              steps:
                - try:
                    - while: true
                      max_iterations: 1000000
                      steps: [delay: 10ms, assign: {n: n + 1}]
                  finally: [assign: {cleaned: true}]
          catch: {system: [assign: {caught: true}]}
        """
    assert await values(tmp_path, steps, "cleaned caught") == {"cleaned": True, "caught": True}


async def test_the_scope_ends_with_its_steps(tmp_path: Path) -> None:
    steps = """
        - {timeout_scope: 50ms, steps: [log_message: hej]}
        - delay: 60ms
        - assign: {done: true}
        """
    assert await values(tmp_path, steps, "done") == {"done": True}


# --- screens


async def test_check_app_state_takes_a_branch(tmp_path: Path) -> None:
    steps = """
        - check_app_state: app.case.flag
          appears: [assign: {a: "'där'"}]
          vanishes: [assign: {a: "'borta'"}]
        """
    assert await values(tmp_path, steps, "a", Application(shown={"app.case.flag": "x"})) == {"a": "där"}
    assert await values(tmp_path, steps, "a") == {"a": "borta"}


async def test_check_app_state_waits_for_the_going_alone(tmp_path: Path) -> None:
    steps = """
        - assign: {a: "'kvar'"}
        - check_app_state: app.case.flag
          vanishes: [assign: {a: "'borta'"}]
        """
    assert await values(tmp_path, steps, "a") == {"a": "borta"}
    shown = Application(shown={"app.case.flag": "x"})
    assert await values(tmp_path, steps, "a", shown) == {"a": "kvar"}


async def test_check_app_state_without_branches_fails(tmp_path: Path) -> None:
    assert "app.case.flag did not appear" in await failure(tmp_path, "- check_app_state: app.case.flag")


# --- workflows, rules, texts


async def test_workflows_are_isolated(tmp_path: Path) -> None:
    steps = """
        - assign: {a: 1, b: 2}
        - invoke_workflow: w
          with: {x: "${{ b }}"}
          save_as: {ut: y, inte: z}
        """
    workflows = """
        w:
          inputs: {x: number, extra: text?}
          outputs: {y: number, z: text?}
          steps:
            - assign: {a: 99, y: x + 1}
            - {when: extra is not none, throw: BE1}
            - return:
            - assign: {z: "'aldrig'"}
        """
    found = await values(tmp_path, steps, "a ut inte", workflows=workflows)
    assert found == {"a": 1, "ut": 3, "inte": None}


async def test_rules_and_texts(tmp_path: Path) -> None:
    steps = """
        - assign: {belopp: 1200}
        - {evaluate_business_rule: BR1, save_as: {nivå: nivå}}
        - {compose_text: brev, with: {nivå: "${{ nivå }}", belopp: "${{ belopp }}"}, save_as: brev}
        - assign: {text: brev.text, rubrik: brev.rubrik}
        """
    rules = """
        BR1:
          name: Nivå
          hit_policy: first
          inputs: {belopp: number}
          outputs: {nivå: text}
          table: |
            | belopp || nivå |
            | > 1000 || hög  |
            | -      || låg  |
        """
    texts = """
        brev:
          inputs: {nivå: text, belopp: number}
          rubrik: Kontroll
          text:
            - - "Nivån är ${{ nivå }}."
              - {when: belopp > 1000, text: "Beloppet är ${{ belopp | kr }}."}
            - - {when: belopp < 0, text: Stycket försvinner.}
            - - Slut.
        """
    outcome = await run_steps(tmp_path, steps, "text rubrik", rules=rules, texts=texts)
    assert columns(outcome) == {
        "text": "Nivån är hög. Beloppet är 1 200 kr.\n\nSlut.",
        "rubrik": "Kontroll",
    }
    assert only(outcome).rules == ("BR1.1",)


async def test_all_that_several_rows_say_is_a_list_of_records(tmp_path: Path) -> None:
    steps = """
        - {evaluate_business_rule: BR1, with: {belopp: 1200}, save_as: rader}
        - {evaluate_business_rule: BR1, with: {belopp: 1}, save_as: inga}
        - assign: {alla: "[r.kod + r.vem for r in rader]", antal: len(inga)}
        """
    rules = """
        BR1:
          name: Koder
          hit_policy: collect
          inputs: {belopp: number}
          outputs: {kod: text, vem: text}
          table: |
            | belopp || kod | vem |
            | > 1000 || A   | x   |
            | > 100  || B   | y   |
        """
    outcome = await run_steps(tmp_path, steps, "alla antal", rules=rules)
    assert columns(outcome) == {"alla": ["Ax", "By"], "antal": 0}


async def test_a_workflow_takes_a_whole_record(tmp_path: Path) -> None:
    steps = """
        - assign: {rad: "record(number='A1', amount=5, more='x')"}
        - {invoke_workflow: w, with: {listed: "${{ rad }}"}, save_as: {ut: shown}}
        """
    workflows = """
        w:
          inputs: {listed: {number: text, amount: integer}}
          outputs: {shown: text}
          steps:
            - assign: {shown: "listed.number + ' ' + text(listed.amount)"}
        """
    assert await values(tmp_path, steps, "ut", workflows=workflows) == {"ut": "A1 5"}


async def test_a_number_stays_a_number(tmp_path: Path) -> None:
    steps = """
        - assign: {a: 10 / 4}
        """
    assert await values(tmp_path, steps, "a") == {"a": Decimal("2.5")}
