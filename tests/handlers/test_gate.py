"""Links with a password: who gets past the gate, by the page's form and by the JSON's header, and what leaks before."""

import re
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, urlencode, urljoin

import pytest

from report_shares.rules import passwords
from report_shares.rules.gate import Place, Places
from report_shares.store import items
from report_shares.store.gate_table import GateTable
from report_shares.times import DAY, MINUTE
from tests.gateway import public_event
from tests.handlers.answers import assert_refused
from tests.handlers.calls import aws_error, failing, recorded
from tests.handlers.runs import run
from tests.handlers.test_shared_page import WHITE_LABEL, policy
from tests.passwords import PASSWORD, cheap_hash
from tests.world import Answer, Json, World

WRONG = "wrong"
SECRETS = ("Acme Coffee", "best espresso", "Weekly visibility", "cover of this share")


@pytest.fixture
def made(world: World) -> Json:
    """A share with a password."""
    share = world.create(world.add_key(), {"white_label_config": {"cover_title": "cover of this share"}}).json
    protect(world, share)
    return share


def protect(world: World, share: Json, password: str = PASSWORD) -> None:
    world.dynamodb.update_item(
        TableName="shares",
        Key=items.share_key(share["id"]),
        UpdateExpression="SET password_hash = :hash",
        ExpressionAttributeValues={":hash": items.text(cheap_hash(password))},
    )


def ask(world: World, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    given = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return world.send(world.shared_report, public_event(path, method, given) | {"body": body})


def page(world: World, made: Json, **headers: str) -> Answer:
    return ask(world, f"/shared/{made['access_token']}", **headers)


def json(world: World, made: Json, password: str | None = None, **headers: str) -> Answer:
    given = {} if password is None else {"X_Share_Password": quote(password)}
    return ask(world, f"/v1/shared/{made['access_token']}", **given, **headers)


def enter(world: World, made: Json, password: str = PASSWORD, **headers: str) -> Answer:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": "null"} | headers
    return ask(world, f"/shared/{made['access_token']}", "POST", urlencode({"password": password}), **form)


def cookie_of(answer: Answer) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


def gate_of(world: World) -> list[Json]:
    return [item for item in world.items() if item["sk"]["S"] == "GATE"]


# ---- nothing leaks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("/shared/{}", SECRETS),
        ("/v1/shared/{}", SECRETS),
        ("/shared/{}/report.html", SECRETS),
        ("/shared/{}/prompts.csv", ("best espresso",)),
    ],
)
def test_without_the_password_each_address_is_401_and_tells_nothing(
    world: World, address: str, secrets: tuple[str, ...], method: str
) -> None:
    world.put_run(run(1))
    made = world.create(world.add_key(), {"white_label_config": {"cover_title": "cover of this share"}}).json
    opened = ask(world, address.format(made["access_token"]), method).text
    protect(world, made)

    answer = ask(world, address.format(made["access_token"]), method, If_None_Match="*")

    assert len([secret for secret in secrets if secret in opened]) >= min(3, len(secrets))

    assert answer.status == 401
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["WWW-Authenticate"] == "X-Share-Password"
    assert "ETag" not in answer.headers
    assert not [secret for secret in SECRETS if secret in f"{answer.text}{answer.headers}"]
    assert not [one for one in (made["id"], made["access_token"]) if one in answer.text]


def test_with_the_cookie_files_open_as_the_page_does(world: World, made: Json) -> None:
    world.put_run(run(1))
    cookie = cookie_of(enter(world, made))

    answer = ask(world, f"/shared/{made['access_token']}/trend.csv", Cookie=cookie)

    assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/csv")


def test_the_json_says_what_it_asks_for(world: World, made: Json) -> None:
    assert_refused(json(world, made), 401, "password_required", "This link has a password")
    assert_refused(json(world, made, ""), 401, "password_required", "This link has a password")
    assert_refused(json(world, made, WRONG), 401, "password_required", "This is not the password of this link")


def test_the_page_asks_in_the_brands_look_and_its_form_may_be_sent_to_itself_only(world: World, made: Json) -> None:
    world.add_brand(white_label=WHITE_LABEL)

    answer = page(world, made)

    assert "Northlight Search" in answer.text
    assert "mailto:reports@northlight.example" in answer.text
    assert "cover of this share" not in answer.text
    assert policy(answer)["form-action"] == ["'self'"]
    assert policy(answer)["frame-ancestors"] == ["'none'"]
    assert re.findall("<form[^>]*>", answer.text) == ['<form method="post">']


@pytest.mark.parametrize("file", ["trend.csv", "report.html", "views"])
def test_the_form_at_a_files_address_leads_to_the_page(world: World, made: Json, file: str) -> None:
    """A form without an action is sent to where it stands, and no file takes one."""
    path = f"/shared/{made['access_token']}/{file}"
    asked = ask(world, path, "POST" if file == "views" else "GET")
    (action,) = re.findall('<form method="post" action="([^"]*)">', asked.text)

    sent = ask(world, urljoin(path, action), "POST")

    assert (asked.status, sent.status) == (401, 308)
    assert urljoin(urljoin(path, action), sent.headers["Location"]) == f"/shared/{made['access_token']}"


def test_a_page_without_a_form_may_send_none(world: World) -> None:
    assert policy(page(world, world.create(world.add_key()).json))["form-action"] == ["'none'"]


def test_the_etag_of_the_page_does_not_open_it(world: World, made: Json) -> None:
    etag = page(world, made, Cookie=cookie_of(enter(world, made))).headers["ETag"]

    assert page(world, made, If_None_Match=etag).status == 401


def test_asking_without_a_password_writes_nothing_and_reads_no_more_than_an_open_link(world: World, made: Json) -> None:
    page(world, made)

    for look in (page, json):
        with recorded() as calls:
            look(world, made)
        assert calls == ["GetItem", "BatchGetItem"]
    assert gate_of(world) == []


@pytest.mark.parametrize("look", [page, json, enter], ids=["page", "JSON", "form"])
def test_a_dead_link_is_410_and_a_forged_one_404_with_and_without_a_password(
    world: World, made: Json, look: Callable[[World, Json], Answer]
) -> None:
    assert look(world, {"access_token": "A" * 51}).status == 404
    world.clock.now += 30 * DAY
    assert look(world, made).status == 410


# ---- the form --------------------------------------------------------------------------------------------------------


def test_the_right_password_leads_to_the_page_with_a_cookie_that_opens_it(world: World, made: Json) -> None:
    answer = enter(world, made)

    assert (answer.status, answer.text) == (303, "")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Location"] == made["access_token"]  # relative: whatever the base is
    name_and_value, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert attributes == ["Max-Age=86400", "HttpOnly", "Secure", "SameSite=Lax"]
    assert made["access_token"] not in name_and_value
    opened = page(world, made, Cookie=f"theme=dark; {name_and_value}; _ga=GA1.1")
    assert opened.status == 200
    assert "cover of this share" in opened.text
    assert opened.headers["Vary"] == "Accept-Encoding, Cookie"


def test_a_page_that_the_reader_has_is_not_sent_again_behind_the_gate_either(world: World, made: Json) -> None:
    cookie = cookie_of(enter(world, made))
    etag = page(world, made, Cookie=cookie).headers["ETag"]

    assert page(world, made, Cookie=cookie, If_None_Match=etag).status == 304


def test_a_cookie_lasts_a_day(world: World, made: Json) -> None:
    cookie = cookie_of(enter(world, made))
    world.clock.now += DAY - 1000
    assert page(world, made, Cookie=cookie).status == 200
    world.clock.now += 1000
    assert page(world, made, Cookie=cookie).status == 401


def test_a_new_password_shuts_out_who_knew_the_old_one_at_once(world: World, made: Json) -> None:
    cookie = cookie_of(enter(world, made))

    protect(world, made, "another one")

    assert page(world, made, Cookie=cookie).status == 401
    assert enter(world, made).status == 401
    assert enter(world, made, "another one").status == 303


def test_the_same_password_set_again_ends_all_cookies_too(world: World, made: Json) -> None:
    cookie = cookie_of(enter(world, made))

    protect(world, made)

    assert page(world, made, Cookie=cookie).status == 401


def test_the_cookie_of_one_link_opens_no_other(world: World, made: Json) -> None:
    other = world.create(world.add_key("bob")).json
    protect(world, other)
    cookie = cookie_of(enter(world, made))
    forged = f"{cookie_of(enter(world, other)).partition('=')[0]}={cookie.partition('=')[2]}"

    assert page(world, other, Cookie=cookie).status == 401
    assert page(world, other, Cookie=forged).status == 401
    assert page(world, other, Cookie=f"{forged}; {cookie_of(enter(world, other))}").status == 200


def test_a_wrong_password_is_a_page_that_says_so_and_asks_again(world: World, made: Json) -> None:
    answer = enter(world, made, "<script>alert(1)</script>")

    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<form" in answer.text
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize(
    "body",
    ["", "password=", "passwort=x", "password=a&password=b", "&".join(["a=1"] * 200 + [f"password={PASSWORD}"])],
    ids=len,
)
def test_a_form_without_one_password_is_no_try(world: World, made: Json, body: str) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}

    answer = ask(world, f"/shared/{made['access_token']}", "POST", body, **form)

    assert answer.status == 401
    assert 'role="alert"' not in answer.text
    assert gate_of(world) == []


def test_bytes_that_are_no_utf_8_are_a_wrong_password(world: World, made: Json) -> None:
    assert ask(world, f"/shared/{made['access_token']}", "POST", "password=%ff%fe").status == 401
    assert len(gate_of(world)) == 1
    as_they_are = public_event(f"/shared/{made['access_token']}", "POST")
    as_they_are |= {"body": b64encode(b"password=\xff").decode(), "isBase64Encoded": True}
    assert world.send(world.shared_report, as_they_are).status == 401


def test_nothing_is_no_try_whatever_it_is_said_to_be(world: World, made: Json) -> None:
    answer = ask(world, f"/shared/{made['access_token']}", "POST", Content_Type="application/json")

    assert (answer.status, gate_of(world)) == (401, [])


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_another_body_than_a_form_is_415(world: World, made: Json, kind: str) -> None:
    assert enter(world, made, Content_Type=kind).status == 415


def test_a_large_form_is_413(world: World, made: Json) -> None:
    assert enter(world, made, "x" * 17_000).status == 413


def test_a_form_for_a_link_without_a_password_leads_to_its_page(world: World) -> None:
    answer = enter(world, world.create(world.add_key()).json)

    assert answer.status == 303
    assert "Set-Cookie" not in answer.headers
    assert gate_of(world) == []


def test_a_form_sent_to_an_address_with_something_behind_the_token_is_led_to_the_clean_one(
    world: World, made: Json
) -> None:
    answer = ask(world, f"/shared/{made['access_token']}.", "POST", urlencode({"password": PASSWORD}))

    assert (answer.status, answer.headers["Location"]) == (308, made["access_token"])


# ---- the header ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", [PASSWORD, "Größe 北 100%", 'a"b;c,d\\e ', "\u00e9\u0000 zero"])
def test_the_json_takes_the_password_in_a_header_in_percent_encoding(world: World, made: Json, password: str) -> None:
    protect(world, made, password)

    answer = json(world, made, password)

    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    assert "password" not in answer.text


def test_the_percent_encoding_may_be_in_small_letters(world: World, made: Json) -> None:
    given = "\u00ff\u07ff\u0fff\uabcd\uff0f\U000fffff~%?\x7f"
    protect(world, made, given)

    answer = ask(world, f"/v1/shared/{made['access_token']}", X_Share_Password=quote(given, safe="").lower())

    assert answer.status == 200


def test_the_json_never_takes_the_cookie_nor_the_page_the_header(world: World, made: Json) -> None:
    cookie = cookie_of(enter(world, made))

    assert_refused(json(world, made, Cookie=cookie), 401, "password_required")
    assert page(world, made, X_Share_Password=quote(PASSWORD)).status == 401


@pytest.mark.parametrize("given", ["100%", "%f", "%ff%fe", "caf\u00e9", "%ed%a0%80"])
def test_a_header_that_is_not_utf_8_in_percent_encoding_is_400_and_no_try(world: World, made: Json, given: str) -> None:
    answer = ask(world, f"/v1/shared/{made['access_token']}", X_Share_Password=given)

    assert_refused(answer, 400, "validation_error")
    assert answer.error["details"]["errors"] == [
        {"loc": ["header", "X-Share-Password"], "msg": "Must be UTF-8, percent-encoded", "type": "percent_encoding"}
    ]
    assert given not in answer.text
    assert gate_of(world) == []


def test_a_script_of_another_website_may_send_the_header_and_see_why_it_is_refused(world: World, made: Json) -> None:
    with recorded() as calls:
        answer = ask(world, f"/v1/shared/{made['access_token']}", "OPTIONS", Origin="https://agency.example")

    assert (answer.status, answer.text, calls) == (204, "", [])
    assert answer.headers["Access-Control-Allow-Headers"] == "X-Share-Password"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert answer.headers["Access-Control-Max-Age"] == "86400"  # a day
    for answered in (answer, json(world, made), json(world, made, WRONG), json(world, made, PASSWORD)):
        assert answered.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in page(world, made).headers


# ---- the gate --------------------------------------------------------------------------------------------------------


def hashing_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    hashed: list[str] = []
    is_right = passwords.is_right

    def counted(password: str, kept: str) -> bool:
        hashed.append(password)
        return is_right(password, kept)

    monkeypatch.setattr(passwords, "is_right", counted)
    return hashed


def test_ten_wrong_ones_close_the_gate_for_the_right_one_too_without_hashing(
    world: World, made: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [enter(world, made, WRONG).status for _ in range(5)]
    world.clock.now += 9 * MINUTE
    wrong += [json(world, made, WRONG).status for _ in range(5)]
    world.add_brand(white_label=WHITE_LABEL)
    hashed = hashing_counted(monkeypatch)

    by_page, by_json = enter(world, made), json(world, made, PASSWORD)

    assert wrong == [401] * 10
    assert (by_page.status, hashed) == (429, [])
    assert by_page.headers["Retry-After"] == "600"
    assert "in 10 minutes" in by_page.text
    assert "Northlight Search" in by_page.text
    assert "<form" not in by_page.text
    assert_refused(by_json, 429, "rate_limit_exceeded", "Too many wrong passwords")
    assert by_json.error["details"] == {"retry_after": 600}
    assert by_json.headers["Retry-After"] == "600"


def test_the_right_password_gets_in_at_once_after_the_time(world: World, made: Json) -> None:
    for _ in range(10):
        enter(world, made, WRONG)
    world.clock.now += 10 * MINUTE - 1
    assert enter(world, made).headers["Retry-After"] == "1"
    world.clock.now += 1
    assert enter(world, made).status == 303


def test_who_has_a_cookie_is_never_shut_out_and_who_asks_without_a_password_is_still_asked(
    world: World, made: Json
) -> None:
    cookie = cookie_of(enter(world, made))
    for _ in range(11):
        enter(world, made, WRONG)

    with recorded() as calls:
        assert page(world, made, Cookie=cookie).status == 200
    assert "UpdateItem" not in calls
    assert page(world, made).status == 401


def test_a_right_one_gives_its_place_back_and_clears_no_other(world: World, made: Json) -> None:
    for _ in range(9):
        enter(world, made, WRONG)
    assert [enter(world, made).status for _ in range(3)] == [303] * 3

    assert enter(world, made, WRONG).status == 401
    assert enter(world, made).status == 429


def test_the_gate_of_one_link_is_not_that_of_another(world: World, made: Json) -> None:
    other = world.create(world.add_key("bob")).json
    protect(world, other)
    for _ in range(11):
        enter(world, made, WRONG)

    assert enter(world, other).status == 303


def test_a_new_password_does_not_open_a_closed_gate(world: World, made: Json) -> None:
    """What is promised of a share holds of it, whichever password it has."""
    for _ in range(10):
        enter(world, made, WRONG)

    protect(world, made, "another one")

    assert enter(world, made, "another one").status == 429


def test_a_try_takes_its_place_before_anything_is_hashed(
    world: World, made: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = hashing_counted(monkeypatch)
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "ThrottlingException"))

    assert enter(world, made).status == 503
    assert_refused(json(world, made, PASSWORD), 503, "service_unavailable")
    assert hashed == []


def test_a_gate_that_may_not_be_written_is_a_defect_of_ours_and_lets_nobody_in(
    world: World, made: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    assert enter(world, made).status == 500
    assert_refused(json(world, made, PASSWORD), 500, "internal_error")


def test_a_try_that_finds_the_places_changed_each_time_gives_up_for_a_second(
    world: World, made: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []

    def overtaken(*arguments: object) -> Places:
        looks.append(arguments)
        return {}

    monkeypatch.setattr(GateTable, "take", overtaken)

    answer = json(world, made, PASSWORD)

    assert_refused(answer, 429, "rate_limit_exceeded", "Too many passwords are tried at this moment")
    assert (answer.headers["Retry-After"], len(looks)) == ("1", 12)


def test_while_all_places_are_taken_by_others_that_try_the_answer_is_a_second(world: World, made: Json) -> None:
    places = {str(number): items.gate_place(Place(world.clock.now)) for number in range(10)}
    world.dynamodb.put_item(TableName="shares", Item=items.gate_key(made["id"]) | {"places": {"M": places}})
    world.add_brand(white_label=WHITE_LABEL)

    by_page, by_json = enter(world, made), json(world, made, PASSWORD)

    assert (by_page.status, by_page.headers["Retry-After"]) == (429, "1")
    assert "<form" in by_page.text
    assert "could not be checked just now" in by_page.text
    assert "Northlight Search" in by_page.text
    assert_refused(by_json, 429, "rate_limit_exceeded", "Too many passwords are tried at this moment")
    world.clock.now += 31_000  # whoever took them has crashed
    assert enter(world, made).headers["Retry-After"] == "569"
    world.clock.now += 569_000
    assert enter(world, made).status == 303


def test_a_gates_item_may_go_ten_minutes_after_its_last_place_is_over(world: World, made: Json) -> None:
    enter(world, made, WRONG)

    (gate,) = gate_of(world)
    assert 0 <= int(gate["ttl"]["N"]) * 1000 - (world.clock.now + 20 * MINUTE) < 1000


def test_no_log_line_holds_a_password_or_a_cookie(world: World, made: Json, capsys: pytest.CaptureFixture[str]) -> None:
    cookie = cookie_of(enter(world, made))
    enter(world, made, "a wrong guess")
    json(world, made, "a wrong guess")
    page(world, made, Cookie=cookie)

    logged = "".join(capsys.readouterr())
    assert '"request":"POST /shared/{token}"' in logged.replace(" :", ":").replace(": ", ":")
    for secret in (PASSWORD, quote(PASSWORD), "wrong guess", "wrong%20guess", cookie.partition("=")[2]):
        assert secret not in logged
