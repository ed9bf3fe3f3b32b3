"""Where accounts and secrets come from, the keys, and what is said when something is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotfabrik.model.assets import Asset, AssetKey, AssetType
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Credential, Secret
from robotfabrik.model.work import Space
from robotfabrik.vault import Vault, kept, keys, sealing
from robotfabrik.vault.accounts import Pool, packed, unpacked, with_account
from robotfabrik.vault.keys import FILE_VARIABLE, KEY_VARIABLE, Keys
from tests.support import keyrings

SPACE = Space("test", "default", "p")
VARIABLE = "ROBOTFABRIK_CREDENTIAL_ROBOT_X"
ACCOUNT = Credential("a", Secret("hemligt"))


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> keyrings.InMemory:
    found = keyrings.InMemory()
    keyrings.use(monkeypatch, found)
    return found


def asset(type: AssetType = "credential", name: str = "robot-x", scope: str = "") -> Asset:
    return Asset(AssetKey(SPACE.case_space, name, scope), type, expires=date(2023, 1, 31))


def vault(environment: Mapping[str, str], *assets: Asset) -> Vault:
    return Vault(environment, SPACE, {one.key.name: one for one in assets}.get)


def shown(content: Pool | Secret) -> object:
    if isinstance(content, Secret):
        return content.reveal()
    return [(account.username, account.password.reveal()) for account in content]


# --- the environment


def test_a_pool_of_accounts() -> None:
    assert shown(vault({VARIABLE: " a:x ; b:y:z ;"}).credential("robot-x")) == [("a", "x"), ("b", "y:z")]
    for text, said in (
        (" ; ", f"no account in {VARIABLE}"),
        ("a:x;hemligt", "account 2 in .* is not of the form"),
        ("a:x;A:hemligt", "account 2 in .* is listed twice"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            vault({VARIABLE: text}).credential("robot-x")
        assert "hemligt" not in str(caught.value)


def test_a_secret_is_the_whole_variable() -> None:
    assert vault({"ROBOTFABRIK_SECRET_REGISTER": "a:b;c "}).secret("register").reveal() == "a:b;c "


def test_the_environment_comes_first_and_needs_no_key() -> None:
    there = replace(asset(), token="not even a token")
    assert vault({VARIABLE: "a:x"}, there).source("robot-x", "credential").where == VARIABLE


@pytest.mark.parametrize("type_", ["credential", "secret"])
def test_what_is_missing_is_told_with_what_to_do(type_: AssetType) -> None:
    with pytest.raises(UsageError) as caught:
        vault({}).source("robot-x", type_)
    variable = {"credential": f"{VARIABLE} to user:password (several: a:x;b:y)"}
    assert str(caught.value) == (
        f"the {type_} 'robot-x' is missing: set {variable.get(type_, 'ROBOTFABRIK_SECRET_ROBOT_X')}, or"
        f" robotfabrik assets set robot-x --type {type_} --environment test --dataset default"
    )


def test_another_type_is_told() -> None:
    with pytest.raises(UsageError, match="'robot-x' is of type text, not credential"):
        vault({}, replace(asset("text"), value="a:x")).credential("robot-x")


# --- the store


def test_what_the_store_holds_is_given_with_its_source() -> None:
    environment = {KEY_VARIABLE: keys.make()}
    accounts = (ACCOUNT, Credential("b", Secret("y")))
    held = kept.with_content(asset(scope="bot/b"), accounts, environment, keyring=False)
    found = vault(environment, held)
    assert shown(found.credential("robot-x")) == [("a", "hemligt"), ("b", "y")]
    source = found.source("robot-x", "credential")
    assert (source.where, source.accounts, source.expires) == ("the store for bot b", 2, date(2023, 1, 31))
    with pytest.raises(UsageError, match="secrets in the store need a key, and there is none: make a key"):
        vault({}, held).credential("robot-x")
    with pytest.raises(UsageError, match="was encrypted with another key than ROBOTFABRIK_KEY holds"):
        vault({KEY_VARIABLE: keys.make()}, held).credential("robot-x")


def test_a_token_tells_nothing_and_fits_one_asset_only() -> None:
    found = Keys((keys.make(),), "the test")
    mine, other = asset(), asset(name="robot-y")
    tokens = {sealing.sealed(found, mine.key, (ACCOUNT,)) for _ in range(2)}
    assert len(tokens) == 2
    assert not any("hemligt" in token for token in tokens)
    with pytest.raises(UsageError, match="'robot-y' was made for another one: set it again"):
        sealing.opened(found, replace(other, token=tokens.pop()))
    with pytest.raises(UsageError, match="another key"):
        sealing.opened(found, replace(mine, token="gAAAA"))


def test_an_older_key_still_decrypts_and_the_newest_encrypts() -> None:
    old, new = keys.make(), keys.make()
    both = Keys((new, old), "the test")
    before = replace(asset(), token=sealing.sealed(Keys((old,), ""), asset().key, (ACCOUNT,)))
    after = replace(before, token=sealing.again(both, before))
    assert shown(sealing.opened(both, before)) == shown(sealing.opened(Keys((new,), ""), after))
    assert (sealing.is_newest(both, before), sealing.is_newest(both, after)) == (False, True)


# --- the keyring


def test_what_the_keyring_holds_is_given(keyring: keyrings.InMemory) -> None:
    held = kept.with_content(asset("secret"), Secret("nyckel"), {}, keyring=True)
    assert (held.token, list(keyring.kept)) == (None, ["test/default/:robot-x"])
    assert vault({}, held).secret("robot-x").reveal() == "nyckel"
    assert vault({}, held).source("robot-x", "secret").where == "the keyring"
    keyring.kept["test/default/:robot-x"] = "{"
    with pytest.raises(UsageError, match="cannot be read: set it again"):
        vault({}, held).secret("robot-x")
    keyring.kept.clear()
    with pytest.raises(UsageError, match="this machine's does not have it: set it here too"):
        vault({}, held).secret("robot-x")


def test_a_keyring_that_fails_or_is_not_there_is_told(
    keyring: keyrings.InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.locked = True
    with pytest.raises(UsageError, match="failed: RuntimeError; is it unlocked") as caught:
        kept.with_content(asset("secret"), Secret("nyckel"), {}, keyring=True)
    assert "nyckel" not in str(caught.value)
    assert caught.value.__suppress_context__
    keyrings.use(monkeypatch)
    with pytest.raises(UsageError, match="this machine has no keyring"):
        vault({}, asset("secret")).secret("robot-x")


# --- the keys


def test_the_key_is_the_variables_then_the_files_then_the_keyrings(tmp_path: Path) -> None:
    assert keys.find({}) is None
    assert keys.put_in_keyring(keys.make()) == 0
    assert keys.put_in_keyring(newest := keys.make()) == 1
    found = keys.find({})
    assert found is not None
    assert (found.texts[0], len(found.texts), found.source) == (newest, 2, "the keyring")

    file = tmp_path / "key"
    assert keys.put_in_file(file, keys.make()) == 0
    assert keys.put_in_file(file, newest := keys.make()) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    environment = {FILE_VARIABLE: str(file)}
    found = keys.find(environment)
    assert found is not None
    assert (found.texts[0], len(found.texts), found.source) == (newest, 2, str(file))
    assert newest not in repr(found)

    several = f"{keys.make()}, {keys.make()}"
    found = keys.find({**environment, KEY_VARIABLE: several})
    assert found is not None
    assert (len(found.texts), found.source) == (2, KEY_VARIABLE)


def test_a_key_that_is_wrong_missing_or_open_to_others_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ROBOTFABRIK_KEY holds what is no key: make a key with") as caught:
        keys.find({KEY_VARIABLE: "hemligt"})
    assert "hemligt" not in str(caught.value)
    file = tmp_path / "key"
    with pytest.raises(UsageError, match=r"ROBOTFABRIK_KEY_FILE: .*key: No such file"):
        keys.find({FILE_VARIABLE: str(file)})
    file.write_text(keys.make(), encoding="ascii")
    file.chmod(0o640)
    with pytest.raises(UsageError, match=f"others may read the key in {file}: chmod 600 {file}"):
        keys.find({FILE_VARIABLE: str(file)})
    with pytest.raises(UsageError, match="others may read"):
        keys.put_in_file(file, keys.make())


def test_a_key_is_not_lost_when_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    keys.put_in_file(file, keys.make())
    before = file.read_text(encoding="ascii")

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        keys.put_in_file(file, keys.make())
    assert file.read_text(encoding="ascii") == before
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


# --- accounts as text

_TEXT = st.text(min_size=1)


@given(st.one_of(_TEXT, st.lists(st.tuples(_TEXT, _TEXT), min_size=1)))
def test_what_is_packed_comes_back(content: str | list[tuple[str, str]]) -> None:
    accounts = () if isinstance(content, str) else tuple(Credential(u, Secret(p)) for u, p in content)
    assert shown(unpacked(packed(Secret(content) if isinstance(content, str) else accounts))) == content


def test_one_account_of_a_pool_is_changed_or_added() -> None:
    pool = (ACCOUNT, Credential("b", Secret("y")))
    assert shown(with_account(pool, Credential("A", Secret("nytt")))) == [("A", "nytt"), ("b", "y")]
    assert shown(with_account(pool, Credential("c", Secret("z"))))[2:] == [("c", "z")]  # type: ignore[index]
