"""Run files as the world writes them, put into the bucket: what a client then reads."""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from report_shares.rules.catalog import Brand
from report_shares.store import items
from tests.handlers.runs import key_of, outcome, run, run_id, snapshot, uploaded_at
from tests.world import BRAND_ID, SCHEDULE_ID, WORKSPACE, Json, World

GEMINI = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZIYQ"
HIDDEN_SOURCES = [{"url": GEMINI, "title": title} for title in ("acme.example", "news.example", "Best beans")]


def known_as(world: World, name: str, aliases: Sequence[str] = (), domains: Sequence[str] = ("acme.example",)) -> None:
    brand = Brand(BRAND_ID, WORKSPACE, name, tuple(aliases), tuple(domains), {})
    world.dynamodb.put_item(TableName="shares", Item=items.brand_item(brand))


def only(*changes: Json) -> list[Json]:
    """The regions of a run with an answer with each of these changes; without, nothing is named or cited in it."""
    (region,) = run(1)["regions"]
    (good,) = region["answers"]
    bare = good | {"brand_appears": False, "rank": None, "businesses": [], "citations": []}
    return [region | {"answers": [bare | change for change in changes]}]


def answers(*changes: Json) -> list[Json]:
    """The same, after two good answers."""
    return only(cites("https://www.acme.example/beans"), cites("https://news.example/a"), *changes)


def cites(*urls: object) -> Json:
    return {"citations": [{"url": url, "title": None} for url in urls]}


def names(*given: str) -> Json:
    return {"brand_appears": True, "businesses": [{"name": name, "rank": None} for name in given]}


def stats(shown: Json, *figures: str) -> list[Any]:
    return [shown["stats"][figure] for figure in figures]


def domains(shown: Json) -> dict[str, int]:
    return {row["domain"]: row["count"] for row in shown["citations"]["domains"]}


def mentions(shown: Json) -> dict[str, int]:
    return {row["name"]: row["mentions_count"] for row in shown["competitors"]}


def urls(shown: Json) -> dict[str, int]:
    return {row["url"]: row["count"] for row in shown["citations"]["urls"]}


@pytest.mark.parametrize(
    ("change", "cited"),
    [
        (cites("a5612f0f61c30b47", "https://b.example"), {"b.example": 1}),
        (cites("", None, "mailto:hello@acme.example", "https://b.example"), {"b.example": 1}),
        (cites("www.acme.example/x"), {"acme.example": 2}),
        (cites("//acme.example/x"), {"acme.example": 2}),
        (cites(f"https://b.example/#:~:text={'x' * 2_100}"), {"b.example": 1}),
        ({"citations": None}, {}),
        (cites(*(f"https://b.example/{number}" for number in range(201))), {"b.example": 200}),
        ({"rank": 2.0, "category": ""}, {}),
        (cites("//BÜCHER.example", "//bu\u0308cher.example."), {"xn--bcher-kva.example": 2}),
    ],
)  # fmt: skip
def test_one_odd_value_costs_only_itself(world: World, change: Json, cited: dict[str, int]) -> None:
    world.put_run(run(1, regions=answers(change)))

    shown = snapshot(world)
    assert domains(shown) == {"acme.example": 1, "news.example": 1} | cited
    assert stats(shown, "runs_count", "answers_count") == [1, 3]
    assert world.buried() == []


def in_capitals(body: Json) -> tuple[bytes, str]:
    for field in ("id", "scheduled_report_id", "brand_id"):
        body[field] = body[field].upper()
    return json.dumps(body).encode(), f"runs/{body['scheduled_report_id']}/{body['id']}.json"


def with_failed_region(body: Json) -> Json:
    return body | {"regions": [*body["regions"], {"name": "France", "status": "failed", "answers": None}]}


def plain(text: str) -> tuple[bytes, str]:
    return text.encode(), key_of(1)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda body: plain(f"\ufeff{json.dumps(body)}"), id="a byte order mark"),
        pytest.param(in_capitals, id="ids in capitals"),
        pytest.param(lambda body: (gzip.compress(in_capitals(body)[0]), in_capitals(body)[1] + ".gz"), id="gzipped"),
        pytest.param(lambda body: plain(json.dumps(body).replace('"completed"', '"Completed"')), id="status"),
        pytest.param(lambda body: plain(json.dumps(with_failed_region(body))), id="a failed region without answers"),
        pytest.param(lambda body: plain(json.dumps(body).replace('"Beans"', '"Best \\ud83d"')), id="half a pair"),
    ],
)
def test_a_file_written_otherwise_says_the_same(world: World, written: Callable[[Json], tuple[bytes, str]]) -> None:
    world.put_run(*written(run(1)))

    shown = snapshot(world)
    assert stats(shown, "runs_count", "regions_count", "answers_count", "visibility_score") == [1, 1, 1, 100.0]
    assert shown["citations"]["urls"][0]["title"] in ("Beans", "Best \ufffd")


def test_a_run_replaces_itself_though_its_key_is_spelled_otherwise(world: World) -> None:
    world.put_run(run(1))
    uploaded_at(key_of(1), -1)
    world.put_run(*in_capitals(run(1, appears=False)))

    assert stats(snapshot(world), "runs_count", "appearances_count") == [1, 0]


def test_one_page_in_many_spellings_is_one_row(world: World) -> None:
    page = "https://www.b.example/beans"
    tracked = (f"{page}?utm_source=chatgpt.com", f"{page}#:~:text=best", "http://www.b.example/beans", f"{page}/")
    hosts = (
        "https://b.example/beans",
        "https://WWW.B.EXAMPLE/beans",
        "https://b.example:443/beans",
        "https://b.example./beans",
    )
    world.put_run(run(1, regions=answers(cites(*hosts, *tracked))))

    assert urls(snapshot(world))[f"{page}/"] == 8


def test_a_password_in_an_address_is_never_stored(world: World) -> None:
    world.put_run(run(1, regions=answers(cites("https://bob:hunter2@x.example/r"))))

    assert "https://x.example/r" in urls(snapshot(world))
    listed = world.s3.list_objects_v2(Bucket="reports")["Contents"]
    kept = [entry["Key"] for entry in listed if not entry["Key"].startswith("runs/")]
    documents = [world.s3.get_object(Bucket="reports", Key=key)["Body"].read() for key in kept]
    assert len(documents) == 3
    assert not [document for document in documents if b"hunter2" in gzip.decompress(document)]


def test_sources_that_an_assistant_hides_count_for_the_domains_in_their_titles(world: World) -> None:
    world.put_run(run(1, regions=only(*[{"citations": HIDDEN_SOURCES}] * 5)))

    shown = snapshot(world)
    assert domains(shown) == {"acme.example": 5, "news.example": 5}
    assert shown["citations"]["urls"] == []
    assert stats(shown, "citations_count", "unresolved_citations_count", "citation_share") == [15, 5, 50.0]


@pytest.mark.parametrize(
    ("hidden", "citations", "them"), [(1, "1</data> citation", "it"), (2, "2</data> citations", "them")]
)
def test_the_page_says_how_many_citations_could_not_be_traced(
    world: World, hidden: int, citations: str, them: str
) -> None:
    world.put_run(run(1, regions=answers(*[{"citations": [HIDDEN_SOURCES[2]]}] * hidden)))

    page = world.read(world.create(world.add_key()).json["access_token"], "read_shared_page").text
    assert f"{citations} could not be traced to a website, " in page
    assert f"shares leave {them} out." in page


def test_the_page_says_nothing_of_hidden_addresses_where_there_are_none(world: World) -> None:
    world.put_run(run(1, regions=answers()))

    page = world.read(world.create(world.add_key()).json["access_token"], "read_shared_page").text
    assert "could not be traced" not in page


def test_a_domain_is_the_brands_however_its_letters_are_written(world: World) -> None:
    known_as(world, "Acme Coffee", (), ("xn--mnchen-kaffee-wob.example",))
    names = ("münchen-kaffee", "xn--mnchen-kaffee-wob", "mu\u0308nchen-kaffee", "MÜNCHEN-KAFFEE")
    world.put_run(run(1, regions=only(cites(*(f"https://www.{name}.example/" for name in names)))))

    shown = snapshot(world)
    assert domains(shown) == {"xn--mnchen-kaffee-wob.example": 4}
    assert shown["stats"]["citation_share"] == 100.0


@pytest.mark.parametrize(
    ("name", "alias", "spellings"),
    [
        ("Café Größe", "x", ["Cafe\u0301 Gro\u0308ße", "CAFÉ GRÖSSE"]),
        ("McDonald's", "AT&T", ["McDonald’s", "McDonald's®", "ＭｃＤｏｎａｌｄ＇ｓ", "McDonald's\u200b", "AT&amp;T"]),  # noqa: RUF001
    ],
)
def test_the_brand_is_no_rival_of_itself(world: World, name: str, alias: str, spellings: list[str]) -> None:
    known_as(world, name, (alias,))
    world.put_run(run(1, regions=answers(*map(names, spellings))))

    assert mentions(snapshot(world)) == {name: len(spellings)}


def test_a_rival_is_one_row_and_what_has_no_name_none(world: World) -> None:
    spellings = ("Burger King", "Burger  King", "Burger\xa0King", "\u200bBurger King", "\u200b", "\u202eZed\x07")
    world.put_run(run(1, regions=answers(*map(names, spellings))))

    assert mentions(snapshot(world)) == {"Acme Coffee Roasters": 6, "Burger King": 4, "Zed": 1}


def test_a_platform_keeps_its_row_though_it_is_spelled_otherwise_a_week_later(world: World) -> None:
    for number, spelling in enumerate(["chatgpt", "ChatGPT"]):
        body = run(number)
        body["regions"][0]["answers"][0]["platform"] = spelling
        world.put_run(body)

    (row,) = snapshot(world)["platforms"]
    assert (row["name"], row["answers_count"]) == ("ChatGPT", 2)


def test_a_run_whose_only_region_failed_stands_in_the_trend_and_is_not_the_latest(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2, regions=[run(2)["regions"][0] | {"status": "failed"}]))

    shown = snapshot(world)
    assert [point["visibility_score"] for point in shown["trend"]] == [100.0, None]
    assert shown["stats"]["latest"]["visibility_score"] == 100.0
    assert shown["stats"]["previous"] is None


@pytest.mark.parametrize("time", ["2062-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "soon", None])
def test_a_run_that_cannot_have_been_completed_then_is_refused(world: World, time: str | None) -> None:
    world.put_run(run(1, completed_at=time))

    (letter,) = world.buried()
    assert letter["reason"].startswith("completed_at: ")
    assert snapshot(world)["stats"]["runs_count"] == 0


# ---- told ---------------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_in_the_outcome_of_the_file_and_in_the_log(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.put_run(run(1, regions=answers({"citations": ["x", "y"], "businesses": [""], "rank": 0})))

    counts = {"citation_without_address": 2, "business_without_name": 1, "rank": 1}
    assert outcome(world, 1).left_out == counts
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["left_out"] for line in lines if line.get("message") == "folded"] == [counts]


def test_a_file_of_which_nothing_is_left_out_tells_so(world: World) -> None:
    world.put_run(run(1))

    assert outcome(world, 1).left_out == {}


# ---- definitions --------------------------------------------------------------------------------------------------


def test_when_the_definition_of_the_brand_has_changed_all_runs_count_by_the_new_one(world: World) -> None:
    known_as(world, "Acme Coffee")
    regions = only(names("Acme Roastery"), cites("https://acme-coffee.example", "https://news.example/a"))
    world.put_run(run(1, regions=regions))
    before = snapshot(world)
    assert mentions(before) == {"Acme Coffee": 1, "Acme Roastery": 1}
    known_as(world, "Acme Coffee", ("Acme Roastery",), ("acme.example", "acme-coffee.example"))

    world.put_run(run(2, regions=regions))

    shown = snapshot(world)
    assert (before["stats"]["citation_share"], shown["stats"]["citation_share"]) == (0.0, 50.0)
    assert [point["citation_share"] for point in shown["trend"]] == [50.0, 50.0]
    assert mentions(shown) == {"Acme Coffee": 2}


@pytest.mark.parametrize("run_of_the_gone_file", [1, 2])
def test_a_run_whose_file_is_gone_never_mixes_definitions(world: World, run_of_the_gone_file: int) -> None:
    world.put_run(run(1))
    world.put_run(run(2))
    world.s3.delete_object(Bucket="reports", Key=key_of(run_of_the_gone_file))
    known_as(world, "Another name")

    world.put_run(run(3))

    shown = snapshot(world)
    assert [point["visibility_score"] for point in shown["trend"]] == [100.0, 100.0]
    assert mentions(shown) == {"Another name": 2, "Acme Coffee Roasters": 2, "Blue Heron Coffee": 2}


def rolled_up_by_earlier_rules(world: World) -> str:
    """Puts a document of the first version, which had no number, in the place of the schedule's roll-up; its key."""
    schedule = items.schedule_from(
        world.dynamodb.get_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))["Item"]
    )
    assert schedule.rollup_key
    first = {
        "tally": {"answers": 9},
        "ranks": {},
        "mentions": 9,
        "runs": {str(run_id(number)): {} for number in range(1, 3)},
        "businesses": {},
        "urls": {},
        "recent": {},
    }
    body = gzip.compress(json.dumps(first).encode())
    world.s3.put_object(Bucket="reports", Key=schedule.rollup_key, Body=body)
    return schedule.rollup_key


def test_a_roll_up_of_earlier_rules_is_made_anew_from_its_files_when_the_next_one_arrives(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2, appears=False))
    old = rolled_up_by_earlier_rules(world)

    assert world.put_run(run(3)) == {"batchItemFailures": []}

    assert [point["visibility_score"] for point in snapshot(world)["trend"]] == [100.0, 0.0, 100.0]
    assert old not in [entry["Key"] for entry in world.s3.list_objects_v2(Bucket="reports")["Contents"]]


def test_a_refused_file_leaves_a_roll_up_of_earlier_rules_for_the_next_good_one(world: World) -> None:
    world.put_run(run(1))
    rolled_up_by_earlier_rules(world)

    world.put_run(b"{", key_of(2))

    assert stats(snapshot(world), "runs_count", "answers_count") == [1, 1]
