"""What the customer took a picture of."""

from __future__ import annotations

from playwright.async_api import Browser

LAMP = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" width="640" height="400">
<defs><radialGradient id="glow" cx=".5" cy=".42" r=".62">
<stop offset="0" stop-color="#ffe7a8"/><stop offset=".45" stop-color="#b98a4c"/>
<stop offset="1" stop-color="#3c342f"/></radialGradient></defs>
<rect width="640" height="400" fill="url(#glow)"/>
<rect y="318" width="640" height="82" fill="#5b3f29"/><rect y="318" width="640" height="5" fill="#7d5a3c"/>
<rect x="62" y="226" width="22" height="92" fill="#8c3f34"/>
<rect x="86" y="212" width="30" height="106" fill="#31596b"/>
<rect x="118" y="234" width="18" height="84" fill="#c9a24f"/>
<rect x="138" y="220" width="26" height="98" fill="#4d6b47"/>
<path d="M306 186h28v122h-28z" fill="#8a6239"/><path d="M262 304h116v14H262z" fill="#6b4a2b"/>
<path d="M236 190l36-108h96l36 108z" fill="#fff1c9"/>
<path d="M236 190l36-108h96l36 108z" fill="#2f6f4f" opacity=".55"/>
<path d="M230 190h180" stroke="#1f4d37" stroke-width="5"/>
<path d="M378 311c60 4 96-8 132-2s58 9 130 4" fill="none" stroke="#231a14" stroke-width="5"/>
<path d="M470 300h44v18h-44z" fill="#efe9dc"/></svg>"""


async def photograph(browser: Browser) -> bytes:
    """The lamp in its corner, as PNG."""
    page = await browser.new_page(viewport={"width": 640, "height": 400})
    await page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{LAMP}")
    taken = await page.screenshot()
    await page.close()
    return taken
