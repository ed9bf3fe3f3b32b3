"""`robotfabrik assets`: what people set is given to robots, told to people, and never shown."""

# ruff: noqa: F811

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.assets import AssetFilter
from robotfabrik.model.errors import UsageError
from robotfabrik.store import open_store
from robotfabrik.vault import keys
from robotfabrik.wiring import TestWindows
from tests.support import keyrings
from tests.support.small import BOT
from tests.unit.test_run_command import PDD, project  # noqa: F401

Command = Callable[..., tuple[int, str, str]]
VARIABLE = "ROBOTFABRIK_CREDENTIAL_ROBOT_X"
CANARIES = ("Kanariefågel-9173", "Papegoja-2846", "Strandskata-5502")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> keyrings.InMemory:
    found = keyrings.InMemory()
    keyrings.use(monkeypatch, found)
    return found


@pytest.fixture
def command(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Runs a command; `typed` is what stands on standard input."""
    monkeypatch.setattr("getpass.getuser", lambda: "eva")
    monkeypatch.setattr("robotfabrik.cli.assets_set.this_machine", lambda: "here")
    monkeypatch.delenv(VARIABLE)

    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(words)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return run


@pytest.fixture
def key(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = project.parent / "key"
    keys.put_in_file(file, keys.make())
    monkeypatch.setenv("ROBOTFABRIK_KEY_FILE", str(file))
    return file


def stored(name: str) -> list[Any]:
    with open_store(Path(".robotfabrik") / "store.db") as store:
        return list(store.find_assets(AssetFilter(name=name)))


def told(command: Command) -> list[str]:
    """What the audit says of assets: what, which, by whom."""
    found = re.findall(r"asset\.(\w+) +(\S+) +(by \w+)", command("audit", "list", "--action", "asset")[1])
    return [" ".join(parts) for parts in found]


# --- plain ones


def test_a_value_is_set_listed_shown_and_deleted(command: Command) -> None:
    assert command("assets") == (0, "no assets\n", "")
    assert command("assets", "set", "gräns", "12", "--type", "integer") == (
        0, "gräns is set: integer, test/default\n", ""
    )  # fmt: skip
    command("assets", "set", "gräns", "14", "--bot", "small", "--by", "Olle")
    long = "God dag,\n" + "hej " * 20
    command("assets", "set", "hälsning", long, "--type", "text", "--machine", "here")
    code, text, _ = command("assets")
    lines = [re.split(r"  +", line) for line in text.splitlines()]
    assert code == 0
    assert lines[0] == ["asset", "type", "environment", "for", "value", "expires", "changed", "by"]
    assert [(*line[:5], line[-1]) for line in lines[1:]] == [
        ("gräns", "integer", "test/default", "all", "12", "eva"),
        ("gräns", "integer", "test/default", "bot small", "14", "Olle"),
        ("hälsning", "text", "test/default", "machine here", f"God dag,{' hej' * 20}"[:39] + "…", "eva"),
    ]
    assert json.loads(command("assets", "--machine", "here", "--json")[1])["assets"][0]["value"] == long
    found = json.loads(command("assets", "--bot", "small", "--json")[1])["assets"]
    assert [(a["name"], a["value"], a["bot"], a["in"]) for a in found] == [("gräns", "14", "small", "store")]
    assert "value        12" in command("assets", "show", "gräns")[1]
    assert "value        14" in command("assets", "show", "gräns", "--bot", "small")[1]
    assert command("assets", "delete", "gräns")[:2] == (0, "gräns is deleted: integer, in test/default\n")
    assert [asset.value for asset in stored("gräns")] == ["14"]
    assert told(command)[1:] == ["set gräns by Olle", "set hälsning by eva", "deleted gräns by eva"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("set a", "there is no asset 'a' yet: say what it is, such as --type credential"),
        ("set a x --type integer", "'x' is no integer: expected a number, such as 1 234 or 0,5"),
        ("set a 2 --type boolean", "'2' is no boolean: expected ja or nej"),
        ("set a --type text", "which value? robotfabrik assets set a VALUE"),
        ("set there --type secret", "the asset 'there' is of type text: delete it first to make it one of"),
        ("set there x --into store", "--into goes with a credential or a secret"),
        ("set there x --user u", "--user goes with a credential"),
        ("set s hemligt --type secret", "a secret is not written on the command line, where others see it:"),
        ("set s --type secret", "secrets in the store need a key, and there is none: make a key with"),
        ("set s --type secret --into keyring", "this machine has no keyring"),
        ("set s --type secret --into keyring --machine there", "there has a keyring of its own: set the"),
        ("set a x --type text --bot smal", "there is no bot 'smal'"),
        ("set a x --type text --bot small --machine here", "an asset is set for a bot or for a machine"),
        ("set a x --type text --dataset a/b", "--dataset is a name, not a path"),
        ("set a x --type text --dataset m7", "where does it belong? Say --environment test or production"),
        ("show ther", "there is no asset 'ther'. Did you mean 'there'?"),
        ("delete there --bot small", "which 'there'? It is set with --environment test --dataset default"),
        ("rotate", "secrets in the store need a key, and there is none"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(command: Command, words: str, says: str) -> None:
    command("assets", "set", "there", "x", "--type", "text")
    code, shown, said = command("assets", *words.split(), typed="hemligt")
    assert (code, shown) == (2, "")
    assert said.startswith(f"robotfabrik: {says}")
    assert said.count("\n") == 1
    assert "hemligt" not in said.replace(words, "")
    assert [asset.value for asset in stored("there")] == ["x"]


def test_where_an_asset_belongs_is_what_the_bots_say(command: Command, project: Path) -> None:
    text = (project / "bots" / "small.yaml").read_text(encoding="utf-8")
    live = text.replace("environment: test", "environment: production").replace("id: small", "id: skarp")
    (project / "bots" / "skarp.yaml").write_text(live, encoding="utf-8")
    choice = "--environment production --dataset default; --environment test --dataset default"
    assert command("assets", "set", "a", "1", "--type", "text")[2] == (
        f"robotfabrik: where does it belong? Say {choice}\n"
    )
    assert (
        "production/default for bot skarp"
        in command("assets", "set", "a", "1", "--type", "text", "--bot", "skarp")[1]
    )
    assert "test/default" in command("assets", "set", "a", "1", "--type", "text", "--environment", "test")[1]
    command("assets", "set", "b", "1", "--type", "text", "--environment", "test", "--dataset", "m7")
    command("assets", "set", "b", "1", "--type", "text", "--environment", "test")
    choice = "with --environment test --dataset default; with --environment test --dataset m7"
    assert f"which 'b'? It is set {choice}" in command("assets", "show", "b")[2]
    command("assets", "set", "c", "1", "--type", "text", "--bot", "skarp")
    assert "skarp" in command("assets", "show", "c")[1]  # the only one
    assert "which 'c'?" in command("assets", "delete", "c")[2]
    assert command("assets", "show", "b", "--dataset", "m7")[0] == 0


# --- accounts and secrets


def test_a_pool_is_given_to_a_run_and_its_names_to_people(command: Command, key: Path) -> None:
    soon = date.today() + timedelta(days=3)
    typed = "robot-1:ett:två\nrobot-2:tre\n"
    words = ("assets", "set", "robot-x", "--type", "credential", "--expires", str(soon))
    assert command(*words, typed=typed)[:2] == (
        0, "robot-x is set: credential, in the store, test/default\n"
    )  # fmt: skip
    assert "accounts     robot-1, robot-2" in command("assets", "show", "robot-x")[1]
    command("assets", "set", "robot-x", "--user", "robot-2", typed="nytt\n")
    command("assets", "set", "robot-x", "--user", "robot-3", typed="fyra")
    shown = json.loads(command("assets", "show", "robot-x", "--json")[1])
    assert (shown["users"], shown["expires"]) == (["robot-1", "robot-2", "robot-3"], str(soon))
    found = command("doctor")[1]
    assert f"web: robot-x, 3 accounts, from the store; it expires {soon}, in 3 days" in found
    assert f"the key is from {key}" in found
    key.unlink()
    shown = json.loads(command("assets", "show", "robot-x", "--json")[1])
    assert (shown["users"], shown["unread"][:20]) == (None, "ROBOTFABRIK_KEY_FILE")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "no account in standard input: it takes user:password"),
        ("robot-1:ett\nhemligt\n", "account 2 in standard input is not of the form user:password"),
        ("robot-1:ett\nrobot-1:hemligt\n", "account 2 in standard input is listed twice"),
    ],
)
def test_wrong_accounts_are_refused(command: Command, key: Path, typed: str, says: str) -> None:
    code, _, said = command("assets", "set", "robot-x", "--type", "credential", typed=typed)
    assert (code, says in said, "hemligt" in said) == (2, True, False)
    assert stored("robot-x") == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_passwords_are_typed_unseen_and_twice(
    command: Command, key: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sit(users: list[str], hidden: list[str]) -> int:
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("builtins.input", lambda _: users.pop(0))
        monkeypatch.setattr("getpass.getpass", lambda _: hidden.pop(0))
        return main(["assets", "set", "robot-x", "--type", "credential"])

    assert sit(["a", "b", ""], ["x", "x", "y", "y"]) == 0
    capsys.readouterr()
    assert json.loads(command("assets", "show", "robot-x", "--json")[1])["users"] == ["a", "b"]
    assert sit(["a", ""], ["x", "annat"]) == 2
    assert "the two are not alike: nothing is set" in capsys.readouterr().err

    def shows(_: str) -> str:
        warnings.warn("echo", getpass_warning(), stacklevel=1)
        return "hemligt"

    monkeypatch.setattr("builtins.input", lambda _: "a")
    monkeypatch.setattr("getpass.getpass", shows)
    assert main(["assets", "set", "robot-x"]) == 2
    assert "this terminal would show what is typed" in capsys.readouterr().err


def getpass_warning() -> type[Warning]:
    import getpass

    return getpass.GetPassWarning


def test_tests_beside_a_pdd_get_it_too(command: Command, key: Path) -> None:
    command("assets", "set", "robot-x", "--type", "credential", typed="a:x")
    windows = TestWindows()
    found = windows.credential("robot-x")
    assert (found.username, found.password.reveal()) == ("a", "x")
    assert windows.credential(None).username == "robot"
    with pytest.raises(UsageError, match="the credential 'robot-y' is missing"):
        windows.credential("robot-y")


def test_an_asset_moves_between_the_store_and_the_keyring(
    command: Command, key: Path, keyring: keyrings.InMemory
) -> None:
    command("assets", "set", "robot-x", "--type", "credential", "--into", "keyring", typed="a:x")
    assert list(keyring.kept) == ["test/default/:robot-x"]
    assert "web: robot-x, 1 account, from the keyring" in command("doctor")[1]
    command("assets", "set", "robot-x", typed="a:y")  # it stays where it is
    assert stored("robot-x")[0].in_keyring
    command("assets", "set", "robot-x", "--into", "store", typed="a:z")
    assert (stored("robot-x")[0].in_keyring, keyring.kept) == (False, {})
    command("assets", "set", "robot-x", "--into", "keyring", typed="a:z")
    assert command("assets", "delete", "robot-x")[0] == 0
    assert (stored("robot-x"), keyring.kept) == ([], {})


def test_the_variable_comes_first_and_that_is_told(
    command: Command, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "a:x")
    _, text, _ = command("assets", "set", "robot-x", "--type", "credential", typed="b:y")
    assert text.endswith(f"Here {VARIABLE} is set too, and comes first.\n")
    assert f"web: robot-x, 1 account, from {VARIABLE}" in command("doctor")[1]


# --- the key


def test_a_key_is_made_and_rotated(
    command: Command,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = project.parent / "key"
    _, text, _ = command("assets", "key", "--file", str(file))
    assert f"Say ROBOTFABRIK_KEY_FILE={file} where robots run." in text
    assert file.read_text(encoding="ascii").strip() not in text
    monkeypatch.setenv("ROBOTFABRIK_KEY_FILE", str(file))
    command("assets", "set", "robot-x", "--type", "credential", typed="a:x")
    command("assets", "set", "plain", "1", "--type", "integer")
    old = stored("robot-x")[0].token
    _, text, _ = command("assets", "key")
    assert text.endswith("The older one behind it still decrypts. Now: robotfabrik assets rotate\n")
    assert "1 of 1 are encrypted with an older one: robotfabrik assets rotate" in command("doctor")[1]
    _, text, _ = command("assets", "rotate", "--by", "Olle")
    assert text.startswith(f"1 asset is encrypted with the newest key of {file}.\nThe older keys are needed")
    assert stored("robot-x")[0].token != old
    newest = file.read_text(encoding="ascii").splitlines()[0]
    file.write_text(f"{newest}\n", encoding="ascii")
    assert "accounts     a" in command("assets", "show", "robot-x")[1]
    assert told(command)[-1] == "rotated assets by Olle"


def test_without_a_place_a_key_is_printed_and_nothing_else(command: Command) -> None:
    _, text, _ = command("assets", "key")
    assert keys.find({keys.KEY_VARIABLE: text}) is not None


def test_a_key_in_the_keyring_is_found(command: Command, keyring: keyrings.InMemory) -> None:
    assert command("assets", "key", "--keyring")[1].startswith("A new key is in this machine's keyring.\n")
    command("assets", "set", "s", "--type", "secret", typed="x")
    assert stored("s")[0].token is not None
    assert "the key is from the keyring" in command("doctor")[1]


def test_the_doctor_says_what_cannot_be_used(
    command: Command, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("assets", "set", "robot-x", "--type", "credential", "--expires", "2022-01-01", typed="a:x")
    code, found, _ = command("doctor")
    assert code == 1
    assert "MISSING: web: robot-x, 1 account, from the store; it expired 2022-01-01" in found
    assert "2022-01-01 (over)" in command("assets")[1]
    monkeypatch.setenv("ROBOTFABRIK_KEY", keys.make())
    assert "MISSING: the asset 'robot-x' was encrypted with another key" in command("doctor")[1]
    monkeypatch.delenv("ROBOTFABRIK_KEY")
    monkeypatch.delenv("ROBOTFABRIK_KEY_FILE")
    assert "MISSING: secrets in the store need a key, and there is none" in command("doctor")[1]


# --- never shown


ROBOT = """\
process:
  - {get_secret: register, save_as: _token}
  - {get_credential: robot-post, save_as: _account}
  - {read_text_file: in.txt, save_as: text}
  - log_message: ${{ text }}
  - {get_asset: {asset: gräns, type: integer}, save_as: n}
  - set_asset: {asset: gräns, value: "${{ n + 1 }}"}
  - set_asset: {asset: register, value: "${{ text }}"}
"""


def test_a_secret_is_in_no_file_and_no_answer(
    command: Command,
    project: Path,
    key: Path,
) -> None:
    token, password, pooled = CANARIES
    robot = PDD[: PDD.index("process:")].replace("queue: {", "queue: {attempts: 1, ") + ROBOT
    (project / "pdd" / "small.yaml").write_text(robot, encoding="utf-8")
    (project / "bots" / "small.yaml").write_text(
        BOT + "secrets: [register]\ncredentials: [robot-post]\n", encoding="utf-8"
    )
    (project / "in.txt").write_text(f"{token} {password}", encoding="utf-8")
    said = [command("assets", "set", "register", "--type", "secret", typed=token)]
    said += [command("assets", "set", "robot-post", "--type", "credential", "--bot", "small",
                     typed=f"post:{password}\npost-2:{pooled}")]  # fmt: skip
    said += [command("assets", "set", "gräns", "1", "--type", "integer")]
    run = command("run", "small", "--date", "2022-11-01", "--limit", "1", "--json", "--verbose")
    assert run[0] == 1, run[2]
    folder = Path(json.loads(run[1])["folder"])
    log = (folder / "log.txt").read_text(encoding="utf-8")
    assert "••• •••" in log
    assert stored("gräns")[0].value == "2"
    assert [asset.value for asset in stored("register")] == [None]
    said += [run, command("assets"), command("assets", "--json"), command("assets", "show", "register"),
             command("assets", "show", "robot-post", "--bot", "small", "--json"), command("audit", "list"),
             command("doctor"), command("backup", "copy.db"), command("items", "--json")]  # fmt: skip
    shown = "".join(f"{out}{err}" for _, out, err in said)
    assert "'register' is a secret: only a person sets it" in shown
    files = [path for path in project.rglob("*") if path.is_file() and path.name != "in.txt"]
    assert {"store.db", "copy.db", "log.jsonl", "report.html"} <= {path.name for path in files}
    for canary in CANARIES:
        assert canary not in shown
        for path in files:
            assert canary.encode() not in path.read_bytes(), path
