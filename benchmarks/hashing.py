"""What it costs to try one password: the hash that the service keeps, and OWASP's minimums beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import scrypt

from benchmarks.measure import Cpu, Work, ready, side_by_side
from report_shares.rules.passwords import hash_of, is_right

CORES_OF_1024_MB = 1_024 / 1_769
"""Lambda gives a core at 1,769 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
OURS = "the service's"
# log2 of N, and p; r is 8 in all.
OWASP = {"2^17, 8, 1": (17, 1), "2^16, 8, 2": (16, 2), "2^15, 8, 3": (15, 3), "2^14, 8, 5": (14, 5)}
_PASSWORD = "correct horse"  # noqa: S105 # nobody's


@dataclass(frozen=True)
class Hashing:
    """CPU times by way."""

    cpu: Mapping[str, Cpu]

    def seconds_at_1024_mb(self, way: str = OURS) -> float:
        """How long it takes with the part of a core that a function of 1,024 MB has."""
        return self.cpu[way].median / 1_000 / CORES_OF_1024_MB


def measured(rounds: int) -> Hashing:
    kept = hash_of(_PASSWORD)
    ways: dict[str, Work] = {OURS: lambda: is_right(_PASSWORD, kept)}
    ways |= {name: _plain(log2_n, p) for name, (log2_n, p) in OWASP.items()}
    return Hashing(side_by_side({name: ready(work) for name, work in ways.items()}, rounds))


def mib(way: str) -> str:
    """The memory that a way takes, which its parameters say."""
    return f"{2 ** (OWASP[way][0] - 10)} MiB" if way in OWASP else ""


def _plain(log2_n: int, p: int) -> Work:
    n = 1 << log2_n
    return lambda: scrypt(_PASSWORD.encode(), salt=b"16 bytes of salt", n=n, r=8, p=p, maxmem=1_024 * (n + p + 2))
