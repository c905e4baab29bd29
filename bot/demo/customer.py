"""The shop's one registered customer. The shop's server vouches for her, as docs/operators.md shows."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

MIA: Mapping[str, Any] = {
    "user_id": "1041",
    "name": "Mia Krüger",
    "email": "mia@example.com",
    "attributes": {"Last order": "4711, Moss table lamp"},
}


def vouched(customer: Mapping[str, Any], secret: str) -> str:
    """What the page passes to `identify`, as JSON, signed with the account's `identify_secret`."""
    fields = {key: value for key, value in customer.items() if key != "attributes"}
    fields |= {f"attributes.{key}": value for key, value in customer["attributes"].items()}
    text = "\n".join(f"{key}={fields[key]}" for key in sorted(fields))
    return json.dumps({**customer, "hash": hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()})
