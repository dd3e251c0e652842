"""What the catalogue has: brands and their schedules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Brand:
    """A tracked brand; ``white_label`` holds the fields that are set.

    ``public_base_url`` is what stands before a token in its links, at a host of its own; None: as everybody's.
    """

    id: UUID
    workspace_id: str
    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    white_label: Mapping[str, Any] = field(default_factory=dict)
    public_base_url: str | None = None

    def is_at(self, host: str) -> bool:
        """Whether the brand's links are at this host, in lower case and ASCII."""
        return self.public_base_url is not None and urlsplit(self.public_base_url).hostname == host


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduled report and where its present roll-up and snapshot lie (None before the first run).

    ``snapshot_version`` grows by one with every change of the roll-up; ``rolled_up_at`` (epoch milliseconds) is when
    the last one happened.
    """

    id: UUID
    brand_id: UUID
    workspace_id: str
    name: str
    frequency: str
    snapshot_version: int = 0
    snapshot_key: str | None = None
    rollup_key: str | None = None
    rolled_up_at: int | None = None
