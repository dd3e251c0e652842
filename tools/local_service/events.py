"""The events of ``events/``: where they are, and which schedule they are about."""

from local_service.environment import ROOT

EVENTS = ROOT / "events"
# The local service puts the demo's schedule in its stead.
SCHEDULE_ID = "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04"
