"""A stand-in for Slack on localhost: its APIs, its events, its limits, and people to act as."""

from sandbox.durations import Durations
from sandbox.manifest import ManifestRefused
from sandbox.refusal import Refusal
from sandbox.server import Sandbox

__all__ = ["Durations", "ManifestRefused", "Refusal", "Sandbox"]
