"""How the service is doing, as metrics that CloudWatch reads out of the log (embedded metric format, EMF).

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

One line for a request. Routes are path templates and outcomes come from short lists, so the number of metrics, each of
which costs money, is bounded; no line says who or which.
"""

import json
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from report_shares.times import Clock, system_clock

NAMESPACE = "ReportShares"

BY_STAGE = ("stage",)
BY_ROUTE = ("stage", "route")
BY_ROUTE_AND_OUTCOME = ("stage", "route", "outcome")

# What is sent: the unit and what each value is told apart by.
METRICS = {
    "Requests": ("Count", BY_ROUTE_AND_OUTCOME),
    "Duration": ("Milliseconds", BY_ROUTE),
    "CapRefusals": ("Count", BY_STAGE),
    "ConflictsRetried": ("Count", BY_STAGE),
    "RollUpAge": ("Milliseconds", BY_STAGE),
}


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


class EmbeddedMetrics:
    """``Meter`` for use cases, and what handlers tell when a request is done; one at a time."""

    def __init__(self, stage: str, clock: Clock = system_clock, write: Callable[[str], None] = _print) -> None:
        self._stage = stage
        self._clock = clock
        self._write = write
        self._outcome: str | None = None
        self._values: dict[str, float] = {}

    def outcome(self, name: str) -> None:
        """See ``Meter``."""
        self._outcome = name

    def count(self, name: str) -> None:
        """See ``Meter``."""
        self._values[name] = self._values.get(name, 0) + 1

    def duration(self, name: str, milliseconds: int) -> None:
        """See ``Meter``."""
        self._values[name] = milliseconds

    def answered(self, route: str, status: int, milliseconds: float) -> None:
        """One request is done; without an outcome of a use case its status says what came of it."""
        outcome = self._outcome or HTTPStatus(status).name.lower()
        values = {"Requests": 1, "Duration": round(milliseconds, 1), **self._values}
        self._outcome, self._values = None, {}
        self._send({"route": route, "outcome": outcome}, values)

    def _send(self, labels: Mapping[str, str], values: Mapping[str, Any]) -> None:
        directives = [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [list(METRICS[name][1])],
                "Metrics": [{"Name": name, "Unit": METRICS[name][0]}],
            }
            for name in values
        ]
        metadata = {"Timestamp": self._clock(), "CloudWatchMetrics": directives}
        line = {"_aws": metadata, "stage": self._stage, **labels, **values}
        self._write(json.dumps(line, separators=(",", ":")))
