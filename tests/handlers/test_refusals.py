"""The contract's error table for POST .../shares, row by row."""

import json
from base64 import b64encode
from typing import cast
from uuid import UUID, uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ConnectTimeoutError

from report_shares.times import DAY, iso
from tests.gateway import public_event
from tests.handlers.answers import assert_refused
from tests.handlers.calls import aws_error, failing, recorded
from tests.world import NOON, SCHEDULE_ID, Answer, FakeContext, World, event


@pytest.mark.parametrize(
    "schedule_id",
    [
        "no-uuid",
        "8a72d9f1",
        "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b0g",
        "8a72d9f1c4b54e6d9b1f0e3a2c6d8b04",
        "urn:uuid:8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04",
        "{8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04}",
    ],
)
def test_an_id_that_is_no_uuid_is_400(world: World, schedule_id: str) -> None:
    key = world.add_key()

    with recorded() as calls:
        answer = world.create(key, schedule_id=schedule_id)

    assert calls.count("BatchGetItem") == 1  # of the key; no schedule is read, and nothing of one is written
    assert set(calls) <= {"BatchGetItem", "UpdateItem", "PutItem"}
    assert_refused(answer, 400, "validation_error")
    (fault,) = answer.error["details"]["errors"]
    assert fault["loc"] == ["path", "scheduled_report_id"]
    assert fault["msg"] == "Must be a UUID of 8-4-4-4-12 hexadecimal digits"
    assert fault["type"] == "uuid_parsing"
    assert set(fault) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "rp_live_" + "a" * 40,
        "Bearer rp_test_" + "a" * 40,
        "Bearer rp_live_" + "a" * 31,
        "Bearer rp_live_" + "a" * 40 + "!",
        "Bearer rp_live_" + "a" * 40 + "\n",
        "Bearer rp_live_" + "a" * 40,
    ],
)
def test_a_missing_malformed_or_unknown_key_is_401(world: World, authorization: str | None) -> None:
    request = event("create_share")
    values = [] if authorization is None else [authorization]
    request["multiValueHeaders"]["Authorization"] = values
    request["headers"]["Authorization"] = authorization
    before = world.items()

    answer = world.send(world.share_api, request)

    assert_refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "RateLimit-Limit" not in answer.headers
    assert world.items() == before


def test_a_key_that_cannot_be_one_costs_no_call(world: World) -> None:
    with recorded() as calls:
        world.create("rp_live_short")

    assert calls == []


def test_two_authorization_headers_are_401(world: World) -> None:
    key = world.add_key()
    request = event("create_share", API_KEY=key)
    request["multiValueHeaders"]["Authorization"] *= 2

    assert_refused(world.send(world.share_api, request), 401, "unauthorized")


def test_the_scheme_is_not_case_sensitive(world: World) -> None:
    request = event("create_share", API_KEY=world.add_key())
    request["multiValueHeaders"] = {"authorization": [request["headers"]["Authorization"].replace("Bearer", "bearer")]}

    assert world.send(world.share_api, request).status == 201


def test_a_revoked_key_is_401_at_once(world: World) -> None:
    key = world.add_key(revoked_at=NOON)

    assert_refused(world.create(key), 401, "unauthorized")


def test_a_key_expires_at_its_moment(world: World) -> None:
    key = world.add_key(expires_at=NOON + 1)
    valid = world.create(key).status
    world.clock.now += 1

    assert valid == 201
    assert_refused(world.create(key), 401, "unauthorized")


@pytest.mark.parametrize("scopes", [("read:scheduled",), ("read:all",), ("write:brands",), ("write",), ("write:*",)])
def test_a_key_without_the_scope_is_403(world: World, scopes: tuple[str, ...]) -> None:
    answer = world.create(world.add_key(scopes=scopes))

    assert_refused(answer, 403, "forbidden")
    assert answer.error["details"] == {"required_scope": "write:scheduled", "key_scopes": sorted(scopes)}


@pytest.mark.parametrize("scopes", [("write:scheduled",), ("write:all",), ("*",), ("read:brands", "write:all")])
def test_a_key_with_the_scope_may_create(world: World, scopes: tuple[str, ...]) -> None:
    assert world.create(world.add_key(scopes=scopes)).status == 201


def test_a_key_restricted_to_other_brands_is_403(world: World) -> None:
    answer = world.create(world.add_key(brand_ids=frozenset({str(uuid4())})))

    assert_refused(answer, 403, "forbidden", "This key is restricted to other brands")


def test_a_key_restricted_to_this_brand_may_create(world: World) -> None:
    key = world.add_key(brand_ids=frozenset({str(uuid4()), "3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04"}))

    assert world.create(key).status == 201


def test_an_unknown_schedule_is_404(world: World) -> None:
    assert_refused(world.create(world.add_key(), schedule_id=uuid4()), 404, "not_found")


def test_a_schedule_of_another_workspace_cannot_be_told_from_none(world: World) -> None:
    key = world.add_key(workspace="elsewhere")
    hidden, absent = world.create(key), world.create(key, schedule_id=uuid4())

    assert_refused(hidden, 404, "not_found")
    assert hidden.error == absent.error


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "PUT"])
def test_another_method_is_405_and_told_which_there_are(world: World, method: str) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"httpMethod": method}

    answer = world.send(world.share_api, request)

    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, POST"


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"])
def test_a_look_at_a_page_can_be_told_by_post_only(world: World, method: str) -> None:
    answer = world.send(world.shared_report, public_event("/shared/x/views", method))

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_what_is_refused_before_it_is_routed_is_text_and_has_an_id_that_is_a_uuid(world: World) -> None:
    answer = world.share_api(event("create_share", API_KEY="none"), cast("LambdaContext", FakeContext("invocation 7")))

    assert (answer["statusCode"], answer["isBase64Encoded"]) == (401, False)
    (request_id,) = answer["multiValueHeaders"]["X-Correlation-ID"]
    assert UUID(request_id)
    assert json.loads(answer["body"])["request_id"] == request_id


@pytest.mark.parametrize("resource", [None, "/", "/v1/scheduled-reports/{scheduled_report_id}/shares/"])
def test_a_resource_that_the_template_does_not_have_opens_nothing(world: World, resource: str | None) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"resource": resource}

    assert_refused(world.send(world.share_api, request), 404, "not_found")


@pytest.mark.parametrize("parameters", [{"scheduled_report_id": str(SCHEDULE_ID)}, {"other": "1"}, None])
def test_an_unknown_route_is_404_with_and_without_parameters(world: World, parameters: dict[str, str] | None) -> None:
    request = event("create_share", API_KEY=world.add_key())
    request |= {"resource": "/v1/nothing", "pathParameters": parameters}

    assert_refused(world.send(world.share_api, request), 404, "not_found")


def test_a_body_over_16_kb_is_413(world: World) -> None:
    key = world.add_key()

    fits = world.create(key, "{}" + " " * (16 * 1024 - 2))

    assert fits.status == 201
    refused = world.create(key, "{}" + " " * (16 * 1024 - 1))
    assert_refused(refused, 413, "payload_too_large", "Request body is too large")
    assert refused.error["details"] == {"max_bytes": 16 * 1024}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_declared_json_is_415(world: World, media_type: str) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"body": "{}"}
    request["headers"]["Content-Type"] = media_type

    assert_refused(world.send(world.share_api, request), 415, "unsupported_media_type")


def test_a_body_that_is_said_to_be_base64_and_is_not_is_422(world: World) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"body": "{}", "isBase64Encoded": True}

    assert_refused(world.send(world.share_api, request), 422, "body_validation_error")


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        ("[]", "Must be an object", "object_type"),
        ('{"a": 1, "a": 2}', "A name stands twice in one object", "duplicate_name"),
        ('{"a": NaN}', "Invalid JSON: NaN and Infinity are no numbers", "json_invalid"),
        ('{"a": ' + "[" * 16_000, "Invalid JSON: nested too deeply", "json_invalid"),
        ('{"a": -' + "9" * 10_000 + "}", "A number has too many digits", "json_invalid"),
        ('{"a"', "Invalid JSON: Expecting ':' delimiter", "json_invalid"),
        ("\ud800", "Body is not valid UTF-8", "json_invalid"),
    ],
    ids=["array", "name twice", "no number", "nested", "long number", "cut off", "lone surrogate"],
)
def test_a_refused_body_is_told_what_is_wrong_with_it(world: World, body: str, message: str, kind: str) -> None:
    answer = world.create(world.add_key(), body)

    assert_refused(answer, 422, "body_validation_error")
    assert answer.error["details"] == {"errors": [{"loc": ["body"], "msg": message, "type": kind}]}


CONTROL = "Must not have line ends, tabs or other control characters"


@pytest.mark.parametrize(
    ("field", "value", "message", "kind"),
    [
        ("password", "short", "Must have 8 to 128 characters", "password_length"),
        ("password", "\ud800 and more", "Must not have half a character", "password_characters"),
        ("password", "two\nlines", CONTROL, "password_characters"),
        ("password", "\u200b" * 8, "Must not be made of invisible characters alone", "password_characters"),
        ("expiration_days", "30", "Input should be a valid integer", "int_type"),
    ],
)
def test_a_refused_field_is_told_what_is_wrong_with_it(
    world: World, field: str, value: str, message: str, kind: str
) -> None:
    answer = world.create(world.add_key(), json.dumps({field: value}))

    assert_refused(answer, 422, "body_validation_error")
    assert answer.error["details"] == {"errors": [{"loc": ["body", field], "msg": message, "type": kind}]}


A_URL = "an https URL on a public host: a domain name, not an IP address or a private name, without login"
AN_ADDRESS = "one e-mail address, such as reports@northlight.example, on a public host"
A_NUMBER = "a telephone number of 3 to 18 digits, with an extension or without: +44 20 7946 0000 ext. 89"


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("company_name", "<b>", "plain text without markup"),
        ("logo_url", "http://northlight.example/logo.png", A_URL),
        ("footer_website", "https://user@northlight.example", A_URL),
        ("footer_email", "reports@localhost", AN_ADDRESS),
        ("footer_phone", "+1-800-FLOWERS", A_NUMBER),
    ],
)
def test_a_refused_field_of_a_white_label_is_told_what_it_must_be(
    world: World, field: str, value: str, what: str
) -> None:
    answer = world.create(world.add_key(), {"white_label_config": {field: value}})

    assert_refused(answer, 422, "body_validation_error")
    fault = {"loc": ["body", "white_label_config", field], "msg": f"Value error, must be {what}", "type": "value_error"}
    assert answer.error["details"] == {"errors": [fault]}


@pytest.mark.parametrize("declared", ["Application/JSON; charset=utf-8", "application/json;charset=UTF8", None])
@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_json_is_json_with_a_charset_and_without_a_declaration(world: World, name: str, declared: str | None) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"body": '{"expiration_days": 7}'}
    del request["headers"]["Content-Type"]
    if declared:
        request["headers"][name] = declared

    answer = world.send(world.share_api, request)

    assert answer.status == 201
    assert answer.json["expires_at"] == iso(NOON + 7 * DAY)


def test_a_body_in_base64_is_read_as_what_it_stands_for(world: World) -> None:
    body = b64encode(b'{"expiration_days": 7}').decode()
    request = event("create_share", API_KEY=world.add_key()) | {"body": body, "isBase64Encoded": True}

    answer = world.send(world.share_api, request)

    assert answer.status == 201
    assert answer.json["expires_at"] == iso(NOON + 7 * DAY)


def test_a_body_may_begin_with_a_byte_order_mark(world: World) -> None:
    answer = world.create(world.add_key(), '\ufeff{"expiration_days": 7}')

    assert answer.status == 201
    assert answer.json["expires_at"] == iso(NOON + 7 * DAY)


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", '"latin1"'])
def test_json_in_another_charset_is_415(world: World, charset: str) -> None:
    request = event("create_share", API_KEY=world.add_key()) | {"body": "{}"}
    request["headers"]["Content-Type"] = f"application/json; charset={charset}"

    assert_refused(world.send(world.share_api, request), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        '{"rotate": true, "rotate": false}',
        '{"white_label_config": {"company_name": "A", "company_name": "B"}}',
        '{"white_label_config": {"report_sections_config": {"show_footer": true, "show_footer": false}}}',
    ],
)
def test_a_name_that_stands_twice_in_an_object_is_422(world: World, body: str) -> None:
    assert_refused(world.create(world.add_key(), body), 422, "body_validation_error")


@pytest.mark.parametrize("name", ["create_share", "extend_share"])
def test_on_each_route_with_a_body_a_byte_order_mark_is_fine_and_a_name_given_twice_is_not(
    world: World, name: str
) -> None:
    marked = sent(world, name, b'\xef\xbb\xbf{"expiration_days": 7}', "application/json", is_encoded=False)
    twice = sent(world, name, b'{"expiration_days": 7, "expiration_days": 8}', "application/json", is_encoded=False)

    assert marked.status == 200
    assert_refused(twice, 422, "body_validation_error")


def test_a_query_parameter_is_400_and_changes_nothing(world: World) -> None:
    key = world.add_key()
    world.create(key)
    before = world.uncounted()
    query = {"queryStringParameters": {"rotate": "true"}, "multiValueQueryStringParameters": {"rotate": ["true"]}}

    answer = world.send(world.share_api, event("create_share", API_KEY=key) | query)

    assert_refused(answer, 400, "validation_error")
    fault = {"loc": ["query", "rotate"], "msg": "There is no such parameter", "type": "extra_forbidden"}
    assert answer.error["details"] == {"errors": [fault]}
    assert world.uncounted() == before


MARKUP = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "null",
        "[]",
        "[null]",
        "[null, null]",
        "[{}]",
        "0",
        "3",
        "false",
        '""',
        '"text"',
        "true",
        '{"expiration_days": NaN}',
        "[" * 10_000,
        {"expiration_days": 0},
        {"expiration_days": 366},
        {"expiration_days": -1},
        {"expiration_days": 1.5},
        {"expiration_days": "30"},
        {"expiration_days": True},
        {"expiration_days": None},
        {"expiration_days": 10**30},
        {"rotate": "true"},
        {"rotate": 1},
        {"rotate": None},
        {"unknown": 1},
        {"white_label_config": []},
        {"white_label_config": {"unknown": 1}},
        {"white_label_config": {"company_name": MARKUP}},
        {"white_label_config": {"company_name": ""}},
        {"white_label_config": {"company_name": "a" * 201}},
        {"white_label_config": {"company_name": "a\nb"}},
        {"white_label_config": {"cover_title": "a\u202eb"}},
        {"white_label_config": {"logo_url": "javascript:alert(1)"}},
        {"white_label_config": {"logo_url": "http://example.com/logo.png"}},
        {"white_label_config": {"logo_url": "https://"}},
        {"white_label_config": {"logo_url": "https://user@example.com/logo.png"}},
        {"white_label_config": {"logo_url": "https://example.com/" + "a" * 2048}},
        {"white_label_config": {"footer_website": "data:text/html,x"}},
        {"white_label_config": {"footer_website": "https://example.com/ x"}},
        {"white_label_config": {"footer_website": "https://[::1"}},
        {"white_label_config": {"primary_color": "red"}},
        {"white_label_config": {"primary_color": "#12345"}},
        {"white_label_config": {"secondary_color": "#12345G"}},
        {"white_label_config": {"secondary_color": "#123456\n"}},
        {"white_label_config": {"footer_email": "nobody"}},
        {"white_label_config": {"footer_email": "a@b.example?bcc=c@d.example"}},
        {"white_label_config": {"footer_phone": "call us"}},
        {"white_label_config": {"footer_phone": "1" * 41}},
        {"white_label_config": {"report_sections_config": {"show_everything": True}}},
        {"white_label_config": {"report_sections_config": {"show_footer": "no"}}},
        {"white_label_config": {"report_sections_config": {"show_footer": 0}}},
    ],
)
def test_a_body_that_does_not_match_the_schema_is_422_and_changes_nothing(world: World, body: object) -> None:
    key = world.add_key()
    world.create(key, schedule_id=uuid4())
    before = world.uncounted()

    answer = world.create(key, body)

    assert_refused(answer, 422, "body_validation_error")
    faults = answer.error["details"]["errors"]
    assert all(set(fault) == {"loc", "msg", "type"} and fault["loc"][0] == "body" for fault in faults)
    assert MARKUP not in answer.text
    assert world.uncounted() == before


WITH_A_BODY = ("create_share", "extend_share")


def sent(world: World, name: str, raw: bytes, content_type: str, *, is_encoded: bool) -> Answer:
    """The request with these bytes as body, as API Gateway hands them over: as base64, or as text."""
    key = world.add_key()
    request = event(name, API_KEY=key, SHARE_ID=world.create(key).json["id"])
    request["headers"]["Content-Type"] = content_type
    body = b64encode(raw).decode() if is_encoded else raw.decode(errors="replace")
    return world.send(world.share_api, request | {"body": body, "isBase64Encoded": is_encoded})


@pytest.mark.parametrize("name", WITH_A_BODY)
@pytest.mark.parametrize("is_encoded", [True, False], ids=["as base64", "as text"])
@pytest.mark.parametrize(
    "raw",
    [b"\xff\xff\xff", '{"expiration_days": 7, "café": 1}'.encode("latin-1"), b"\xff\xfe{\x00}\x00", b'{"a": "\xc3"}'],
)
def test_a_body_that_is_no_utf_8_is_422(world: World, name: str, raw: bytes, is_encoded: bool) -> None:
    answer = sent(world, name, raw, "application/json", is_encoded=is_encoded)

    assert_refused(answer, 422, "body_validation_error")
    assert answer.error["details"]["errors"][0]["msg"] == "Body is not valid UTF-8"


@pytest.mark.parametrize("name", WITH_A_BODY)
def test_a_body_with_half_a_character_is_422(world: World, name: str) -> None:
    request = event(name, API_KEY=world.add_key(), SHARE_ID=str(uuid4()))

    assert_refused(world.send(world.share_api, request | {"body": '{"a": "\ud800"}'}), 422, "body_validation_error")


def test_a_name_in_latin_1_never_gets_onto_a_clients_page(world: World) -> None:
    raw = '{"white_label_config": {"company_name": "Café Größe"}}'.encode("latin-1")

    for is_encoded in (True, False):
        answer = sent(world, "create_share", raw, "application/json", is_encoded=is_encoded)
        assert_refused(answer, 422, "body_validation_error")


@pytest.mark.parametrize("name", WITH_A_BODY)
@pytest.mark.parametrize("is_encoded", [True, False], ids=["as base64", "as text"])
def test_a_body_in_a_declared_charset_is_415_whatever_its_bytes_are(world: World, name: str, is_encoded: bool) -> None:
    raw = '{"expiration_days": 7, "café": 1}'.encode("latin-1")

    answer = sent(world, name, raw, "application/json; charset=iso-8859-1", is_encoded=is_encoded)

    assert_refused(answer, 415, "unsupported_media_type")


def test_letters_beyond_ascii_in_utf_8_are_taken_as_they_are(world: World) -> None:
    raw = '\ufeff{"white_label_config": {"company_name": "Café 北 \U0001f600"}}'.encode()

    for is_encoded in (True, False):
        answer = sent(world, "create_share", raw, "application/json", is_encoded=is_encoded)
        assert answer.json["white_label_config"] == {"company_name": "Café 北 \U0001f600"}


def test_every_white_label_field_is_accepted_and_shown(world: World) -> None:
    given = {
        "company_name": "Größe & Söhne, 北",
        "logo_url": "https://cdn.example.com/logo.png?v=2",
        "primary_color": "#0A7c66",
        "secondary_color": "#FFFFFF",
        "cover_title": "AI visibility",
        "cover_subtitle": "Spring 2026",
        "footer_email": "reports@northlight.example",
        "footer_phone": "+44 (0)20 7946 0000",
        "footer_website": "https://northlight.example/contact",
        "report_sections_config": {"show_missed_prompts": False, "show_footer": True},
    }

    answer = world.create(world.add_key(), {"white_label_config": given})

    assert answer.json["white_label_config"] == given


@pytest.mark.parametrize("body", ["{", {"rotate": 1}, "x" * 20_000])
def test_a_caller_without_credentials_is_not_told_what_is_wrong_with_the_request(world: World, body: object) -> None:
    assert_refused(world.create("nobody", body, schedule_id="no-uuid"), 401, "unauthorized")


def test_the_request_over_the_limit_is_429_and_says_when_to_come_back(world: World) -> None:
    world.rate_limit = 3
    world.restart()
    key = world.add_key()
    left = []
    for _ in range(3):
        left.append(world.create(key).headers["RateLimit-Remaining"])
        world.clock.now += 10_000

    answer = world.create(key)

    assert left == ["2", "1", "0"]
    assert_refused(answer, 429, "rate_limit_exceeded")
    assert answer.headers["Retry-After"] == "30"
    assert answer.error["details"] == {"retry_after": 30}
    assert answer.headers["RateLimit-Limit"] == "3"
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["RateLimit-Reset"] == "50"


def test_the_limit_is_counted_over_any_minute_without_a_double_burst_at_its_edge(world: World) -> None:
    world.rate_limit = 2
    world.restart()
    key = world.add_key()

    def status_after(milliseconds: int) -> int:
        world.clock.now = NOON + milliseconds
        return world.create(key).status

    statuses = {at: status_after(at) for at in (59_000, 59_500, 60_000, 61_000, 118_999, 119_000, 119_499, 119_500)}

    refused = {at for at, status in statuses.items() if status == 429}
    assert refused == {60_000, 61_000, 118_999, 119_499}


def test_a_refused_request_does_not_count_against_the_limit(world: World) -> None:
    world.rate_limit = 1
    world.restart()
    key = world.add_key()
    world.create(key)
    before = world.items()

    world.create(key)

    assert world.items() == before


@pytest.mark.parametrize("operation", ["UpdateItem", "BatchGetItem", "TransactWriteItems", "GetSecretValue"])
@pytest.mark.parametrize(
    "error",
    [
        aws_error("x", "ProvisionedThroughputExceededException"),
        aws_error("x", "ThrottlingException"),
        aws_error("x", "InternalServerError", 500),
        ConnectTimeoutError(endpoint_url="https://dynamodb.example"),
    ],
    ids=["too much", "throttled", "broken", "no answer"],
)
def test_aws_failing_is_503_with_a_time_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch, operation: str, error: Exception
) -> None:
    key = world.add_key()
    failing(monkeypatch, operation, error)

    answer = world.create(key)

    assert_refused(answer, 503, "service_unavailable")
    assert answer.error["details"]["retry_after"] == int(answer.headers["Retry-After"]) > 0


def test_a_defect_of_ours_is_500_without_a_cause_or_a_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.add_key()
    failing(monkeypatch, "BatchGetItem", aws_error("BatchGetItem", "AccessDeniedException"))

    answer = world.create(key)

    assert_refused(answer, 500, "internal_error")
    assert json.loads(answer.text)["error"] == {"code": "internal_error", "message": "An unexpected error occurred"}


def test_a_wrong_body_is_500_where_the_caller_cannot_be_found_out_for_a_defect_of_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusing a body asks who is calling first, which can fail like anything else."""
    key = world.add_key()
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    assert_refused(world.create(key, " " * 20_000), 500, "internal_error")


def test_every_answer_is_kept_from_shared_caches_and_sniffing(world: World) -> None:
    answers = [world.create(world.add_key()), world.create("nobody"), world.create(world.add_key(), "{")]

    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        assert answer.headers["X-Correlation-ID"] == answer.request_id
