"""What a brand is recognised by."""

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from report_shares.hosts import domain_of_host
from report_shares.rules.names import name_key


@dataclass(frozen=True)
class BrandIdentity:
    """What a brand is recognised by in answers: its name and aliases, and the domains it owns.

    A domain that is written with ``www.`` stands for that host alone, any other for its subdomains too.
    """

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_named(self, key: str) -> bool:
        """Whether this is the key of the brand's name or of an alias."""
        return key in self.keys

    def owns(self, domain: str) -> bool:
        """Whether the domain of a page is one of the brand's or below one."""
        return domain in self._domains or domain.endswith(self._subdomain_endings)

    @cached_property
    def definition(self) -> str:
        """Equal for brands that are recognised alike: a digest of what is compared."""
        compared = [sorted(self.keys), sorted(self._domains), sorted(self._subdomain_endings)]
        return sha256(json.dumps(compared).encode()).hexdigest()

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of its name and aliases."""
        return frozenset(filter(None, map(name_key, (self.name, *self.aliases))))

    @cached_property
    def _domains(self) -> frozenset[str]:
        return frozenset(filter(None, map(domain_of_host, self.domains)))

    @cached_property
    def _subdomain_endings(self) -> tuple[str, ...]:
        whole = (domain_of_host(domain) for domain in self.domains if not domain.strip().lower().startswith("www."))
        return tuple(f".{domain}" for domain in whole if domain)
