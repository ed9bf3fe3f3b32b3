"""What the documents say exists: commands, options, targets, paths, links, examples, decisions."""

from __future__ import annotations

import argparse
import csv
import re
import shlex
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.cli.main import COMMANDS, main, parser
from robotfabrik.model.process import Process
from robotfabrik.parsing.diagnostics import Collector, render
from robotfabrik.parsing.loader import Loader
from robotfabrik.parsing.steps import BLOCK_KEYS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "fixtures/README.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))
EVERY = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
MADE_BY_RUNS = (".robotfabrik", ".venv")
# The examples of CONTRIBUTING.md, the guides and the tutorial:
INVENTED = ("boende", "delays", "NAME", "hello", "felanmalan", "orders")

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)


# --- commands


def command_lines() -> list[str]:
    lines = [line.strip() for block in blocks(EVERY, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("robotfabrik ")]


@pytest.mark.parametrize("line", command_lines())
def test_shown_commands_can_be_called(line: str) -> None:
    parser().parse_args(shlex.split(line.partition(" > ")[0], comments=True)[1:])


def names() -> list[str]:
    return [module.__name__.rpartition(".")[2] for module in COMMANDS]


@pytest.mark.parametrize("name", names())
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"`robotfabrik {name}" in text("README.md")


def test_no_other_command_is_mentioned() -> None:
    assert set(re.findall(r"`robotfabrik ([a-z]+)", EVERY)) <= set(names())


def test_every_option_of_run_is_documented() -> None:
    run = next(a for a in parser()._actions if a.dest == "command").choices["run"]  # type: ignore[index,union-attr]
    shown = [action for action in run._actions if action.help != argparse.SUPPRESS]
    options = [o for action in shown for o in action.option_strings if o.startswith("--")]
    assert [o for o in options if o not in EVERY and o != "--help"] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", EVERY, re.MULTILINE)) <= targets


def test_environment_variables_are_documented() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = set(re.findall(r'"(ROBOTFABRIK_[A-Z_]*[A-Z])_?"', sources))
    assert {name for name in used if name not in text("docs/operating.md")} == set()


# --- paths and links


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", path.read_text(encoding="utf-8"))
    for target, anchor in links:
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor[1:] in [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings]


@each_document
def test_mentioned_paths_exist(path: Path) -> None:
    top = "|".join(p.name for p in ROOT.iterdir() if p.is_dir() and p.name not in MADE_BY_RUNS)
    for found in re.findall(rf"`((?:{top})/[\w./-]*)`", path.read_text(encoding="utf-8")):
        assert (ROOT / found).exists() or any(name in found for name in INVENTED), found


# --- the language


def test_every_activity_is_in_the_guide() -> None:
    guide = text("docs/writing-a-pdd.md")
    assert [name for name in (*CATALOGUE,) if f"`{name}`" not in guide] == []


def test_the_word_table_names_what_exists() -> None:
    guide = text("docs/writing-a-pdd.md")
    told = "If, Switch|Extract Table|Try Catch|Use Excel|For Each File"
    rows = re.findall(rf"^\| ({told}).* \| (.*) \|$", guide, re.MULTILINE)
    assert len(rows) == 5
    known = {*CATALOGUE, *BLOCK_KEYS, "catch", "else", "retry:"}
    assert [w for _, cell in rows for w in re.findall(r"`([^`]*)`", cell) if w not in known] == []


def test_the_tour_is_the_pdd() -> None:
    """Every line of the README's tour stands in the PDD, and in that order within its part."""
    (tour,) = blocks(text("README.md"), "yaml")
    yaml.safe_load(tour)
    shown = [re.sub(r"\s+# \d+$", "", line).strip() for line in tour.splitlines()]
    there = [re.sub(r"\s+# .*$", "", line).strip() for line in text("pdd/folkbokforing.yaml").splitlines()]
    assert [line for line in shown if line not in there] == []
    numbers = re.findall(r"# (\d+)$", tour, re.MULTILINE)
    explained = re.findall(r"^(\d+)\. ", text("README.md"), re.MULTILINE)
    assert numbers == explained == [str(number) for number in range(1, len(numbers) + 1)]


def test_the_example_is_right(tmp_path: Path) -> None:
    """The guide's robots and repositories pass the checker."""
    robots = []
    for block in blocks(text("docs/writing-a-pdd.md"), "yaml"):
        name = block.partition("\n")[0].removeprefix("# ")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(block, encoding="utf-8")
        robots += [tmp_path / name] * ("\npdd: 1\n" in block)
    assert {path.name for path in robots} >= {"orders.yaml", "payments.yaml"}
    collector = Collector()
    Loader(collector.report).any(tmp_path / "shop.yaml")
    for path in robots:
        Loader(collector.report).process(path)
    assert render(collector.diagnostics) == ""


# --- the robots


def robots() -> list[Process]:
    return [process for file in sorted((ROOT / "pdd").glob("*.yaml")) if (process := loaded(file))]


def loaded(file: Path) -> Process | None:
    return Loader(lambda problem: None).process(file)


@pytest.mark.parametrize("process", robots(), ids=lambda process: process.id)
def test_every_robot_is_shown_as_it_is(process: Process) -> None:
    guide, plan = text("docs/robots.md"), yaml.safe_load(text("schedule.yaml"))
    (row,) = re.findall(rf"^\| `{process.id}` \| {process.name} \| (.*?) \|", guide, re.MULTILINE)
    for trigger in (trigger for trigger in plan["triggers"] if trigger["bot"] == process.id):
        minute, hour, day = trigger.get("cron", "* * *").split()[:3]
        if "file" in trigger:
            assert "file" in row
        elif "*" in minute:
            assert "minutes" in row
        else:
            assert f"{int(hour):02}:{int(minute):02}" in row
        for which in ("first", "last"):
            assert (f"{which} working day" in row) == (f"{which}_working_day" in day)
    assert process.name in text("README.md")


def test_the_notes_of_the_municipality_are_counted() -> None:
    with (ROOT / "fixtures/default/facit.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["month"], row["status"]) == ("2022-11", "noted")]
    guide = text("docs/robots.md")
    assert f"they write {len(rows)} notes" in guide
    for robot, number in Counter(row["robot"] for row in rows).items():
        assert f"\n| `{robot}` | {number} |" in guide


OF_PROFILES = [
    ("trelleborg", "intag"), ("trelleborg", "handlaggning"), ("trelleborg", "sammanfattning"),
    ("hoor", "intag"), ("hoor", "referensram"),
]  # fmt: skip


@pytest.mark.parametrize(("town", "robot"), OF_PROFILES)
def test_the_figures_of_the_profiles_are_the_facit(town: str, robot: str) -> None:
    with (ROOT / "fixtures" / town / "facit.csv").open(encoding="utf-8", newline="") as file:
        found = Counter(row["status"] for row in csv.DictReader(file) if row["robot"] == robot)
    noted = found["noted"] + found["registered"] + found["watched"]
    checked, listed = noted + found["checked"] + found["duplicate"], found["listed"] + found["manual"]
    shown = f"`{checked} checked, {noted} noted" + (f", {listed} listed" if listed else "")
    shown += f", … {found['excluded']} excluded`" if found["excluded"] else "`"
    assert shown in text("docs/robots.md")


def test_what_the_repository_has_ready_is_there() -> None:
    known = loaded(ROOT / "pdd/folkbokforing.yaml")
    assert known is not None
    procapita = known.applications["procapita"]
    named = set(re.findall(r"`procapita\.(\w+)`", text("docs/robots.md")))
    assert named <= {*procapita.workflows, *procapita.effects}


def test_the_new_robot_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ninth robot of the guide, with what it adds to the object repository, passes check and test."""
    adds, robot = blocks(text("docs/robots.md"), "yaml")
    shared = text("pdd/objects/procapita.yaml")
    for section, more in re.findall(r"^(\w+:\n)((?:  .*\n)+)", adds, re.MULTILINE):
        shared = shared.replace(f"\n{section}", f"\n{section}{more}")
    (tmp_path / "pdd/objects").mkdir(parents=True)
    (tmp_path / "pdd/objects/procapita.yaml").write_text(shared, "utf-8")
    (tmp_path / "pdd/boende.yaml").write_text(robot, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--strict", "pdd/boende.yaml"]) == 0, capsys.readouterr().out
    assert main(["test", "--fail-under", "rules=100"]) == 0, capsys.readouterr().out


# --- decisions and pins


def test_every_decision_is_in_the_index() -> None:
    index = re.findall(r"^\| \[(\d+)\]\((.*)\) \| (.*) \|$", text("docs/adr/README.md"), re.MULTILINE)
    files = sorted(p.name for p in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [file for _, file, _ in index] == files
    for number, file, title in index:
        assert text(f"docs/adr/{file}").startswith(f"# {number}. {title}\n")


def test_pins_are_names_and_versions() -> None:
    lines = text("requirements.txt").splitlines()
    pins = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    assert {re.split(r"[\[<>=]", one)[0].lower().replace("_", "-") for one in wanted} <= pins
