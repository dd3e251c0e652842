"""What stands before the token in the links of a schedule."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from report_shares.rules.catalog import Brand
from report_shares.rules.shares import ScheduleView
from report_shares.use_cases.authenticate import Caller


class BrandStore(Protocol):
    def get_brand(self, brand_id: UUID) -> Brand | None:
        """The brand as it is now."""


@dataclass(frozen=True, slots=True)
class LinkBase:
    """The use case with all that it needs."""

    brands: BrandStore

    def __call__(self, caller: Caller, view: ScheduleView, known: Brand | None, everybodys: str) -> str:
        """The brand's own base, or else everybody's, which is also that of a schedule that the caller may not see.

        ``known`` is the brand where it was read before, None otherwise.
        """
        schedule = view.schedule
        if schedule is None or schedule.workspace_id != caller.key.workspace_id:
            return everybodys
        brand = known if known and known.id == schedule.brand_id else self.brands.get_brand(schedule.brand_id)
        return brand.public_base_url or everybodys if brand else everybodys
