"""Pictures of every surface: `make pictures` makes them all; the documents show a few."""

from __future__ import annotations

from pathlib import Path

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
IN_DOCUMENTS = {
    "demo": "demo",
    "channel-desk": "channel",
    "thread-phone": "thread",
    "fate-phone": "failed",
    "refusals-phone": "kept",
    "modal-conversation-phone": "menu",
    "home-desk": "home",
}
"""Which pictures the documents show, and their names there."""
MOST_BYTES = 1_500_000
"""What the documents' pictures may have together."""
