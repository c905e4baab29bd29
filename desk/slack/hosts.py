"""Which addresses may get the app's token, a file, or an answer to a press. Pure.

An address is read by the same parser that later opens the connection, so that both agree
on its host. Redirects are never followed by the callers.
"""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

_DOMAINS = ("slack.com", "slack-gov.com")
_HOOKS = frozenset(f"hooks.{domain}" for domain in _DOMAINS)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def read(address: str) -> URL | None:
    """The address as an absolute http(s) URL without a user name in it, else None."""
    if not isinstance(address, str) or len(address) > 8192:
        return None
    try:
        url = URL(address)
        nobody = url.user is None and url.password is None
        return url if nobody and url.scheme in ("http", "https") and url.host and url.port else None
    except (ValueError, TypeError):
        return None


def is_slack(url: URL) -> bool:
    """Over https, on its own port, to one of Slack's hosts."""
    return _named_slack(url) and url.scheme == "https" and url.port == 443


def _named_slack(url: URL) -> bool:
    host = (url.host or "").lower()
    return any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Slack's hosts and, where another API address is configured, that origin."""

    api: URL

    def file(self, address: str) -> URL | None:
        """The address if a file may be fetched from or sent to it, else None."""
        url = read(address)
        return url if url and (is_slack(url) or self._configured(url)) else None

    def hook(self, address: str) -> URL | None:
        """The address if a `response_url` may lie there, else None."""
        url = read(address)
        if url is None or self._configured(url):
            return url
        return url if is_slack(url) and (url.host or "").lower() in _HOOKS else None

    @property
    def local(self) -> bool:
        """Whether the API is on this machine: no proxy stands between."""
        return self.api.host in _LOOPBACK

    def _configured(self, url: URL) -> bool:
        return not is_slack(self.api) and url.origin() == self.api.origin()


def hosts(base_url: str) -> Hosts:
    """Check the address of Slack's API. Raises `ValueError` with a sentence."""
    url = read(base_url)
    if url is None or url.query_string or url.fragment:
        raise ValueError("Slack's API address must look like https://slack.com/api/, without user or query.")
    if _named_slack(url) and not is_slack(url):
        raise ValueError("Slack's API address must begin with https://: tokens never travel unencrypted.")
    return Hosts(url)
