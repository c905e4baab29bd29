"""`python -m tests.browser.pictures [a pattern that names hold]`: every surface into the folder `pictures`.

Those that the documents show are written to docs/images, too.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import expect
from rich.console import Console

from tests.browser.chromium import MOUSE, chromium
from tests.browser.pictures import IMAGES, IN_DOCUMENTS, MOST_BYTES, camera, demo, desk, drawings, widget
from tests.browser.pictures.photo import photograph
from tests.demo import ROOT
from tests.scenario.world import database_url, the_world

FOLDER = ROOT / "pictures"
FONTS = Path(__file__).parent / "fonts.conf"


async def main(wanted: str) -> None:
    expect.set_options(timeout=30_000)
    FOLDER.mkdir(exist_ok=True)
    os.environ["FONTCONFIG_FILE"] = str(FONTS)
    with tempfile.TemporaryDirectory() as place:
        await _take(wanted, Path(place))
    _hand_on(wanted)


async def _take(wanted: str, place: Path) -> None:
    async with chromium(MOUSE) as browser:
        photo = await photograph(browser)
        if re.search(wanted, "demo"):
            await demo.take(browser, photo, FOLDER / "demo.png", place / "demo")
        scenes = {name: scene for name, scene in widget.SCENES.items() if re.search(wanted, name)}
        if scenes:
            await widget.take(browser, photo, scenes, FOLDER, place / "shop")
        if re.search(wanted, "posts"):
            await drawings.show(browser, FOLDER)
        if wanted not in {"demo", "posts", "widget", *widget.SCENES}:
            async with the_world(place, database_url(place)) as world:
                shots = [shot for shot in await desk.stage(world, photo) if re.search(wanted, shot.name)]
                await camera.take(browser, world.slack.url, shots, FOLDER)


def _hand_on(wanted: str) -> None:
    """Bring the documents' pictures up to date."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, shown in IN_DOCUMENTS.items():
        surface = re.sub("-(desk|phone)$", "", name)
        if re.search(wanted, surface) and (FOLDER / f"{name}.png").exists():
            shutil.copyfile(FOLDER / f"{name}.png", IMAGES / f"{shown}.png")
    size = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    Console().print(
        f"{FOLDER.name}: {len(list(FOLDER.glob('*.png')))} pictures; docs/images: {size // 1000} kB"
    )
    if size > MOST_BYTES:
        raise SystemExit(f"The documents' pictures are to have {MOST_BYTES // 1000} kB at most.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
