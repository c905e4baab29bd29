"""What WhatsApp's errors mean, in a refused call or in a report that comes later.

Codes: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from networks._graph import Refusals
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    ProviderFault,
    Rejected,
    Throttled,
    WindowClosed,
)
from networks.events import Cause

GONE = "100/33"
"""What is asked for isn't there, or isn't the token's to see."""
ONE_PERSON = "131056"
FOR_ONE = 6.0
"""Seconds: to one person, one message in six seconds on average, once a burst of 45 is used up.
https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput"""
WINDOW = "it is more than 24 hours since they last wrote; WhatsApp takes approved templates only"
_TEMPLATE = "a template at WhatsApp Manager"

REFUSALS: Refusals = {
    (0, None): (AccountBroken, "{title} no longer accepts this account's token; make a new one at Meta"),
    (100, None): (Rejected, "{title} doesn't understand this message"),
    (100, 33): (AccountBroken, "Meta doesn't let this token use the number; check phone_number_id and token"),
    (2200, None): (
        Rejected,
        "Meta got no right answer from PUBLIC_URL; it must be reachable from everywhere",
    ),
    # Pace, and faults of WhatsApp's own
    (130429, None): (Throttled, "{title} asks for a pause: this number sends too much at once"),
    (131048, None): (Throttled, "{title} holds this number's messages back: many were reported as spam"),
    (131056, None): (Throttled, "{title} takes no more messages to this person for some seconds"),
    (131000, None): (ProviderFault, "{title} has a problem of its own"),
    (131016, None): (ProviderFault, "{title} is overloaded"),
    (131057, None): (ProviderFault, "Meta is moving this account to a higher throughput just now"),
    (133004, None): (ProviderFault, "{title} is overloaded"),
    # The time to answer freely
    (131047, None): (WindowClosed, WINDOW),
    # The customer
    (131026, None): (
        ContactUnreachable,
        "they can't get it: no longer on WhatsApp, too old an app, or its new terms not accepted",
    ),
    (131030, None): (Rejected, "this is a test number, and theirs isn't on its list of recipients"),
    (131021, None): (Rejected, "WhatsApp doesn't let a number write to itself"),
    (131062, None): (
        Rejected,
        "WhatsApp takes this kind of message to a phone number only, and theirs is hidden",
    ),
    (130472, None): (
        Rejected,
        "WhatsApp keeps this back from them: they are part of an experiment of Meta's",
    ),
    (130497, None): (Rejected, "this business may not write to people of their country"),
    (131049, None): (Rejected, "WhatsApp spares them: they have had much marketing lately"),
    (131050, None): (Rejected, "they don't want this business's marketing messages"),
    # The message
    (131008, None): (Rejected, "{title} misses something in this message"),
    (131009, None): (Rejected, "{title} doesn't take this message as it is"),
    (131051, None): (Rejected, "{title} doesn't know this kind of message"),
    (131052, None): (Rejected, "{title} couldn't fetch the file"),
    (131053, None): (Rejected, "{title} can't read the file: its format isn't what it takes"),
    (135000, None): (Rejected, "{title} doesn't take this message as it is"),
    # Templates
    (132000, None): (Rejected, "the template wants other values than were filled in"),
    (132001, None): (Rejected, f"there is no such template in this language; look for {_TEMPLATE}"),
    (132005, None): (Rejected, "the template gets too long with these values"),
    (132007, None): (Rejected, "the template breaks WhatsApp's rules for content"),
    (132012, None): (Rejected, "a value filled in isn't of the form the template wants"),
    (132015, None): (Rejected, "WhatsApp has paused this template because people disliked it"),
    (132016, None): (Rejected, "WhatsApp has switched this template off because people disliked it"),
    (132018, None): (Rejected, "a value filled in isn't of the form the template wants"),
    (132068, None): (Rejected, "the template's form is blocked"),
    (132069, None): (Rejected, "the template's form was sent too often lately"),
    # The account
    (131005, None): (AccountBroken, "Meta doesn't give the token whatsapp_business_messaging; grant it anew"),
    (131031, None): (AccountBroken, "Meta has locked this account; see Business Support Home for the reason"),
    (131037, None): (AccountBroken, "the number's display name isn't approved yet; see WhatsApp Manager"),
    (131042, None): (
        AccountBroken,
        "Meta can't take its money: check the payment method in WhatsApp Manager",
    ),
    (131045, None): (AccountBroken, "the number isn't registered rightly; register it again at Meta"),
    (133010, None): (AccountBroken, "the number isn't registered with the Cloud API; register it at Meta"),
}


def reported(code: object) -> tuple[str, Cause]:
    """What an agent reads of a part that is reported as failed, and what it failed for."""
    known = REFUSALS.get((code, None)) if type(code) is int else None
    if known is None:
        return "WhatsApp could not deliver it", Cause.PART
    return known[1].format(title="WhatsApp"), _CAUSES.get(known[0], Cause.PART)


_CAUSES = {WindowClosed: Cause.WINDOW, AccountBroken: Cause.ACCOUNT}
