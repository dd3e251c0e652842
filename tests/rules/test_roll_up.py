"""Folding runs: each once, in any order, at the cost of that run alone."""

import copy
import json
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_shares.rules import evidence, samples
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.names import name_key
from report_shares.rules.roll_up import RECENT_RUNS, OutdatedRollUp, RollUp
from report_shares.rules.run_files import RunFileRejected
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import iso
from tests.rules.odd_values import ADDRESSES, GARBAGE, HIDDEN, NAMES
from tests.rules.recount import is_refused, left_out_of, recount
from tests.rules.runs import (
    ACME,
    FIRST,
    Json,
    answer,
    business,
    citation,
    folded,
    histories,
    parsed,
    part,
    prompt_id,
    read,
    region,
    run_of,
    run_of_regions,
)


def _dumped(run: Json) -> bytes | None:
    """What a run contributes, as it is kept; None where its file is refused, as it must be."""
    try:
        contribution = part(run)
    except RunFileRejected:
        assert is_refused(run)
        return None
    assert not is_refused(run)
    return contribution.dump(ACME.definition)


_HIDDEN = next(url for url, shown in ADDRESSES.items() if shown == HIDDEN)

_counted = histories.map(lambda history: [run for run in history if not is_refused(run)])


def _loaded(dumped: bytes) -> RollUp:
    return RollUp.load(dumped, ACME.definition)


@settings(max_examples=150)
@given(histories, st.data())
def test_folding_odd_files_in_any_order_with_repeats_and_replacements_equals_a_plain_recount(
    history: list[Json], data: st.DataObject
) -> None:
    replaced = data.draw(st.lists(st.sampled_from(history), max_size=2)) if history else []
    arrivals = [run | {"regions": []} for run in replaced] + history
    files: dict[str, Json] = {}
    parts: dict[str, bytes] = {}
    roll_up = RollUp()
    for run in data.draw(st.permutations(arrivals)):
        dumped = _dumped(run)
        if dumped is None or parts.get(run["id"]) == dumped:
            continue
        replaces = run["id"] in parts
        files[run["id"]], parts[run["id"]] = run, dumped
        if replaces:
            roll_up = RollUp()
        for one in parts.values() if replaces else [dumped]:
            roll_up.merge(_loaded(one))
        roll_up = _loaded(roll_up.dump(ACME.definition))
    snapshot = build_snapshot(roll_up, ACME)
    del snapshot["summary"]
    assert snapshot == recount(list(files.values()), ACME)


@given(_counted)
def test_what_is_left_out_of_odd_files_is_counted_by_reason(history: list[Json]) -> None:
    for run in history:
        assert parsed(run).left_out == left_out_of(run)


def _written_as_read(run: Json) -> Json:
    """The run as a producer would write it who knows how it is shown."""
    regions = [
        region(
            *(
                answer(
                    prompt_id=cell.prompt_id,
                    prompt=cell.prompt,
                    category=cell.category,
                    platform=cell.platform,
                    brand_appears=cell.brand_appears,
                    rank=cell.rank,
                    businesses=[business(*named) for named in cell.businesses],
                    citations=[
                        citation(page.address if page else _HIDDEN, title) for (_, page), title in cell.citations
                    ],
                    answer_text=cell.text,
                    model=cell.model,
                    answered_at=None if cell.answered_at is None else iso(cell.answered_at),
                )
                for cell in completed.answers
            ),
            name=completed.name,
        )
        for completed in parsed(run).regions
    ]
    return run | {"regions": regions}


@settings(max_examples=50)
@given(_counted)
def test_a_file_written_as_it_was_read_says_the_same_and_loses_nothing(history: list[Json]) -> None:
    for run in history:
        again, whole = part(_written_as_read(run)), part(run)
        assert whole.answers_left_out == parsed(run).answers_left_out
        # What cannot be read is counted, and therefore part of what makes files equal.
        whole.answers_left_out, whole.runs[run["id"]].digest = 0, again.runs[run["id"]].digest
        assert again == whole
        assert not parsed(_written_as_read(run)).left_out


_ODD_PARTS = {
    "citations": [
        *GARBAGE,
        *(citation(url) for url, shown in ADDRESSES.items() if shown is None),
        *({"url": odd} for odd in GARBAGE),
    ],
    "businesses": [
        *GARBAGE,
        *(business(name) for name, shown in NAMES.items() if shown is None),
        *({"name": odd} for odd in GARBAGE),
    ],
}
_ODD_ANSWERS = [
    *GARBAGE,
    *(
        FIRST["regions"][0]["answers"][0] | {field: odd}
        for field in ("prompt_id", "prompt", "platform", "brand_appears")
        for odd in GARBAGE
        if odd is not True
    ),
]
_ODD_REGIONS = [*GARBAGE, *(FIRST["regions"][0] | {"status": odd} for odd in (*GARBAGE, "failed", "complete"))]


@given(st.data())
def test_one_odd_value_more_changes_nothing_else_of_the_snapshot(data: st.DataObject) -> None:
    odd = copy.deepcopy(FIRST)
    (completed,) = odd["regions"]
    kind = data.draw(st.sampled_from(["citations", "businesses", "answers", "regions"]))
    if kind in _ODD_PARTS:
        given, values = completed["answers"][0][kind], _ODD_PARTS[kind]
    else:
        given, values = (completed["answers"], _ODD_ANSWERS) if kind == "answers" else (odd["regions"], _ODD_REGIONS)
    given.insert(data.draw(st.integers(0, len(given))), data.draw(st.sampled_from(values)))

    snapshot = build_snapshot(part(odd), ACME)
    assert snapshot["method"]["answers_left_out_count"] == (kind == "answers")
    snapshot["method"]["answers_left_out_count"] = 0
    assert snapshot == build_snapshot(part(FIRST), ACME)


def test_answers_left_out_add_up_over_runs() -> None:
    runs = [run_of(answer(), {}, number=number, day=number) for number in (1, 2, 3)]
    assert folded(*runs).answers_left_out == 3


@settings(max_examples=50)
@given(_counted, st.integers(0, 5))
def test_merging_is_commutative_and_associative(history: list[Json], split: int) -> None:
    one, other = folded(*history[:split]), folded(*reversed(history[split:]))
    one.merge(other)
    assert one == folded(*history) == folded(*reversed(history))


@settings(max_examples=50)
@given(_counted)
def test_merging_an_empty_roll_up_changes_nothing(history: list[Json]) -> None:
    left, right = RollUp(), folded(*history)
    left.merge(folded(*history))
    right.merge(RollUp())
    assert left == right == folded(*history)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"runs": {}, "urls": {}, "recent": {}}', id="of the first version, which had no number"),
    ],
)
def test_a_document_that_other_rules_made_is_outdated_and_never_misread(data: bytes) -> None:
    with pytest.raises(OutdatedRollUp):
        RollUp.load(data, "")


def test_a_document_of_another_version_is_outdated() -> None:
    present = RollUp().dump("")
    later = present.replace(b'"version":3', b'"version":4')

    assert RollUp.load(present, "") == RollUp()
    with pytest.raises(OutdatedRollUp):
        RollUp.load(later, "")


def test_a_document_tells_which_runs_it_counts_whatever_made_it() -> None:
    whole = folded(run_of(answer()))
    first_version = b'{"runs": {"a run": {"digest": ""}}, "urls": {}}'

    assert RollUp.runs_in(whole.dump("any definition")) == whole.runs
    assert RollUp.runs_in(first_version) == {"a run": None}
    second_version = b'{"version": 2, "definition": "", "roll_up": {"runs": {"a run": {"digest": ""}}, "tally": {}}}'
    assert RollUp.runs_in(second_version) == {"a run": None}
    assert [RollUp.runs_in(data) for data in (b"", b"[]", b"{}", b'{"runs": []}')] == [{}] * 4


def test_a_document_for_another_definition_of_the_brand_is_outdated() -> None:
    document = folded(run_of(answer())).dump(ACME.definition)
    with pytest.raises(OutdatedRollUp):
        RollUp.load(document, BrandIdentity("Acme").definition)
    assert RollUp.load(document, ACME.definition) == folded(run_of(answer()))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ACME, BrandIdentity(" acme  coffee ROASTERS\u2122", ("Acm\xe9", "ACME Cafe", "Acme"), ACME.domains), True),
        (BrandIdentity("A", (), ("acme.com",)), BrandIdentity("A", (), ("ACME.com.",)), True),
        (BrandIdentity("A", (), ("acme.com",)), BrandIdentity("A", (), ("www.acme.com",)), False),
        (BrandIdentity("A", ("B",)), BrandIdentity("A"), False),
        (BrandIdentity("A"), BrandIdentity("A", (), ("acme.com",)), False),
        (BrandIdentity("A"), BrandIdentity("A", (), ("www.acme.com",)), False),
    ],
)
def test_a_definition_changes_with_what_the_brand_is_recognised_by(
    one: BrandIdentity, other: BrandIdentity, same: bool
) -> None:
    assert (one.definition == other.definition) == same


def test_a_run_is_never_counted_twice() -> None:
    roll_up = folded(run_of(answer()))
    before = roll_up.dump("")
    with pytest.raises(ValueError, match="a run is in both"):
        roll_up.merge(part(run_of(answer(1))))
    assert roll_up.dump("") == before


def _lines_executed(action: Callable[[], None]) -> int:
    lines = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(previous)
    return lines


def test_merging_costs_the_same_however_long_the_history() -> None:
    def run(number: int) -> Json:
        pages = [citation(f"https://example.com/{number % 50}")]
        return run_of(answer(businesses=[business(f"b{number % 50}")], citations=pages), number=number)

    short = folded(*map(run, range(1, 61)))
    long = folded(*map(run, range(1, 301)))
    last = run(1_000)
    cost_of_short = _lines_executed(partial(short.merge, part(last)))
    assert _lines_executed(partial(long.merge, part(last))) == cost_of_short


def _digest(run: Json, brand: BrandIdentity = ACME) -> str:
    return part(run, brand).runs[run["id"]].digest


_RUN = run_of(
    answer(0, brand_appears=True, rank=3, businesses=[business("Acme", 3)]),
    answer(1, category="Retail", citations=[citation("https://shop.example/x", "X")]),
)


def test_a_reformatted_run_has_the_same_digest() -> None:
    reformatted = json.dumps(dict(reversed(_RUN.items())) | {"note": "new"}, indent=2).encode()
    run = read(reformatted)
    assert run
    again = RollUp.of(run, ACME)
    assert again.runs[_RUN["id"]].digest == _digest(_RUN)


def test_the_order_of_answers_does_not_matter_to_the_digest() -> None:
    answers = [*_RUN["regions"][0]["answers"], answer(0, "gemini")]
    assert _digest(run_of(*reversed(answers))) == _digest(run_of(*answers))


@pytest.mark.parametrize(
    "changes",
    [
        {"brand_appears": True},
        {"prompt": "other words"},
        {"category": None},
        {"platform": "gemini"},
        {"businesses": [business("Zed")]},
        {"citations": []},
        {"citations": [citation("https://shop.example/x", "Y")]},
    ],
)
def test_any_change_of_content_changes_the_digest(changes: Json) -> None:
    first, second = _RUN["regions"][0]["answers"]
    assert _digest(run_of(first, second | changes)) != _digest(_RUN)


def test_ranks_that_two_prompts_exchange_change_the_digest() -> None:
    cells = [(prompt, platform) for prompt in range(2) for platform in "abc"]
    ranked = [answer(*cell, brand_appears=True, rank=rank) for rank, cell in enumerate(cells, 1)]
    for one in range(3):
        for other in range(3, 6):
            exchanged = list(ranked)
            exchanged[one] = ranked[one] | {"rank": ranked[other]["rank"]}
            exchanged[other] = ranked[other] | {"rank": ranked[one]["rank"]}
            assert _digest(run_of(*exchanged)) != _digest(run_of(*ranked))


def test_which_platform_names_the_brand_changes_the_digest_even_where_no_answers_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(samples, "MAX_PACKED_BYTES", 1)
    monkeypatch.setattr(evidence, "MAX_PACKED_BYTES", 1)

    def run(winner: int) -> Json:
        cells = [(prompt, platform) for prompt in range(2) for platform in "ab"]
        return run_of(*(answer(*cell, brand_appears=(cell[1] == "a") is (cell[0] == winner)) for cell in cells))

    assert _digest(run(0)) != _digest(run(1))


def test_a_change_of_time_changes_the_digest() -> None:
    assert _digest(_RUN | {"completed_at": "2026-01-01T08:30:00.001Z"}) != _digest(_RUN)


@pytest.mark.parametrize(
    "brand",
    [
        BrandIdentity("Other", (), ACME.domains),
        BrandIdentity(ACME.name, ACME.aliases, ("shop.example",)),
    ],
)
def test_a_change_of_the_brand_that_matters_changes_the_digest(brand: BrandIdentity) -> None:
    assert _digest(_RUN, brand) != _digest(_RUN)


def test_a_change_of_the_brand_that_does_not_matter_keeps_the_digest() -> None:
    wider = BrandIdentity(ACME.name, (*ACME.aliases, "Acme Tea"), (*ACME.domains, "acme.tea"))
    assert _digest(_RUN, wider) == _digest(_RUN)


def test_the_time_is_kept_in_milliseconds_whatever_its_zone() -> None:
    roll_up = folded(run_of(completed_at="2026-01-01T01:00:00.1239+01:00"))
    assert roll_up.runs[str(UUID(int=1))].completed_at == 1_767_225_600_123


def test_the_first_times_accepted_sort_before_later_ones() -> None:
    old, new = run_of(number=1, completed_at="2001-01-01T00:00:00Z"), run_of(number=2)
    assert list(folded(old, new).recent) == sorted(folded(new, old).recent)


def test_only_completed_regions_count() -> None:
    run = run_of_regions(region(answer(), name="France"), region(answer(1), name="Spain", status="failed"))
    roll_up = folded(run)
    assert list(roll_up.regions) == ["france"]
    assert list(roll_up.prompts) == [prompt_id(0)]


def test_an_answer_without_a_category_counts_in_none() -> None:
    assert list(folded(run_of(answer(0), answer(1, category="Retail"))).categories) == ["retail"]


def test_a_name_twice_in_an_answer_is_one_mention_with_the_best_rank() -> None:
    names = [business("Zed", 5), business("Zed\u2122", 1), business("zed"), business(" ZED", 2), business("Zett", 4)]
    row = folded(run_of(answer(businesses=names))).businesses["zed"]
    assert (row.count, row.ranks.total, row.ranks.count) == (1, 1, 1)


@pytest.mark.parametrize(
    ("appears", "rank", "ranks", "expected"),
    [
        (True, 5, [2], 5),
        (True, None, [4, 2, None], 2),
        (True, None, [None], None),
        (True, None, [], None),
        (False, 5, [2], None),
    ],
)
def test_the_rank_of_the_brand_is_that_of_the_answer_else_the_best_of_its_names(
    appears: bool, rank: int | None, ranks: list[int | None], expected: int | None
) -> None:
    names = [business(name, at) for name, at in zip(("ACME", "acme cafe", "Acme"), ranks, strict=False)]
    run = run_of(answer(brand_appears=appears, rank=rank, businesses=[business("Zed", 1), *names]))
    assert folded(run).ranks.best == expected


def test_the_brand_is_none_of_the_businesses_whether_or_not_it_appears() -> None:
    names = [business("ACME", 4), business("acme coffee roasters", 2), business(" Acme Caf\xe9 ", 7), business("Zed")]
    roll_up = folded(run_of(answer(0, businesses=names), answer(1, brand_appears=True, businesses=names)))
    assert (list(roll_up.businesses), roll_up.mentions) == (["zed"], 2)


@pytest.mark.parametrize("name", ["Acme", " ACME ", "acme café", "ACME COFFEE ROASTERS", "**Acme\u2122**"])
def test_the_brand_is_known_by_its_name_and_aliases(name: str) -> None:
    assert ACME.is_named(name_key(name))


@pytest.mark.parametrize("name", ["Acme Inc", "Acm", "", " "])
def test_the_brand_is_not_known_by_other_names(name: str) -> None:
    assert not BrandIdentity("Acme", ("", " ")).is_named(name_key(name))


@pytest.mark.parametrize("domain", ["acme.com", "blog.acme.com", "a.b.acme.com", "acme-coffee.example"])
def test_the_brand_owns_its_domains_and_their_subdomains(domain: str) -> None:
    assert ACME.owns(domain)


@pytest.mark.parametrize("domain", ["notacme.com", "acme.com.evil.example", "com", "example", "acme.co"])
def test_the_brand_owns_no_other_domain(domain: str) -> None:
    assert not BrandIdentity("Acme", (), ("acme.com", "", ".")).owns(domain)


def test_a_listed_host_with_www_is_that_host_alone() -> None:
    """So that one may list ``www.`` of a public suffix."""
    brand = BrandIdentity("Acme", (), ("WWW.github.io",))
    assert brand.owns("github.io")
    assert not brand.owns("stranger.github.io")


def _run_with_words(words: str, number: int, day: int) -> Json:
    return run_of(
        answer(
            prompt=words,
            category=words,
            businesses=[business("zed" if words == "old" else "ZED")],
            citations=[citation("https://example.com/", words)],
        ),
        number=number,
        day=day,
    )


@pytest.mark.parametrize(
    ("late", "latest"),
    [
        pytest.param((1, 1), (2, 2), id="by time"),
        pytest.param((1, 2), (2, 2), id="by run id at the same time"),
        pytest.param((2, 1), (1, 2), id="by time before run id"),
    ],
)
def test_a_late_run_does_not_bring_old_words_back(late: tuple[int, int], latest: tuple[int, int]) -> None:
    roll_up = folded(_run_with_words("new", *latest), _run_with_words("old", *late))
    assert roll_up.prompts[prompt_id(0)].last_seen[1:] == ("new", "new")
    assert roll_up.businesses["zed"].last_seen[1] == "ZED"
    assert roll_up.pages["example.com"].title[1] == "new"


def test_a_title_once_seen_is_kept_when_later_citations_have_none() -> None:
    untitled = run_of(answer(citations=[citation("https://example.com/")]), number=2, day=2)
    roll_up = folded(_run_with_words("old", 1, 1), untitled)
    assert roll_up.pages["example.com"].title[1] == "old"


def _numbered(number: int) -> Json:
    completed_at = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}T00:00:00Z"
    return run_of(answer(brand_appears=number % 2 == 0), number=number + 1, completed_at=completed_at)


def test_the_window_holds_the_last_52_runs_whatever_the_order_of_arrival() -> None:
    forwards, backwards = folded(*map(_numbered, range(60))), folded(*map(_numbered, reversed(range(60))))
    assert forwards == backwards
    assert len(forwards.recent) == RECENT_RUNS == 52
    assert forwards.recent.keys() == {run.stamp for run in list(forwards.runs.values())[8:]}


def test_a_run_older_than_the_window_still_counts_in_the_totals() -> None:
    roll_up = folded(*map(_numbered, range(1, 60)))
    window = dict(roll_up.recent)
    roll_up.merge(part(_numbered(0)))
    assert roll_up.recent == window
    assert roll_up.prompts[prompt_id(0)].cells.answers == 60


def test_a_late_run_within_the_window_takes_its_place() -> None:
    roll_up = folded(*(_numbered(number) for number in range(60) if number != 30))
    roll_up.merge(part(_numbered(30)))
    assert roll_up == folded(*map(_numbered, range(60)))


def test_a_run_is_not_changed_by_being_counted() -> None:
    run = parsed(_RUN)
    assert RollUp.of(run, ACME) == RollUp.of(run, ACME)
    assert run == parsed(_RUN)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_domain_was_last_seen_in_the_latest_run_that_cites_it(order: tuple[int, int]) -> None:
    runs = [run_of(answer(citations=[citation("https://example.com/a")]), number=day, day=day) for day in order]

    (domain,) = folded(*runs).domains.values()
    (latest,) = folded(run_of(answer(citations=[citation("https://example.com/a")]), number=2, day=2)).domains.values()
    assert domain.last_seen == latest.last_seen
