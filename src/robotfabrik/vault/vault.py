"""Where an account or a secret comes from: the environment first, then what is set among the assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from robotfabrik.model.assets import Asset, AssetType
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Secret
from robotfabrik.model.work import Space
from robotfabrik.vault import kept
from robotfabrik.vault.accounts import Pool, written

CREDENTIAL_VARIABLE: Final = "ROBOTFABRIK_CREDENTIAL_"
SECRET_VARIABLE: Final = "ROBOTFABRIK_SECRET_"


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was found, for people: never what it is."""

    where: str
    accounts: int  # 0 for a secret
    expires: date | None = None


class Vault:
    """Gives a bot's accounts and secrets. `asset` gives what the store has under a name, if anything."""

    def __init__(
        self, environment: Mapping[str, str], space: Space, asset: Callable[[str], Asset | None]
    ) -> None:
        self._environment, self._space, self._asset = environment, space, asset

    def credential(self, name: str) -> Pool:
        """The accounts of a credential; UsageError when there are none, or when they cannot be read."""
        content, _ = self._found(name, "credential")
        assert not isinstance(content, Secret)
        return content

    def secret(self, name: str) -> Secret:
        """A secret; UsageError when there is none, or when it cannot be read."""
        content, _ = self._found(name, "secret")
        assert isinstance(content, Secret)
        return content

    def source(self, name: str, type: AssetType) -> Source:
        """Where a credential or a secret comes from, which is read to the end; UsageError as above."""
        return self._found(name, type)[1]

    def _found(self, name: str, type: AssetType) -> tuple[Pool | Secret, Source]:
        variable = variable_of(name, type)
        content: Pool | Secret
        if (text := self._environment.get(variable, "")).strip():
            content = Secret(text) if type == "secret" else written(text.split(";"), variable)
            where, expires = variable, None
        else:
            asset = self._kept(name, type)
            content = kept.content(asset, self._environment)
            where, expires = _place(asset), asset.expires
        if isinstance(content, Secret) != (type == "secret"):
            raise UsageError(f"{where} holds no {type} '{name}': set it again")
        return content, Source(where, 0 if isinstance(content, Secret) else len(content), expires)

    def _kept(self, name: str, type: AssetType) -> Asset:
        asset = self._asset(name)
        if asset is None:
            form = "" if type == "secret" else " to user:password (several: a:x;b:y)"
            where = f"--environment {self._space.environment} --dataset {self._space.dataset}"
            command = f"robotfabrik assets set {name} --type {type} {where}"
            raise UsageError(
                f"the {type} '{name}' is missing: set {variable_of(name, type)}{form}, or {command}"
            )
        if asset.type != type:
            raise UsageError(f"the asset '{name}' is of type {asset.type}, not {type}")
        return asset


def variable_of(name: str, type: AssetType) -> str:
    """The environment variable of a credential or a secret."""
    prefix = SECRET_VARIABLE if type == "secret" else CREDENTIAL_VARIABLE
    return prefix + name.upper().replace("-", "_")


def _place(asset: Asset) -> str:
    return f"the {'keyring' if asset.in_keyring else 'store'}{asset.key.owner}"
