"""What can go wrong between us and Slack, and what each of Slack's codes means for a row.

Each error has `words`, a sentence for people, and `code`, Slack's own name for it (for the
log). `retry`: the same call may succeed later. `certain`: we know that Slack did nothing.
"""

from __future__ import annotations

from collections.abc import Sequence


class SlackError(Exception):
    """A call to Slack did not succeed. Neither `words` nor `code` holds customers' words,
    addresses or secrets."""

    retry = False
    certain = True

    def __init__(self, words: str, *, code: str = "") -> None:
        super().__init__(f"{words} ({code})" if code else words)
        self.words = words
        self.code = code


class Throttled(SlackError):
    """Slack asks for a pause of `retry_after` seconds for this method. Nothing was done."""

    retry = True

    def __init__(self, words: str, *, retry_after: float, code: str = "ratelimited") -> None:
        super().__init__(words, code=code)
        self.retry_after = retry_after


class Unreachable(SlackError):
    """Slack did nothing: it could not be reached, or a mere question got no answer."""

    retry = True


class Uncertain(SlackError):
    """The call left and nothing certain came back: Slack may have carried it out.

    `repeatable`: doing it twice is the same as doing it once (an update, a reaction, an
    upload slot), so there is nothing to look up.
    """

    certain = False

    def __init__(self, words: str, *, code: str = "", repeatable: bool = False) -> None:
        super().__init__(words, code=code)
        self.retry = repeatable
        self.repeatable = repeatable


class ChannelFault(SlackError):
    """Nothing can be posted in this channel until somebody mends it."""


class ThreadGone(SlackError):
    """The message under which this was to stand is deleted, and its thread with it. Nothing was done."""


class WorkspaceFault(SlackError):
    """Nothing works until the app is installed anew. `needed` names a missing scope, or is empty."""

    def __init__(self, words: str, *, code: str = "", needed: str = "") -> None:
        super().__init__(words, code=code)
        self.needed = needed


class BadRequest(SlackError):
    """Our drawing is at fault. `messages` are Slack's, with JSON pointers: for the log."""

    def __init__(self, words: str, *, code: str = "", messages: Sequence[str] = ()) -> None:
        super().__init__(words, code=code)
        self.messages = tuple(messages)


class Pointless(SlackError):
    """What was wanted is already so, or its object is gone: nothing is left to do."""


class Refused(SlackError):
    """Slack refuses, for a reason of its own. Repeating would not help."""


class Expired(Refused):
    """The press is too old to be answered: the person has to press again."""


class Stale(Refused):
    """The view was changed meanwhile: draw it from the present state, once."""


_THROTTLED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

_UNCERTAIN = frozenset(
    {"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)

_CHANNEL = {
    "channel_not_found": "Slack doesn't know this channel, or Oratio isn't in it.",
    "not_in_channel": "Oratio isn't in this channel. Someone has to invite it.",
    "is_archived": "This channel is archived.",
    "is_inactive": "This channel is archived.",
    "no_permission": "Oratio may not post in this channel.",
    "posting_to_channel_denied": "Oratio may not post in this channel.",
    "method_not_supported_for_channel_type": "Oratio can't do this in a channel of this type.",
    "messages_tab_disabled": "Messages to the app are switched off in its settings.",
}

_THREAD = {
    "thread_not_found": "Slack doesn't know this thread any more.",
    "cannot_reply_to_message": "Slack doesn't let Oratio answer in this thread.",
}

_WORKSPACE = {
    "missing_scope": "The Slack app lacks a permission.",
    "invalid_auth": "Slack no longer accepts the app's token.",
    "not_authed": "Slack got no token from Oratio.",
    "token_revoked": "The app's token was revoked.",
    "token_expired": "The app's token has expired.",
    "account_inactive": "The app was removed from the workspace.",
    "not_allowed_token_type": "This kind of token may not do this.",
    "org_login_required": "The workspace is being moved to an organisation.",
    "access_denied": "Slack doesn't let the app into this workspace.",
    "team_access_not_granted": "The app isn't approved for this workspace.",
    "ekm_access_denied": "The workspace's administrators have suspended access to messages.",
    "two_factor_setup_required": "The workspace requires two-factor authentication to be set up.",
}

_BAD = frozenset(
    {
        "msg_too_long",
        "msg_blocks_too_long",
        "too_many_attachments",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
        "no_text",
        "empty_file",
        "view_too_large",
        "push_limit_reached",
        "duplicate_external_id",
        "only_one_table_allowed",
        "markdown_text_conflict",
    }
)
_BAD_STARTS = ("invalid_blocks", "invalid_attachments", "invalid_metadata", "invalid_arg", "invalid_json")

_POINTLESS = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "cant_delete_message",
        "edit_window_closed",
        "already_reacted",
        "no_reaction",
        "file_not_found",
        "file_deleted",
        "already_in_channel",
        "too_many_emoji",
        "too_many_reactions",
    }
)

_EXPIRED = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})

_PAUSE_OF_A_FULL_PLAN = 60.0


def throttled(retry_after: float = 1.0, code: str = "ratelimited") -> Throttled:
    """Slack's 429, or the code that means the same."""
    if code == "message_limit_exceeded":
        words = "The workspace has reached the message limit of its Slack plan."
        return Throttled(words, retry_after=max(retry_after, _PAUSE_OF_A_FULL_PLAN), code=code)
    words = f"Slack asks for a pause of {retry_after:g} s."
    return Throttled(words, retry_after=retry_after, code=code)


def no_answer(code: str, *, write: bool, repeatable: bool = False) -> Unreachable | Uncertain:
    """Nothing certain came back. A question may simply be asked again."""
    if write:
        return Uncertain("Slack gave no clear answer.", code=code, repeatable=repeatable)
    return Unreachable("Slack isn't answering.", code=code)


def from_code(
    code: str,
    *,
    write: bool = True,
    repeatable: bool = False,
    retry_after: float = 1.0,
    needed: str = "",
    messages: Sequence[str] = (),
) -> SlackError:
    """The error for Slack's `code`. One nobody knows is `Refused`."""
    if code in _THROTTLED:
        return throttled(retry_after, code)
    if code in _UNCERTAIN:
        return no_answer(code, write=write, repeatable=repeatable)
    return _final(code, needed, messages)


def _final(code: str, needed: str, messages: Sequence[str]) -> SlackError:
    if code in _CHANNEL or code.startswith("restricted_action"):
        words = _CHANNEL.get(code, "The workspace's rules keep Oratio from posting here.")
        return ChannelFault(words, code=code)
    if code in _THREAD:
        return ThreadGone(_THREAD[code], code=code)
    if code in _WORKSPACE:
        return _workspace(code, needed)
    if code in _BAD or code.startswith(_BAD_STARTS):
        return BadRequest("Slack could not read what Oratio drew.", code=code, messages=messages)
    return _small(code)


def _small(code: str) -> SlackError:
    if code in _POINTLESS:
        return Pointless("This is already done, or no longer there.", code=code)
    if code in _EXPIRED:
        return Expired("That took too long. Please press again.", code=code)
    if code == "hash_conflict":
        return Stale("This was out of date. Please press again.", code=code)
    return Refused(f"Slack refused this: {code.replace('_', ' ')[:80]}.", code=code[:80])


def missing_scope(needed: str, words: str = "") -> WorkspaceFault:
    """The app lacks the scope `needed`; of several with commas between them any one would do."""
    lacks = f"lacks the permission {needed}"
    if "," in needed:
        lacks = f"has none of the permissions {needed.replace(',', ', ')}"
    words = words or f"The Slack app {lacks}. It has to be installed again."
    return WorkspaceFault(words, code="missing_scope", needed=needed)


def _workspace(code: str, needed: str) -> WorkspaceFault:
    if code == "missing_scope" and needed:
        return missing_scope(needed)
    return WorkspaceFault(f"{_WORKSPACE[code]} The app has to be installed again.", code=code, needed=needed)
