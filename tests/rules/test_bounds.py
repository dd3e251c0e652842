"""No file and no history makes a roll-up slow or big, whatever is in it."""

import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import cache
from uuid import UUID

import pytest

from report_shares.rules import evidence, samples
from report_shares.rules import roll_up as rules
from report_shares.rules.roll_up import (
    MAX_BUSINESSES,
    MAX_CELLS,
    MAX_DOMAINS,
    MAX_PAGES,
    MAX_PLATFORMS,
    MAX_PROMPTS,
    MAX_RECENT_PROMPTS,
    MAX_VOICES,
    RECENT_RUNS,
    RollUp,
)
from report_shares.rules.run_files import MAX_RUN_BYTES
from report_shares.rules.snapshot import MAX_MATRIX_CELLS, build_snapshot
from report_shares.rules.tallies import (
    BusinessTally,
    Cells,
    DomainTally,
    GroupTally,
    PageTally,
    PromptTally,
    Ranks,
    Tally,
)
from tests.rules.runs import (
    ACME,
    Json,
    answer,
    business,
    citation,
    folded,
    part,
    prompt_id,
    read,
    region,
    run_of,
    run_of_regions,
)

# Of time and memory, on a machine that does other things meanwhile: these take their time.
pytestmark = pytest.mark.proof

_STAMP = f"1767256200000 {UUID(int=1)}"


def _file(run: Json) -> bytes:
    data = json.dumps(run, separators=(",", ":"), ensure_ascii=False).encode()
    assert len(data) <= MAX_RUN_BYTES
    return data


def _fold(data: bytes) -> RollUp:
    """All that the arrival of a schedule's first file costs."""
    run = read(data)
    assert run
    roll_up = RollUp()
    roll_up.merge(RollUp.of(run, ACME))
    build_snapshot(roll_up, ACME)
    return RollUp.load(roll_up.dump(""), "")


def _seconds(data: bytes) -> float:
    """CPU time per byte of the file."""
    start = time.process_time()
    _fold(data)
    return (time.process_time() - start) / len(data)


@cache
def _ordinary() -> float:
    """CPU time per byte of a file as a producer writes it, 1 MB with 11,000 citations."""

    def cell(at: int, platform: str) -> Json:
        cited = [
            citation(
                f"https://www.site{at * n % 997}.example/{platform}/best-espresso-{at % 41 + n}", f"Espresso {at} {n}"
            )
            for n in range(15)
        ]
        named = [business(f"Roastery {(at + n) % 60}", n + 1) for n in range(5)]
        return answer(
            at % 30, platform, brand_appears=at % 2 == 0, category="Retail", businesses=named, citations=cited
        )

    regions = (region(*(cell(at, f"platform {at // 30}") for at in range(240)), name=f"Region {n}") for n in range(3))
    data = _file(run_of_regions(*regions))
    return min(_seconds(data) for _ in range(3))


def _colliding_prompt_ids() -> Json:
    """Prompt ids that are one and the same to a table that goes by the number of a UUID modulo 2**61 - 1."""
    return run_of(*(answer(prompt_id=str(UUID(int=5 + number * (2**61 - 1)))) for number in range(20_000)))


def _with_addresses(address: Callable[[int], str]) -> Json:
    return run_of(*(answer(at, citations=[address(200 * at + n) for n in range(200)]) for at in range(300)))


def _wide_and_high() -> Json:
    return run_of(*(answer(at, f"p{n}", prompt="x") for at in range(150) for n in range(200)))


_LONG = 1_000_000


@pytest.mark.parametrize(
    ("run", "times"),
    [
        pytest.param(_colliding_prompt_ids(), 5, id="20,000 prompt ids whose hashes collide"),
        pytest.param(_with_addresses(lambda n: f"https://{n:x}.example/{n}"), 25, id="60,000 hosts"),
        pytest.param(_with_addresses(lambda n: f"www.a.example/{n:x}?b={n}&utm_source=c"), 25, id="60,000 pages"),
        pytest.param(_wide_and_high(), 5, id="150 prompts on 200 platforms"),
        pytest.param(run_of(*(answer(n, f"p{n}", category=f"c{n}") for n in range(5_000))), 10, id="5,000 groups"),
        pytest.param(run_of_regions(*(region(name=f"r{n}") for n in range(8_000))), 5, id="8,000 regions"),
        pytest.param(run_of(answer(businesses=["&amp;" * (_LONG // 5)])), 15, id="a name of entities"),
        pytest.param(run_of(answer(businesses=["*" * _LONG])), 5, id="a name of stars"),
        pytest.param(run_of(answer(prompt="a" + "\u0301" * (_LONG // 2))), 5, id="a letter with a tower of accents"),
        pytest.param(run_of(answer(), answer(prompt=" \u200b" * (_LONG // 4))), 5, id="a prompt of nothing"),
        pytest.param(run_of(answer(citations=["https://a.example/?" + "&a=%41" * (_LONG // 6)])), 5, id="parameters"),
        pytest.param(run_of(answer(citations=["https://" + "a." * (_LONG // 2)])), 5, id="labels"),
        pytest.param(run_of(answer(citations=["https://a.example/" + "https://b@" * 200] * 200)), 10, id="logins"),
        pytest.param(run_of(answer(citations=["https://google.com/url?q=" * 80] * 200)), 5, id="redirectors"),
    ],
)  # fmt: skip
def test_no_file_takes_longer_than_a_few_times_an_ordinary_one_of_its_size(run: Json, times: float) -> None:
    data = _file(run)
    assert any(_seconds(data) < times * _ordinary() for _ in range(3))


def _padded(number: int, size: int, padding: str) -> str:
    return f"{number:06d}".ljust(size, padding)


def _crowded(address: int, name: int, prompt: int) -> RollUp:
    """More rows than are told apart, with texts of these lengths."""

    def cells() -> dict[str, Cells]:
        return {f"platform {n}": Cells(1_000, 500) for n in range(20)}

    return RollUp(
        pages={
            _padded(n, address, "x"): PageTally((_STAMP, _padded(n, address, "y")), ("", ""), 1)
            for n in range(4_000_000 // address)
        },
        domains={_padded(n, 250, "x"): DomainTally((_STAMP,), 1) for n in range(MAX_DOMAINS + 100)},
        businesses={
            _padded(n, name, "x"): BusinessTally((_STAMP, _padded(n, name, "y")), 1, Ranks.of(1))
            for n in range(MAX_BUSINESSES + 100)
        },
        prompts={
            prompt_id(n): PromptTally((_STAMP, _padded(n, prompt, "x"), None), Cells(1_000, 500), Ranks.of(1), cells())
            for n in range(MAX_PROMPTS + 100)
        },
        recent={
            f"{n:013d} {UUID(int=n)}": {prompt_id(at): (1_000, 500) for at in range(MAX_RECENT_PROMPTS)}
            for n in range(RECENT_RUNS)
        },
        voices={
            f"{n:013d} {UUID(int=n)}": {_padded(1_000 * n + at, min(name, 200), "x"): 1_000 for at in range(MAX_VOICES)}
            for n in range(RECENT_RUNS)
        },
        samples={f"{n:013d} {UUID(int=n)}": b"x" * samples.MAX_PACKED_BYTES for n in range(2)},
        evidence={_STAMP: b"x" * evidence.MAX_PACKED_BYTES},
    )


@pytest.mark.parametrize(("address", "name", "prompt"), [(36, 20, 30), (100, 200, 600), (2_000, 300, 2_000)])
def test_a_roll_up_is_never_more_than_64_mb_in_memory(address: int, name: int, prompt: int) -> None:
    roll_up = RollUp()
    roll_up.merge(_crowded(address, name, prompt))
    document = roll_up.dump("")
    counts = _counts(roll_up)
    del roll_up
    tracemalloc.start()
    try:
        loaded = RollUp.load(document, "")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 64_000_000
    assert _counts(loaded) == counts
    assert all(
        count <= most for count, most in zip(counts, (MAX_PAGES, MAX_DOMAINS, MAX_BUSINESSES, MAX_PROMPTS), strict=True)
    )
    assert sum(len(row.platforms) for row in loaded.prompts.values()) <= MAX_CELLS


def _counts(roll_up: RollUp) -> Sequence[int]:
    return [len(rows) for rows in (roll_up.pages, roll_up.domains, roll_up.businesses, roll_up.prompts)]


def test_of_a_run_that_names_many_businesses_it_is_not_known_how_often_the_others_were_named() -> None:
    many = run_of(*(answer(at % 30, f"p{at}", businesses=[f"b{at}", f"b{at + 1}"]) for at in range(MAX_VOICES + 50)))
    known = run_of(*(answer(at, businesses=["a"]) for at in range(300)), number=2, day=2)
    whole = folded(many, known)

    first, second = (sorted(whole.voices[stamp]) for stamp in sorted(whole.voices))
    assert (len(first), second) == (MAX_VOICES, ["a"])
    series = build_snapshot(whole, ACME)["rivals"]["series"]
    assert [row["share_of_voice"] for row in series if row["name"] == "a"] == [[None, 100.0]]
    assert [row["share_of_voice"] for row in series if row["name"] == "b1"] == [[0.4, 0.0]]


def test_of_long_names_fewer_are_kept_run_by_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_MAX_VOICE_BYTES", 1_000)
    (voices,) = folded(run_of(answer(businesses=[f"{at:03d}" + "x" * 97 for at in range(50)]))).voices.values()

    assert len(voices) == 10


def test_the_rows_of_one_run_are_bounded_while_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PAGES", 100)
    most = 0
    bound = RollUp._bound

    def watched(roll_up: RollUp) -> None:
        nonlocal most
        most = max(most, len(roll_up.pages))
        bound(roll_up)

    monkeypatch.setattr(RollUp, "_bound", watched)
    whole = folded(run_of(*(answer(at, citations=[f"//a.example/{at}/{n}" for n in range(100)]) for at in range(20))))

    assert most <= 3 * 100 + 100
    assert (len(whole.pages), whole.tally.citations) == (100, 2_000)


def test_so_many_of_each_kind_are_told_apart() -> None:
    def groups(number: int) -> dict[str, GroupTally]:
        return {str(n): GroupTally((_STAMP, "x"), Tally(1)) for n in range(number)}

    roll_up = RollUp()
    roll_up.merge(
        RollUp(
            platforms=groups(201),
            regions=groups(1_001),
            categories=groups(1_001),
            businesses={str(n): BusinessTally((_STAMP, "x"), 1, Ranks()) for n in range(20_001)},
            domains={str(n): DomainTally((_STAMP,), 1) for n in range(20_001)},
            pages={str(n): PageTally((_STAMP, ""), ("", ""), 1) for n in range(100_001)},
            prompts={str(n): PromptTally((_STAMP, "x", None), Cells(1, 0), Ranks(), {}) for n in range(5_001)},
        )
    )

    assert [len(rows) for rows in (roll_up.platforms, roll_up.regions, roll_up.categories)] == [200, 1_000, 1_000]
    assert _counts(roll_up) == [100_000, 20_000, 20_000, 5_000]


def test_of_one_run_1000_prompts_and_200_businesses_are_kept() -> None:
    whole = part(run_of(*(answer(at, businesses=[f"b{at % 201}"]) for at in range(1_001))))
    (recent,), (voices,) = whole.recent.values(), whole.voices.values()

    assert (len(recent), len(voices)) == (1_000, 200)


def test_of_too_many_rows_the_most_frequent_stay_then_the_most_recent() -> None:
    older, newer = f"1767256200000 {UUID(int=1)}", f"1767342600000 {UUID(int=2)}"
    roll_up = RollUp(domains={f"{n}.example": DomainTally((older,), 1) for n in range(MAX_DOMAINS)})
    roll_up.domains["frequent.example"] = DomainTally((older,), 2)
    roll_up.merge(RollUp(domains={"0-recent.example": DomainTally((newer,), 1)}))

    assert len(roll_up.domains) == MAX_DOMAINS
    assert {"frequent.example", "0-recent.example"} < roll_up.domains.keys()


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_of_rows_that_are_level_the_same_ones_stay_whatever_their_order(
    monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setattr(rules, "MAX_DOMAINS", 1)
    whole = folded(run_of(answer(citations=[f"https://{name}.example/" for name in names])))

    assert list(whole.domains) == ["b.example"]


def test_run_by_run_the_most_named_businesses_are_kept_equals_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_VOICES", 2)
    (voices,) = folded(run_of(answer(0, businesses=["b", "a", "z"]), answer(1, businesses=["z"]))).voices.values()

    assert voices == {"z": 2, "a": 1}


def test_in_trends_the_most_asked_prompts_of_a_run_appear_equals_by_text_and_then_by_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MAX_RECENT_PROMPTS", 2)
    asked = [(5, "b"), (5, "b"), (4, "c"), (3, "a"), (2, "a"), (1, "b")]
    (recent,) = folded(run_of(*(answer(number, prompt=text) for number, text in asked))).recent.values()

    assert recent == {prompt_id(5): (2, 0), prompt_id(2): (1, 0)}


def test_what_is_told_apart_no_more_counts_in_the_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_PLATFORMS", 50)
    cited = [[f"//{200 * at + n}.example" for n in range(200)] for at in range(105)]
    named = [[f"b{200 * at + n}" for n in range(200)] for at in range(105)]
    cells = (answer(at, f"p{at}", businesses=named[at], citations=cited[at], brand_appears=True) for at in range(105))
    roll_up = _fold(_file(run_of(*cells)))
    snapshot = build_snapshot(roll_up, ACME)

    assert (len(roll_up.domains), len(roll_up.businesses), len(roll_up.platforms)) == (20_000, 20_000, 50)
    assert snapshot["stats"]["citations_count"] == 21_000
    assert snapshot["stats"]["answers_count"] == snapshot["stats"]["appearances_count"] == 105
    assert snapshot["competitors"][0]["share_of_voice"] == round(100 * 105 / 21_105, 1)


def test_a_matrix_has_as_many_cells_as_a_page_can_show() -> None:
    cells = [answer(at, f"p{n}", prompt="x") for at in range(1_000) for n in range(MAX_PLATFORMS)]
    snapshot = build_snapshot(_fold(_file(run_of(*cells[: 1_000 * 30]))), ACME)
    shown = sum(len(row["platforms"]) for row in snapshot["platform_matrix"])

    assert MAX_MATRIX_CELLS / 2 < shown <= MAX_MATRIX_CELLS
    assert len(snapshot["prompts"]) == len(snapshot["platform_matrix"])


def test_of_too_many_cells_those_of_the_most_frequent_prompts_on_platforms_told_apart_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "MAX_PLATFORMS", 2)
    monkeypatch.setattr(rules, "MAX_CELLS", 4)
    asked = {0: "aaabbbcd", 1: "aabbc", 2: "abd"}

    whole = folded(run_of(*(answer(number, platform) for number, on in asked.items() for platform in on)))

    assert set(whole.platforms) == {"a", "b"}
    cells = {prompt.count: set(prompt.platforms) for prompt in whole.prompts.values()}
    assert cells == {8: {"a", "b"}, 5: {"a", "b"}, 3: set()}


def test_of_few_rows_with_long_texts_as_many_stay_as_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [f"https://example.com/{letter * 300}" for letter in "abc"]
    cited = [citation(page) for number, page in enumerate(pages) for _ in range(3 - number)]
    row = next(iter(folded(run_of(answer(citations=cited))).pages.items()))
    monkeypatch.setattr(rules, "_MAX_PAGE_BYTES", 2 * rules._text_bytes(*row))
    monkeypatch.setattr(rules, "_MAX_ROW_BYTES", rules._text_bytes(*row))

    whole = folded(run_of(answer(citations=cited)))

    assert [page.count for page in whole.pages.values()] == [3, 2]
    assert whole.tally.citations == 6


@pytest.mark.parametrize("title", [None, "\N{GRINNING FACE}" * 500])
def test_texts_count_as_the_memory_that_they_take(monkeypatch: pytest.MonkeyPatch, title: str | None) -> None:
    cited = [citation(f"https://example.com/{name * 300}", title) for name in "aaabbc"]
    ((key, row),) = folded(run_of(answer(citations=cited[:1]))).pages.items()
    # Copies, since a text that has been written to JSON takes its UTF-8 besides.
    taken = sum(sys.getsizeof(text.encode().decode()) for text in (key, row.last_seen[1], row.title[1]))
    monkeypatch.setattr(rules, "_MAX_PAGE_BYTES", int(2.2 * taken))
    monkeypatch.setattr(rules, "_MAX_ROW_BYTES", taken)

    assert [page.count for page in folded(run_of(answer(citations=cited))).pages.values()] == [3, 2]
