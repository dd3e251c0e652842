"""A capacity model for ``docs/scale.md``: ``python -m benchmarks.scale`` prints its numbers.

Everything is computed from the load at the top, the units and times of ``docs/performance.md`` and published quotas.
"""

import random
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from uuid import UUID, uuid4

from benchmarks import cost
from report_shares.rules.shares import LedgerEntry, Share
from report_shares.store import items

SCHEDULES = 1_000_000
SHARES = 50_000_000
READS_A_SECOND = 10_000
CREATES_A_SECOND = 500
# A tenth daily, half weekly, the rest monthly.
RUNS_A_DAY = SCHEDULES * (0.1 + 0.5 / 7 + 0.4 / 30)

SECONDS_A_MONTH = 30 * 86_400

# Quotas, with whether they can be raised:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
PARTITION_READ_UNITS, PARTITION_WRITE_UNITS = 3_000, 1_000
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
TABLE_READ_UNITS = TABLE_WRITE_UNITS = 40_000
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
GATEWAY_REQUESTS_A_SECOND = 10_000
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_CONCURRENCY = 1_000
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
S3_GETS_A_SECOND_AND_PREFIX = 5_500
ROLL_UP_CONCURRENCY = 20

_UNIT_BYTES = 1_024


@dataclass(frozen=True)
class Quota:
    """A limit, what the load uses of it, and what to do when it binds."""

    name: str
    limit: float
    used: float
    remedy: str

    @property
    def share(self) -> float:
        return self.used / self.limit


def item_bytes(item: items.Item) -> int:
    """The size of an item as DynamoDB counts it: names and values, numbers of about half their digits."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: items.Item) -> int:
    ((kind, content),) = value.items()
    if kind in ("S", "B"):
        return len(content.encode() if isinstance(content, str) else content)
    if kind == "N":
        return (len(content) + 1) // 2 + 1
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + _value_bytes(inner) for name, inner in content.items())
    return 3 + sum(1 + _value_bytes(inner) for inner in content)


def share_bytes() -> int:
    share = Share(
        id=uuid4(),
        scheduled_report_id=uuid4(),
        brand_id=uuid4(),
        workspace_id="northlight",
        principal_id=str(uuid4()),
        token_key_id=1,
        created_at=1_776_698_584_512,
        expires_at=1_779_290_584_512,
        snapshot_at=1_776_698_584_512,
        snapshot_key=f"snapshots/{uuid4()}/00000001-{uuid4().hex}.json.gz",
        schedule_name="Weekly visibility of the brand",
        schedule_frequency="weekly",
        white_label={"company_name": "Northlight Search", "primary_color": "#0A7C66"},
    )
    return item_bytes(items.share_item(share))


def ledger_bytes(entries: int) -> int:
    entry = items.ledger_entry(LedgerEntry(UUID(int=1), 1_779_290_584_512, b"12345"))
    return item_bytes(items.ledger_key(uuid4()) | {"active": {"M": {str(uuid4()): entry for _ in range(entries)}}})


def write_units(size: int) -> int:
    return -(-size // _UNIT_BYTES)


def creates_a_second_of_one_schedule(entries: int) -> float:
    """What one partition takes: a transaction writes each item twice, and the ledger lies on one key."""
    return PARTITION_WRITE_UNITS / (2 * write_units(ledger_bytes(entries)))


def hottest_key(requests: int, keys: int, exponent: float, seed: int = 1) -> float:
    """The share of requests that falls on the most asked-for of so many keys, drawn from a Zipf distribution."""
    listed = min(keys, 200_000)
    weights = list(accumulate(1 / rank**exponent for rank in range(1, listed + 1)))
    # The tail beyond what is listed, as an integral.
    tail = (keys ** (1 - exponent) - listed ** (1 - exponent)) / (1 - exponent) if exponent != 1 else 0.0
    chance = random.Random(seed)  # noqa: S311 # a simulation
    total = weights[-1] + tail
    hits = sum(bisect(weights, chance.random() * total) == 0 for _ in range(requests))
    return hits / requests


def quotas(create: cost.Price, read: cost.Price, fold_seconds: float) -> list[Quota]:
    """From the tightest to the loosest."""
    reads = READS_A_SECOND * read.units.read + CREATES_A_SECOND * create.units.read
    writes = CREATES_A_SECOND * create.units.write
    concurrency = READS_A_SECOND * read.seconds + CREATES_A_SECOND * create.seconds
    hottest = hottest_key(200_000, SHARES, exponent=0.8) * READS_A_SECOND
    folds = RUNS_A_DAY / 86_400 * fold_seconds
    listed = [
        Quota(
            "API Gateway, requests a second of an account",
            GATEWAY_REQUESTS_A_SECOND,
            READS_A_SECOND + CREATES_A_SECOND,
            "raise it, or CloudFront with a function URL for the public routes",
        ),
        Quota("DynamoDB, read units a second of a table", TABLE_READ_UNITS, reads, "raise it; keep brands in memory"),
        Quota("DynamoDB, write units a second of a table", TABLE_WRITE_UNITS, writes, "raise it"),
        Quota("Lambda, concurrent executions", LAMBDA_CONCURRENCY, concurrency * 3, "raise it, reserve some for each"),
        Quota(
            "DynamoDB, read units of one partition: the hottest link",
            PARTITION_READ_UNITS,
            hottest,
            "a CDN that holds a link for a second",
        ),
        Quota(
            "S3, GETs a second of a prefix: the hottest snapshot",
            S3_GETS_A_SECOND_AND_PREFIX,
            hottest,
            "the function's own cache takes nearly all",
        ),
        Quota("roll-ups at once", ROLL_UP_CONCURRENCY, folds, "raise MaximumConcurrency"),
    ]
    return sorted(listed, key=lambda quota: -quota.share)


# Units and CPU as in docs/performance.md, rounded up: a ledger that is nearly full costs 8 write units more.
CREATE = cost.Price(cost.Units(read=4, write=6 + 8), 0.006, logged=850, sent=500)
READ = cost.Price(cost.Units(read=2), 0.007, gets=cost.MISSED, logged=710, sent=42_000)  # the page
FOLD = cost.Price(cost.Units(read=2, write=2), 0.100, memory_gb=cost.ROLL_UP_MEMORY_GB, gets=2, puts=5, messages=1)

# https://aws.amazon.com/api-gateway/pricing/ (REST, in steps), https://aws.amazon.com/cloudfront/pricing/
_GATEWAY_STEPS = ((333e6, 3.50e-6), (667e6, 2.80e-6), (19e9, 2.38e-6), (float("inf"), 1.51e-6))
_STORED_GB = {"DynamoDB": 0.25, "S3": 0.023}
_SNAPSHOT_BYTES, _PART_BYTES, _RUN_BYTES = 10_000, 12_000, 90_000


def gateway_dollars(requests: float) -> float:
    dollars, left = 0.0, requests
    for step, price in _GATEWAY_STEPS:
        dollars += min(left, step) * price
        left -= min(left, step)
    return dollars


def month() -> dict[str, float]:
    """Dollars a month by what they are for, at the end of the first year."""
    reads, creates = READS_A_SECOND * SECONDS_A_MONTH, CREATES_A_SECOND * SECONDS_A_MONTH
    runs_a_year = RUNS_A_DAY * 365
    stored = runs_a_year * (_SNAPSHOT_BYTES + _PART_BYTES + _RUN_BYTES) / 1e9
    return {
        "API Gateway (REST)": gateway_dollars(reads + creates),
        "page reads: Lambda, DynamoDB, S3, logs": reads * READ.dollars,
        "pages on their way out": reads * READ.sending_dollars,
        "creates: Lambda, DynamoDB, logs": creates * CREATE.dollars,
        "roll-ups: Lambda, DynamoDB, S3, SQS, EventBridge": RUNS_A_DAY * 30 * FOLD.dollars,
        "50 million shares in DynamoDB": SHARES * (share_bytes() + 100) / 1e9 * _STORED_GB["DynamoDB"],
        "a year of run files, parts and snapshots in S3": stored * _STORED_GB["S3"],
    }


def main() -> None:
    print(
        f"share row: {share_bytes()} bytes; ledger: {ledger_bytes(0)} bytes empty, {ledger_bytes(50)} with 50 entries"
    )
    for entries in (0, 10, 50):
        print(f"creates a second of one schedule at {entries} entries: {creates_a_second_of_one_schedule(entries):.0f}")
    print(f"runs a second: {RUNS_A_DAY / 86_400:.2f}\n")
    print("| quota | limit | used | share | when it binds |\n|---|---|---|---|---|")
    for quota in quotas(CREATE, READ, FOLD.seconds * 5):
        print(f"| {quota.name} | {quota.limit:,.0f} | {quota.used:,.0f} | {quota.share:.0%} | {quota.remedy} |")
    print("\n| for | dollars a month |\n|---|---|")
    for name, dollars in month().items():
        print(f"| {name} | {dollars:,.0f} |")


if __name__ == "__main__":
    main()
