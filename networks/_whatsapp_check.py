"""What Meta says about a number, judged for whoever sets it up or runs it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from networks._pieces import as_object, line, objects
from networks.base import Checked

FIELDS = ("messages", "smb_message_echoes")
"""What the app has to be told of: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
The second only concerns numbers that are used in the WhatsApp Business app as well."""
ASKED = "display_phone_number,verified_name,quality_rating,webhook_configuration"
APPS = "https://developers.facebook.com/apps"


def findings(
    number: Mapping[str, Any],
    subscribed: Sequence[Mapping[str, Any]],
    fields: Sequence[str],
    app: str,
    hook: str | None,
    *,
    told: bool,
) -> list[Checked]:
    """`number` is what Meta knows of the number, `subscribed` the apps that hear of its account, `fields`
    what this app hears of. `told`: the program that runs has told Meta to call `hook`.
    """
    shown, name = line(number, "display_phone_number", 40), line(number, "verified_name", 100)
    found = [Checked(words=f"the token may use {shown or 'the number'}" + (f", “{name}”" if name else ""))]
    if line(number, "quality_rating", 20).upper() == "RED":
        words = "WhatsApp rates this number's quality as low: people blocked or reported it lately"
        found.append(Checked(words=words, note=True))
    if hook is None:
        return [*found, Checked(words="WhatsApp calls a public address only; set PUBLIC_URL", wrong=True)]
    return [*found, *_heard(subscribed, fields, app, told=told), _called(number, hook, told=told)]


def fields_of(subscriptions: Mapping[str, Any]) -> list[str]:
    """Of what the app hears: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions/"""
    for each in objects(subscriptions.get("data")):
        if each.get("object") == "whatsapp_business_account" and each.get("active") is not False:
            listed = each.get("fields")
            names = listed if isinstance(listed, list) else []
            return [str(as_object(name).get("name") or name) for name in names]
    return []


def _heard(
    subscribed: Sequence[Mapping[str, Any]], fields: Sequence[str], app: str, *, told: bool
) -> list[Checked]:
    """Whether the app is told of what comes to the account, and of the right things."""
    if not any(_is(app, each) for each in subscribed):
        if told:
            return [Checked(words="this app no longer hears of the WhatsApp account's messages", wrong=True)]
        return [Checked(words="the app will be subscribed to the WhatsApp account when Oratio starts")]
    if FIELDS[0] in fields:
        return []
    if not fields and not told:
        return [Checked(words="the app will be told to pass messages on when Oratio starts")]
    words = f"subscribe the app to the field “messages”: {APPS}/{app}/whatsapp-business/wa-settings/"
    return [Checked(words=words, wrong=True)]


def _is(app: str, each: Mapping[str, Any]) -> bool:
    return as_object(each.get("whatsapp_business_api_data")).get("id") == app


def _called(number: Mapping[str, Any], hook: str, *, told: bool) -> Checked:
    calls = as_object(number.get("webhook_configuration"))
    order = ("phone_number", "whatsapp_business_account", "application")  # the first there is, is called
    address = next((said for key in order if (said := line(calls, key, 2_000))), "")
    ours, host = urlsplit(hook).netloc, urlsplit(address).netloc
    if address == hook:
        return Checked(words=f"WhatsApp calls {ours}")
    if not told:
        return Checked(words=f"WhatsApp will be told to call {ours} when Oratio starts")
    words = f"calls {host}" if host else "calls nobody"
    return Checked(words=f"WhatsApp {words} for this number: another program changed that", wrong=True)
