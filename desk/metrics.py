"""What the program counts. Names and label values never hold a customer's or an agent's words.

One registry for the process, read by /metrics. Labels take few values: kinds, outcomes and
Slack's method names; never ids.
"""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

EVENTS = Counter(
    "oratio_events",
    "What came in: source slack or network; outcome taken, repeated, refused, unreadable or failed.",
    ("source", "kind", "outcome"),
    registry=REGISTRY,
)
EVENT_SECONDS = Histogram(
    "oratio_event_seconds",
    "From an event's arrival to its committed transaction.",
    ("source",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "oratio_deliveries",
    "Attempts of the outbox: outcome delivered, retried, dead, uncertain or parked.",
    ("kind", "outcome"),
    registry=REGISTRY,
)
DELIVERY_SECONDS = Histogram(
    "oratio_delivery_seconds",
    "From a delivery's row to its receipt, holds and waits included.",
    ("kind",),
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
    registry=REGISTRY,
)
OUTBOX_DEPTH = Gauge("oratio_outbox_depth", "Unfinished deliveries by state.", ("state",), registry=REGISTRY)
OUTBOX_OLDEST = Gauge(
    "oratio_outbox_oldest_seconds", "Age of the oldest delivery that is due.", registry=REGISTRY
)
PASSING_DROPPED = Counter(
    "oratio_passing_dropped", "Passing effects dropped because their queue was full.", registry=REGISTRY
)
SLACK_CALLS = Counter(
    "oratio_slack_calls",
    "Calls of Slack's Web API: outcome ok or the error's kind.",
    ("method", "outcome"),
    registry=REGISTRY,
)
SLACK_THROTTLED = Counter(
    "oratio_slack_throttled", "Calls Slack answered with 429.", ("method",), registry=REGISTRY
)
SLACK_SECONDS = Histogram(
    "oratio_slack_seconds",
    "How long Slack's Web API took to answer.",
    ("method",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
SOCKETS = Gauge("oratio_slack_sockets", "Open Socket Mode connections.", registry=REGISTRY)
SOCKET_OPENINGS = Counter(
    "oratio_slack_socket_openings", "Socket Mode connections opened since the start.", registry=REGISTRY
)
CUSTOMERS_WAITING = Gauge(
    "oratio_customers_waiting",
    "Customers whose turn to be answered it is; without snoozed conversations.",
    ("account",),
    registry=REGISTRY,
)
CUSTOMERS_WAITING_SECONDS = Gauge(
    "oratio_customers_waiting_seconds",
    "How long the first of them has waited, by the clock.",
    ("account",),
    registry=REGISTRY,
)
CONNECTION_SILENT = Gauge(
    "oratio_connection_silent_seconds",
    "Since an account's network last answered; 0 while it works.",
    ("account",),
    registry=REGISTRY,
)
VISITORS_CONNECTED = Gauge(
    "oratio_webchat_connections", "Browsers of website visitors connected now.", registry=REGISTRY
)
CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """Everything counted so far, in Prometheus' text form."""
    return generate_latest(REGISTRY)
