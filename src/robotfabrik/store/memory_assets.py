"""The assets of the store in memory: the same contract as in a database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from threading import RLock

from robotfabrik.model.assets import (
    ANYBODY,
    Asset,
    AssetFilter,
    AssetKey,
    AssetReader,
    first_of,
    keys_for,
)
from robotfabrik.model.audit import Entry
from robotfabrik.model.work import Space
from robotfabrik.store.assets import Again, changed, missing, told
from robotfabrik.store.items import plain


class AssetsInMemory:
    """What SqlStore offers of assets. MemoryStore holds them."""

    _all: RLock
    _clock: Callable[[], float]
    _assets: dict[AssetKey, Asset]
    audit: Callable[[Entry], int]

    def asset(self, space: Space, name: str, reader: AssetReader = ANYBODY) -> Asset | None:
        with self._all:
            keys = keys_for(space, name, reader)
            return first_of((self._assets[key] for key in keys if key in self._assets), keys)

    def set_asset(
        self, space: Space, name: str, value: str, job_id: str, reader: AssetReader = ANYBODY
    ) -> None:
        with self._all:
            self._write(changed(self.asset(space, name, reader), space, name, plain(value), job_id))

    def find_assets(self, wanted: AssetFilter) -> Sequence[Asset]:
        with self._all:
            fitting = [asset for key, asset in self._assets.items() if wanted.fits(key)]
            return sorted(fitting, key=lambda asset: (asset.key.name, asset.key.space, asset.key.scope))

    def keep_asset(self, asset: Asset) -> None:
        with self._all:
            self._write(asset)
            self.audit(told("set", asset))

    def delete_asset(self, key: AssetKey, by: str) -> None:
        with self._all:
            if (gone := self._assets.pop(key, None)) is None:
                raise missing(key)
            self.audit(told("deleted", replace(gone, changed_by=by)))

    def rotate_assets(self, again: Again, by: str) -> int:
        with self._all:
            new = {
                key: replace(asset, token=again(asset))
                for key, asset in self._assets.items()
                if asset.token is not None
            }
            self._assets.update(new)
            self.audit(Entry("asset.rotated", "assets", by, detail={"assets": len(new)}))
            return len(new)

    def expiring_assets(self, before: date) -> Sequence[tuple[AssetKey, date]]:
        with self._all:
            days = [(a.key, a.expires) for a in self._assets.values() if a.expires and a.expires < before]
            return sorted(days, key=lambda one: (one[1], one[0].name))

    def _write(self, asset: Asset) -> None:
        self._assets[asset.key] = replace(asset, changed_at=self._clock())
