"""Assets: values that robots share, and the accounts and secrets that people give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from robotfabrik.model.reading import parse
from robotfabrik.model.types import Type
from robotfabrik.model.work import Space

AssetType = Literal["text", "integer", "boolean", "credential", "secret"]
ASSET_TYPES: Final[tuple[AssetType, ...]] = ("text", "integer", "boolean", "credential", "secret")
SECRET_TYPES: Final = ("credential", "secret")


@dataclass(frozen=True, slots=True)
class AssetKey:
    """Which asset: its name in an environment and data set, for all, one bot or one machine."""

    space: str  # Space.case_space; a rehearsal has its own
    name: str
    scope: str = ""  # for all; bot/NAME or machine/NAME

    @property
    def environment(self) -> str:
        return self.space.split("/")[0]

    @property
    def dataset(self) -> str:
        return self.space.split("/")[1]

    @property
    def bot(self) -> str | None:
        return self.scope.removeprefix("bot/") if self.scope.startswith("bot/") else None

    @property
    def machine(self) -> str | None:
        return self.scope.removeprefix("machine/") if self.scope.startswith("machine/") else None

    @property
    def owner(self) -> str:
        """For whom, as the end of a sentence; empty for all."""
        return f" for {self.scope.replace('/', ' ', 1)}" if self.scope else ""

    def __str__(self) -> str:
        """Where it is, as one text: test/default/:a, test/default/bot/b:a."""
        return f"{self.space}{self.scope}:{self.name}"


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset as the store has it. A plain one has a value; a secret one a token, or lies in a keyring."""

    key: AssetKey
    type: AssetType
    value: str | None = None
    token: str | None = None  # encrypted: what it says is known only with the key
    expires: date | None = None
    changed_by: str = ""  # a person, or the id of a job
    changed_at: float = 0.0  # seconds since 1970

    @property
    def is_secret(self) -> bool:
        return self.type in SECRET_TYPES

    @property
    def in_keyring(self) -> bool:
        return self.is_secret and self.token is None


@dataclass(frozen=True, slots=True)
class AssetReader:
    """Who asks. What is set for its bot comes first, then for its machine, then for all."""

    bot: str = ""
    machine: str = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        named = [f"{what}/{name}" for what, name in (("bot", self.bot), ("machine", self.machine)) if name]
        return (*named, "")


ANYBODY: Final = AssetReader()


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets are asked for."""

    environment: str | None = None
    dataset: str | None = None
    bot: str | None = None
    machine: str | None = None
    name: str | None = None

    def fits(self, key: AssetKey) -> bool:
        """Rehearsals' own ones never do."""
        return key.space == f"{key.environment}/{key.dataset}/" and all(
            wanted in (None, there)
            for wanted, there in (
                (self.environment, key.environment), (self.dataset, key.dataset), (self.bot, key.bot),
                (self.machine, key.machine), (self.name, key.name),
            )
        )  # fmt: skip


def keys_for(space: Space, name: str, reader: AssetReader) -> list[AssetKey]:
    """Where a reader looks, in this order: a rehearsal first in what it has set itself."""
    live = f"{space.environment}/{space.dataset}/"
    own = [AssetKey(space.case_space, name)] if space.rehearsal else []
    return [*own, *(AssetKey(live, name, scope) for scope in reader.scopes)]


def first_of(found: Iterable[Asset], keys: list[AssetKey]) -> Asset | None:
    """Of the assets at some of the keys the one whose key comes first."""
    return min(found, key=lambda asset: keys.index(asset.key), default=None)


def check_value(type: AssetType, value: str) -> None:
    """ValueError, with what was expected, for a value that an asset of a type cannot have."""
    if type in ("integer", "boolean"):
        parse(Type(type), value)
