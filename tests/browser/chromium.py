"""The browser that the browser tests drive."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
MOUSE = (
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"
)
"""A machine without a display has no mouse either; pages then show themselves as on a tablet."""

PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 667},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",  # so that a measured place is its last one
}


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """One started browser; `more` are further flags."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *more])
        yield launched
        await launched.close()
