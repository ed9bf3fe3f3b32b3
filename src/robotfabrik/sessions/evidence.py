"""stub"""
from __future__ import annotations
from collections.abc import Collection
from typing import Any
async def evidence(page: Any, chrome: Collection[str]) -> bytes | None: return None
async def page_outline(page: Any, chrome: Collection[str]) -> str: return ""
