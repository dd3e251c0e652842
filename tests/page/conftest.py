"""A site that serves the pages of a test's own world."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from report_shares.contract.snapshot import ReportSnapshot
from tests.page.reports import link_to
from tests.page.site import served
from tests.world import Json, World


@dataclass(frozen=True)
class Site:
    world: World
    url: str

    def page_of(self, snapshot: ReportSnapshot | None = None, white_label: Json | None = None) -> str:
        """The address of the page of a fresh share."""
        return f"{self.url}/shared/{link_to(self.world, snapshot, white_label)['access_token']}"


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with served(world) as url:
        yield Site(world, url)
