"""Under which names a snapshot shows what is told apart by keys: as last seen, the brand under its own."""

from dataclasses import dataclass

from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.platforms import platform_name
from report_shares.rules.roll_up import RollUp


@dataclass(frozen=True, slots=True)
class ShownNames:
    """Of what a roll-up tells apart no more, the key itself is shown."""

    roll_up: RollUp
    brand: BrandIdentity

    def platform(self, key: str) -> str:
        row = self.roll_up.platforms.get(key)
        return platform_name(key, row.last_seen[1] if row else key)

    def region(self, key: str) -> str:
        row = self.roll_up.regions.get(key)
        return row.last_seen[1] if row else key

    def business(self, key: str) -> str:
        """The empty key is the brand's."""
        row = self.roll_up.businesses.get(key)
        return row.last_seen[1] if row else key or self.brand.name
