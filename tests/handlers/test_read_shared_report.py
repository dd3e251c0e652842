"""GET /v1/shared/{token}: who holds a link reads its report, as long as it is active. The page has its own tests."""

import base64
import html
import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from report_shares.contract.white_label import SECTIONS
from report_shares.rules import tokens
from report_shares.rules.token_secrets import parse_secrets
from report_shares.times import DAY, iso
from tests.handlers.answers import assert_refused
from tests.handlers.calls import aws_error, before_each_call, failing, recorded
from tests.handlers.runs import run
from tests.world import BRAND_ID, NOON, SCHEDULE_ID, WORKSPACE, Json, World, event

LINKS = ["read_shared_report", "read_shared_page"]


def share(world: World, body: Json | None = None) -> Json:
    return world.create(world.add_key(), body).json


def test_a_link_opens_the_report(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2, appears=False))
    token = share(world)["access_token"]

    answer = world.read(token)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    report = answer.json
    assert set(report) == {
        "object", "share_type", "brand", "schedule", "live", "snapshot_at", "expires_at", "white_label", "snapshot",
    }  # fmt: skip
    assert report["object"] == "shared_report"
    assert report["share_type"] == "scheduled"
    assert report["brand"] == {"name": "Acme Coffee Roasters"}
    assert report["schedule"] == {"name": "Weekly visibility", "frequency": "weekly"}
    assert report["snapshot_at"] == iso(NOON)
    assert report["expires_at"] == iso(NOON + 30 * DAY)
    assert report["snapshot"]["stats"]["visibility_score"] == 50.0
    assert report["white_label"]["report_sections_config"] == dict.fromkeys(SECTIONS, True)


def test_a_schedule_without_a_completed_run_has_a_report_too(world: World) -> None:
    stats = world.read(share(world)["access_token"]).json["snapshot"]["stats"]

    assert (stats["runs_count"], stats["visibility_score"], stats["latest"]) == (0, None, None)


def test_the_report_names_no_id_no_owner_and_no_token(world: World) -> None:
    world.put_run(run(1))
    made = share(world)

    text = world.read(made["access_token"]).text

    for secret in (
        made["access_token"],
        made["id"],
        made["brand_id"],
        made["scheduled_report_id"],
        "ada",
        run(1)["id"],
    ):
        assert secret not in text


def test_the_snapshot_stays_frozen_until_the_share_is_refreshed(world: World) -> None:
    world.put_run(run(1))
    token = share(world)["access_token"]
    frozen = world.read(token).text

    world.put_run(run(2))
    world.restart()

    assert world.read(token).text == frozen


@pytest.mark.parametrize(("link", "kept"), [("read_shared_report", "no-store"), ("read_shared_page", "no-cache")])
def test_nobody_else_may_keep_index_or_pass_on_what_is_behind_a_link(world: World, link: str, kept: str) -> None:
    token = share(world)["access_token"]

    for answer, caching in ((world.read(token, link), kept), (world.read("nonsense", link), "no-store")):
        assert answer.headers["Cache-Control"] == f"private, {caching}"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Correlation-ID"] == answer.request_id


@pytest.mark.parametrize("link", LINKS)
def test_head_is_answered_like_get_and_the_server_leaves_the_body_out(world: World, link: str) -> None:
    token = share(world)["access_token"]
    get = event(link, TOKEN=token)

    answer = world.send(world.shared_report, get | {"httpMethod": "HEAD"})

    got = world.send(world.shared_report, get)
    assert (answer.status, answer.text) == (200, got.text)
    assert answer.headers | {"X-Correlation-ID": ""} == got.headers | {"X-Correlation-ID": ""}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("link", "allowed"), [("read_shared_report", "GET, HEAD, OPTIONS"), ("read_shared_page", "GET, HEAD, POST")]
)
def test_a_link_cannot_be_changed_by_who_has_it(world: World, method: str, link: str, allowed: str) -> None:
    request = event(link, TOKEN=share(world)["access_token"]) | {"httpMethod": method}

    answer = world.send(world.shared_report, request)

    assert answer.status == 405
    assert answer.headers["Allow"] == allowed
    assert answer.headers["X-Correlation-ID"] == answer.request_id


# ---- 404: not a token of ours ------------------------------------------------------------------------------------


def flipped(token: str, position: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(token + "="))
    raw[position] ^= 1
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def other_spelling(token: str) -> str:
    """The same bytes with a spare bit set in the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelled = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert base64.urlsafe_b64decode(spelled + "=") == base64.urlsafe_b64decode(token + "=")
    return spelled


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token.swapcase(),
        lambda _: "A" * 51,
        lambda token: flipped(token, 0),
        lambda token: flipped(token, 1),
        lambda token: flipped(token, 16),
        lambda token: flipped(token, 17),
        lambda token: flipped(token, 37),
        other_spelling,
        lambda token: token[:20] + "é" + token[21:],
        lambda token: token[:20] + "%41" + token[23:],
    ],
)
def test_a_malformed_or_forged_token_is_404_without_any_database_call(
    world: World, forge: Callable[[str], str]
) -> None:
    token = share(world)["access_token"]
    world.read(token)

    with recorded() as calls:
        answer = world.read(forge(token))

    assert_refused(answer, 404, "not_found")
    assert set(calls) <= {"GetSecretValue"}  # for a key id that is not known (yet); see test_token_secrets.py


def test_a_token_made_with_another_secret_is_404(world: World) -> None:
    made = share(world)
    other = tokens.TokenSecrets(1, {1: b"x" * 32})

    assert_refused(world.read(tokens.mint(other, UUID(made["id"]), 1)), 404, "not_found")


def test_a_token_made_with_another_secret_that_is_still_kept_is_404(world: World) -> None:
    made = share(world)
    document = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"]) | {"2": "n" * 48}
    world.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps(document))
    world.restart()
    other = tokens.mint(parse_secrets(json.dumps(document)).secrets, UUID(made["id"]), 2)

    for link in LINKS:
        assert world.read(other, link).status == 404
        assert world.read(made["access_token"], link).status == 200


def test_of_a_row_that_is_gone_no_secret_is_known_so_that_any_kept_one_makes_a_dead_link(world: World) -> None:
    document = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"]) | {"2": "n" * 48}
    world.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps(document))

    assert_refused(world.read(tokens.mint(parse_secrets(json.dumps(document)).secrets, uuid4(), 2)), 410, "gone")


# ---- 410: a token of ours that opens nothing any more -------------------------------------------------------------


def test_a_link_is_gone_from_the_moment_it_expires(world: World) -> None:
    token = share(world, {"expiration_days": 1})["access_token"]

    world.clock.now = NOON + DAY - 1
    just_before = world.read(token).status
    world.clock.now = NOON + DAY
    at_that_moment = world.read(token)

    assert just_before == 200
    assert_refused(at_that_moment, 410, "gone")


def test_a_link_stays_gone_after_ttl_has_deleted_its_row(world: World) -> None:
    made = share(world)
    world.dynamodb.delete_item(TableName="shares", Key={"pk": {"S": f"SHARE#{made['id']}"}, "sk": {"S": "SHARE"}})

    assert_refused(world.read(made["access_token"]), 410, "gone")


def test_a_revoked_link_is_gone(world: World) -> None:
    made = share(world)
    world.dynamodb.update_item(
        TableName="shares",
        Key={"pk": {"S": f"SHARE#{made['id']}"}, "sk": {"S": "SHARE"}},
        UpdateExpression="SET revoked_at = :now",
        ExpressionAttributeValues={":now": {"N": str(NOON)}},
    )

    assert_refused(world.read(made["access_token"]), 410, "gone")


def test_an_authentic_token_of_a_share_that_never_was_is_gone(world: World) -> None:
    document = world.secrets.get_secret_value(SecretId="tokens")["SecretString"]
    token = tokens.mint(parse_secrets(document).secrets, uuid4(), 1)

    assert_refused(world.read(token), 410, "gone")


# ---- white label -------------------------------------------------------------------------------------------------


def test_the_overrides_of_the_share_win_field_by_field_over_the_brand_as_it_is_now(world: World) -> None:
    token = share(
        world,
        {"white_label_config": {"company_name": "Northlight", "report_sections_config": {"show_footer": True}}},
    )["access_token"]
    world.add_brand(
        white_label={
            "company_name": "Brand's own",
            "primary_color": "#112233",
            "report_sections_config": {"show_footer": False, "show_trend_chart": False},
        }
    )

    look = world.read(token).json["white_label"]

    assert look["company_name"] == "Northlight"
    assert look["primary_color"] == "#112233"
    assert look["secondary_color"] is None
    assert look["report_sections_config"]["show_footer"] is True
    assert look["report_sections_config"]["show_trend_chart"] is False
    assert look["report_sections_config"]["show_stats_cards"] is True


@pytest.mark.parametrize(
    ("section", "absent"),
    [
        ("show_header_logo", {"logo_url"}),
        ("show_cover_page", {"cover_title", "cover_subtitle"}),
        ("show_footer", {"footer_email", "footer_phone", "footer_website"}),
    ],
)
def test_the_fields_of_a_section_that_is_off_are_absent(world: World, section: str, absent: set[str]) -> None:
    given = {
        "logo_url": "https://cdn.example.com/logo.png",
        "cover_title": "Spring",
        "footer_phone": "020 7946 0000",
        "report_sections_config": {section: False},
    }

    look = world.read(share(world, {"white_label_config": given})["access_token"]).json["white_label"]

    everything = {
        "company_name", "logo_url", "primary_color", "secondary_color", "cover_title", "cover_subtitle",
        "footer_email", "footer_phone", "footer_website", "report_sections_config",
    }  # fmt: skip
    assert set(look) == everything - absent


def test_a_section_of_the_snapshot_that_is_off_is_absent(world: World) -> None:
    world.put_run(run(1))
    given = {"report_sections_config": {"show_competitor_ranking": False}}

    snapshot = world.read(share(world, {"white_label_config": given})["access_token"]).json["snapshot"]

    assert "competitors" not in snapshot
    assert "platforms" in snapshot


# ---- cost and faults ---------------------------------------------------------------------------------------------


def test_a_warm_read_takes_two_look_ups_and_no_object(world: World) -> None:
    world.put_run(run(1))
    token = share(world)["access_token"]

    with recorded() as first:
        world.read(token)
    with recorded() as second:
        world.read(token)

    assert sorted(first) == ["BatchGetItem", "GetItem", "GetObject", "GetSecretValue"]
    assert second == ["GetItem", "BatchGetItem"]


def test_what_a_replica_does_not_have_yet_is_asked_for_where_it_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schedule that was just made must not look as if it were gone."""
    token = share(world)["access_token"]
    asked: list[bool] = []

    def behind(_: str, arguments: Json) -> None:
        if "RequestItems" in arguments:
            (batch,) = arguments["RequestItems"].values()
            asked.append(batch["ConsistentRead"])
            if not batch["ConsistentRead"]:
                batch["Keys"] = batch["Keys"][:1]

    before_each_call(monkeypatch, behind)

    assert world.read(token).status == 200
    assert asked == [False, True]


@pytest.mark.parametrize("operation", ["BatchGetItem", "GetItem", "GetObject", "GetSecretValue"])
def test_aws_failing_is_503(world: World, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    world.put_run(run(1))
    token = share(world)["access_token"]
    failing(monkeypatch, operation, aws_error(operation, "SlowDown", 503))

    answer = world.read(token)

    assert_refused(answer, 503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


# ---- 410: a share that has lost whose it was ----------------------------------------------------------------------


def moved(item: Json) -> Json:
    return item | {"workspace_id": {"S": "elsewhere"}}


def given_to_another_brand(item: Json) -> Json:
    return item | {"brand_id": {"S": str(uuid4())}}


LOSSES: dict[str, tuple[tuple[str, ...], Callable[[Json], Json | None]]] = {
    "brand gone": (("BRAND",), lambda _: None),
    "schedule gone": (("SCHEDULE",), lambda _: None),
    "brand moved": (("BRAND",), moved),
    "schedule moved": (("SCHEDULE",), moved),
    "both moved": (("BRAND", "SCHEDULE"), moved),
    "schedule given to another brand": (("SCHEDULE",), given_to_another_brand),
}


def lose(world: World, kinds: tuple[str, ...], change: Callable[[Json], Json | None]) -> None:
    for kind in kinds:
        found = {"pk": {"S": f"{kind}#{BRAND_ID if kind == 'BRAND' else SCHEDULE_ID}"}, "sk": {"S": kind}}
        item = change(dict(world.dynamodb.get_item(TableName="shares", Key=found)["Item"]))
        world.dynamodb.delete_item(TableName="shares", Key=found)
        if item:
            world.dynamodb.put_item(TableName="shares", Item=item)
    world.restart()


@pytest.mark.parametrize(("kinds", "change"), LOSSES.values(), ids=LOSSES)
def test_a_link_whose_schedule_or_brand_is_gone_or_has_moved_is_410_as_json_and_as_a_page(
    world: World, kinds: tuple[str, ...], change: Callable[[Json], Json | None]
) -> None:
    world.add_brand(white_label={"company_name": "Northlight Search"})
    token = share(world, {"white_label_config": {"company_name": "The share's own"}})["access_token"]
    lose(world, kinds, change)

    answer, page = world.read(token), world.read(token, "read_shared_page")

    assert_refused(answer, 410, "gone")
    assert page.status == 410
    assert "The share's own" not in html.unescape(page.text)
    # A brand that is gone or has moved is not whom the reader may ask.
    assert ("Northlight Search" in page.text) == ("BRAND" not in kinds)


def test_a_link_opens_again_for_nobody_when_its_schedule_moves_back_after_a_new_one_was_made(world: World) -> None:
    key = world.add_key()
    old = world.create(key).json
    lose(world, ("BRAND", "SCHEDULE"), moved)
    new = world.create(world.add_key("ada", workspace="elsewhere"))
    assert (new.status, new.json["is_existing"]) == (201, False)
    lose(world, ("BRAND", "SCHEDULE"), lambda item: item | {"workspace_id": {"S": WORKSPACE}})

    assert world.read(old["access_token"]).status == 410


def test_who_calls_from_the_new_workspace_does_not_see_a_share_of_the_old_one(world: World) -> None:
    old = share(world)
    lose(world, ("BRAND", "SCHEDULE"), moved)
    key = world.add_key("ada", workspace="elsewhere")

    assert world.list(key).json["data"] == []
    assert_refused(world.get(key, old["id"]), 404, "not_found")
    assert_refused(world.extend(key, old["id"], {"expiration_days": 5}), 404, "not_found")
