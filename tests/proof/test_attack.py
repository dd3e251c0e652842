"""Attacks: on tokens, on what is stored, on headers and paths, with the wrong keys, and with run files."""

import gzip
import json
import random
import re
import time
import tracemalloc
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes, token_urlsafe
from statistics import median
from typing import Any, NoReturn, cast
from uuid import UUID, uuid4

import pytest

from report_shares.refusals import NotFound
from report_shares.rules.run_files import MAX_RUN_BYTES
from report_shares.rules.tokens import InvalidToken, TokenSecrets, mint, verify
from report_shares.times import system_clock
from report_shares.use_cases.count_view import CountView, ViewStore
from report_shares.use_cases.read_shared_report import Reader, ReadSharedReport, ReportStore
from report_shares.use_cases.try_password import GateStore, TryPassword
from tests.fixed_secrets import FixedSecrets
from tests.gateway import public_event
from tests.handlers.calls import recorded
from tests.handlers.runs import run, run_id, runs_shown
from tests.proof.conftest import LONG
from tests.world import NOON, SCHEDULE_ID, Answer, Json, World, event

FORGERIES = 1_000_000 if LONG else 20_000

SECRETS = TokenSecrets(2, {1: token_bytes(32), 2: token_bytes(48)})


class Untouchable:
    """A store that must not be asked."""

    def get_share(self, _: UUID) -> NoReturn:
        raise AssertionError("a forged token reached the database")

    get_owners = get_brand = get_snapshot = get_share


def spelled(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def forgeries(source: random.Random) -> Iterator[tuple[str, str]]:
    """How a token was forged, and the token; without end."""
    stranger = TokenSecrets(2, {1: token_bytes(32), 2: token_bytes(48)})
    while True:
        share = UUID(int=source.getrandbits(128), version=4)
        true = mint(SECRETS, share, source.choice([1, 2]))
        raw = urlsafe_b64decode(true + "=")
        flipped = bytearray(raw)
        flipped[source.randrange(38)] ^= 1 << source.randrange(8)
        yield "bit-flipped", spelled(bytes(flipped))
        yield "other secret", mint(stranger, share, source.choice([1, 2]))
        yield "other known key id", spelled(bytes([3 - raw[0]]) + raw[1:])
        yield "unknown key id", spelled(bytes([source.choice([0, *range(3, 256)])]) + raw[1:])
        yield "another share's code", spelled(raw[:1] + UUID(int=source.getrandbits(128)).bytes + raw[17:])
        yield "random", spelled(source.randbytes(38))
        yield "no code", spelled(raw[:17] + bytes(21))
        yield "truncated", true[: source.randrange(51)]
        yield "continued", true + source.choice(["A", "=", "/", ".", "%00", " ", "\n"])
        yield "one letter changed", _with_another_letter(true, source)
        yield "standard alphabet", true[:-1] + source.choice("+/=")
        yield "letters of other scripts", true[:20] + source.choice("\uff21\u0430\u0391\uff11") + true[21:]


def _with_another_letter(token: str, source: random.Random) -> str:
    at = source.randrange(51)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:at] + source.choice(letters.replace(token[at], "")) + token[at + 1 :]


def test_no_forged_token_is_accepted_and_none_reaches_the_database(progress: Callable[[str], None]) -> None:
    store = cast("ReportStore", Untouchable())
    gate, views = TryPassword(cast("GateStore", store), system_clock), CountView(cast("ViewStore", store), system_clock)
    read = ReadSharedReport(store, FixedSecrets(SECRETS), system_clock, ThreadPoolExecutor(1), gate, views)
    kinds: dict[str, int] = {}

    for number, (kind, token) in zip(range(FORGERIES), forgeries(random.Random(6)), strict=False):  # noqa: S311
        with pytest.raises(NotFound):
            read(token, Reader())
        kinds[kind] = kinds.get(kind, 0) + 1
        if number % 200_000 == 199_999:
            progress(f"{number + 1:,} forged tokens, none accepted")

    assert sum(kinds.values()) == FORGERIES
    assert len(kinds) == 12
    with pytest.raises(AssertionError, match="reached the database"):
        read(mint(SECRETS, uuid4(), 2), Reader())


def test_forged_tokens_cost_the_handler_no_call(world: World) -> None:
    true = world.create(world.add_key()).json["access_token"]
    world.read(true)
    source = random.Random(7)  # noqa: S311 # repeatable

    with recorded() as calls:
        for _ in range(300):
            assert world.read(_with_another_letter(true, source)).status == 404

    assert set(calls) <= {"GetSecretValue"}  # an unknown key id is looked for, every ten seconds at most
    assert len(calls) <= 1


def test_the_comparison_in_constant_time_is_what_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    share = uuid4()
    true = mint(SECRETS, share, 2)
    forged = spelled(urlsafe_b64decode(true + "=")[:17] + bytes(21))

    with monkeypatch.context() as patched:
        patched.setattr("report_shares.rules.tokens.hmac.compare_digest", lambda *_: True)
        assert verify(SECRETS, forged) == share
    with monkeypatch.context() as patched:
        patched.setattr("report_shares.rules.tokens.hmac.compare_digest", lambda *_: False)
        with pytest.raises(InvalidToken):
            verify(SECRETS, true)


@pytest.mark.long
def test_the_time_of_a_refusal_does_not_tell_how_much_was_right(progress: Callable[[str], None]) -> None:
    raw = urlsafe_b64decode(mint(SECRETS, uuid4(), 2) + "=")
    first = spelled(raw[:17] + bytes([raw[17] ^ 255]) + raw[18:])
    last = spelled(raw[:37] + bytes([raw[37] ^ 255]))
    times: dict[str, list[int]] = {first: [], last: []}

    for _ in range(200_000):
        for token in (first, last):
            begun = time.perf_counter_ns()
            _refused(token)
            times[token].append(time.perf_counter_ns() - begun)

    early, late = median(times[first]), median(times[last])
    progress(f"refused at the first byte in {early:.0f} ns, at the last in {late:.0f} ns (medians of 200,000)")
    assert abs(early - late) / early < 0.02


def _refused(token: str) -> None:
    try:
        verify(SECRETS, token)
    except InvalidToken:
        return
    raise AssertionError("accepted")


# ---- what is stored --------------------------------------------------------------------------------------------------


def dump(world: World) -> str:
    """Everything in table and bucket, unpacked."""
    texts = [repr(item) for item in world.items()]
    for entry in world.s3.list_objects_v2(Bucket="reports").get("Contents", []):
        body = world.s3.get_object(Bucket="reports", Key=entry["Key"])["Body"].read()
        texts.append(f"{entry['Key']} {gzip.decompress(body) if body[:2] == b'\x1f\x8b' else body!r}")
    return "\n".join(texts)


def test_a_dump_of_table_and_bucket_grants_no_link(world: World) -> None:
    key = world.add_key()
    world.put_run(run(1))
    answers = [
        world.create(key, idempotency_key="1"),
        world.create(key, {"rotate": True}, idempotency_key="2"),
        world.create(key),
    ]
    tokens_made = {answer.json["access_token"] for answer in answers}
    assert all(world.read(token).status in (200, 410) for token in tokens_made)

    taken = dump(world)

    secret = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])["1"]
    for token in tokens_made:
        assert token not in taken
        assert token[24:] not in taken
        assert urlsafe_b64decode(token + "=")[17:].hex() not in taken
    assert key not in taken
    assert key.removeprefix("rp_live_") not in taken
    assert secret not in taken
    guess = TokenSecrets(1, {1: token_bytes(64)})
    for item in [item for item in world.items() if item["sk"]["S"] == "SHARE"]:
        share = UUID(item["pk"]["S"].removeprefix("SHARE#"))
        assert world.read(mint(guess, share, 1)).status == 404


def test_links_outlive_the_replacement_of_the_secret_while_the_old_one_is_kept(world: World) -> None:
    key = world.add_key()
    old = world.create(key).json["access_token"]
    first = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])

    both = first | {"current": "2", "2": token_urlsafe(48)}
    world.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps(both))
    world.restart()
    assert world.create(key).json["access_token"] == old
    new = world.create(world.add_key("bob")).json["access_token"]
    assert (world.read(old).status, world.read(new).status) == (200, 200)

    world.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps({"current": "2", "2": both["2"]}))
    world.restart()
    assert (world.read(old).status, world.read(new).status) == (404, 200)


def test_an_old_secret_that_is_still_kept_opens_nothing_that_was_shared_with_a_newer_one(world: World) -> None:
    leaked = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])
    both = leaked | {"current": "2", "2": token_urlsafe(48)}
    world.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps(both))
    world.restart()
    share = world.create(world.add_key()).json

    forged = mint(TokenSecrets(1, {1: leaked["1"].encode()}), UUID(share["id"]), 1)

    assert (world.read(forged).status, world.read(share["access_token"]).status) == (404, 200)


def test_what_was_put_up_for_a_link_alone_is_seen_by_nobody_once_it_is_withdrawn(world: World) -> None:
    key = world.add_key()
    label = {
        "company_name": "Not the brand",
        "logo_url": "https://not-the-brand.example/logo.svg",
        "cover_title": "Nor its title",
        "footer_email": "nobody@not-the-brand.example",
    }
    share = world.create(key, {"white_label_config": label}).json
    before = world.read(share["access_token"], "read_shared_page")
    assert "not-the-brand.example" in before.text + before.headers["Content-Security-Policy"]
    world.revoke(key, share["id"])

    for name in ("read_shared_page", "read_shared_report"):
        dead = world.read(share["access_token"], name)
        assert dead.status == 410
        assert not [value for value in label.values() if value in dead.text + str(dead.headers)]
        assert "not-the-brand" not in dead.text + str(dead.headers)


# ---- headers and paths -----------------------------------------------------------------------------------------------


# What API Gateway takes for a token, and what it finds no route for: it alone reads the path.
CROOKED_TOKENS = (
    "{token}/..",
    "../shared/{token}",
    "%2e%2e/{token}",
    "/{token}",
    "%2F{token}",
    "{token}%00",
    "{token}\0",
    "{token}%0d%0aX-Injected:%201",
    "{token}\r\nX-Injected: 1",
    "{token}\n",
    "{token};a=b",
    "{token}/pdf",
    "{token}.json",
    "{token}\ud800",
    " {token}",
    "",
)
CROOKED_RESOURCES = ("/{proxy+}", "//v1/shared/{token}", "/V1/shared/{token}", "/v1/shared/{token}/", "", "/", None)


@pytest.mark.parametrize(
    "crooked",
    [
        *({"pathParameters": {"token": token}} for token in CROOKED_TOKENS),
        *({"resource": r} for r in CROOKED_RESOURCES),
    ],
    ids=repr,
)
def test_no_crooked_token_and_no_other_route_opens_a_link(world: World, crooked: Json) -> None:
    token = world.create(world.add_key()).json["access_token"]
    if "pathParameters" in crooked:
        crooked = {"pathParameters": {"token": crooked["pathParameters"]["token"].format(token=token)}}

    answer = world.send(world.shared_report, event("read_shared_report", TOKEN=token) | crooked)

    assert answer.status == 404
    assert "X-Injected" not in "".join(f"{name}: {value}" for name, value in answer.headers.items())
    assert token not in answer.text


# Addresses of the page that have more in them than the token, some of which lead to it.
CROOKED_ADDRESSES = (
    *CROOKED_TOKENS,
    "{token}/",
    "{token}//",
    "//evil.example/{token}",
    "{token}//evil.example/",
    "{token}/%2F%2Fevil.example",
    "//{token}",
    "https://{token}",
    "https:%2F%2F{token}",
    "%5C%5C{token}",
    "\\\\{token}",
    "@{token}",
    "{token}@",
    "{token}/../../",
    "{token}/%2e%2e/%2e%2e/",
    "{token}%250d%250aX-Injected:%201",
    "{token}%0d%0a%0d%0a",
    "{token}%E5%98%8A%E5%98%8D",
    "{token}\u560a\u560d",
    "{token}?url=//evil.example",
    "{token}%3Fnext=https://evil.example/",
    "{token}" + "/" * 5_000,
    "{token}" + "%25" * 3_000 + "2E",
)


@pytest.mark.parametrize("address", CROOKED_ADDRESSES, ids=lambda address: repr(address[:40]))
def test_a_crooked_address_leads_to_the_token_or_nowhere(world: World, address: str) -> None:
    token: str = world.create(world.add_key()).json["access_token"]
    world.read(token)

    with recorded() as calls:
        answer = world.send(world.shared_report, public_event(f"/shared/{address.format(token=token)}"))

    assert calls == []
    assert answer.status in (308, 404)
    assert ("Location" in answer.headers) is (answer.status == 308)
    assert re.fullmatch(rf"(\.\./)*{token}", answer.headers.get("Location", token))
    assert len(answer.headers.get("Location", "")) < 4_000
    assert "evil" not in f"{answer.headers}{answer.text}"
    assert not re.search(r"[\r\n\u560a]|Injected", "".join(answer.headers.values()))
    assert token not in answer.text


def test_a_forged_token_with_something_around_it_leads_nowhere_and_costs_no_call(world: World) -> None:
    true = world.create(world.add_key()).json["access_token"]
    world.read(true)
    source = random.Random(8)  # noqa: S311 # repeatable

    with recorded() as calls:
        for around in ("{}.", "{}/", "{}//", "%20{}", "{}%3F", "{}%E2%80%8B", "/{}", "{}&gt;"):
            for _ in range(40):
                address = around.format(_with_another_letter(true, source))
                answer = world.send(world.shared_report, public_event(f"/shared/{address}"))
                assert (answer.status, "Location" in answer.headers) == (404, False)

    assert set(calls) <= {"GetSecretValue"}  # an unknown key id is looked for, every ten seconds at most
    assert len(calls) <= 1


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_no_header_makes_another_method_of_a_request(world: World, header: str, method: str) -> None:
    key = world.add_key()
    share = world.create(key).json
    request = event("list_shares", API_KEY=key)
    request["headers"][header] = method
    request["multiValueHeaders"][header] = [method]

    answer = world.send(world.share_api, request)

    assert answer.status == 200
    assert [one["id"] for one in answer.json["data"]] == [share["id"]]
    assert world.read(share["access_token"]).status == 200


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\x00", "a\u2028b", "\r\n"])
def test_no_line_break_in_a_header_gets_through(world: World, value: str) -> None:
    answer = world.create(world.add_key(), idempotency_key=value)

    assert answer.status == 400
    assert not [name for name, text in answer.headers.items() if "\r" in f"{name}{text}" or "\n" in f"{name}{text}"]


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_a_repeated_idempotency_key_is_ambiguous_in_any_case(world: World, name: str) -> None:
    request = event("create_share", API_KEY=world.add_key())
    request["multiValueHeaders"]["Idempotency-Key"] = ["a"]
    request["multiValueHeaders"].setdefault(name, []).append("b")

    assert world.send(world.share_api, request).status == 400


def test_authorization_twice_in_two_spellings_is_refused(world: World) -> None:
    request = event("create_share", API_KEY=world.add_key())
    request["multiValueHeaders"]["AUTHORIZATION"] = [f"Bearer {world.add_key('bob')}"]

    assert world.send(world.share_api, request).status == 401


def test_no_header_chooses_where_a_link_points_or_what_a_request_is_called(world: World) -> None:
    world.public_base_url = ""
    world.restart()
    request = event("create_share", API_KEY=world.add_key())
    for name, value in (
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "host=evil.example"),
        ("X-Correlation-ID", "chosen"),
        ("X-Amzn-RequestId", "chosen"),
    ):
        request["headers"][name] = value
        request["multiValueHeaders"][name] = [value]

    answer = world.send(world.share_api, request)

    assert "evil.example" not in answer.text + str(answer.headers)
    assert answer.headers["X-Correlation-ID"] == answer.request_id != "chosen"


# ---- the wrong keys --------------------------------------------------------------------------------------------------

WRONG_KEYS: dict[str, tuple[dict[str, Any], int]] = {
    "other workspace": ({"workspace": "elsewhere"}, 404),
    "other brand": ({"brand_ids": frozenset({str(uuid4())})}, 403),
    "other scope": ({"scopes": ("write:brands", "read:brands")}, 403),
    "no scope of this kind": ({"scopes": ("writer:scheduled", "write:scheduled:x", "Write:Scheduled", "**")}, 403),
    "revoked now": ({"revoked_at": NOON}, 401),
    "revoked in the future, by a clock ahead": ({"revoked_at": NOON + 1}, 401),
    "expired now": ({"expires_at": NOON}, 401),
}
REQUESTS: dict[str, Callable[[World, str, str], Answer]] = {
    "create": lambda world, key, _: world.create(key),
    "rotate": lambda world, key, _: world.create(key, {"rotate": True}),
    "list": lambda world, key, _: world.list(key),
    "extend": lambda world, key, share: world.extend(key, share, {"expiration_days": 3}),
    "revoke": lambda world, key, share: world.revoke(key, share),
    "revoke all": lambda world, key, _: world.revoke_all(key),
}


@pytest.mark.parametrize(("key", "status"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_wrong_key_of_the_same_teammate_does_nothing_anywhere(world: World, key: dict[str, Any], status: int) -> None:
    share = world.create(world.add_key("ada")).json
    wrong = world.add_key("ada", **key)
    before = world.uncounted()

    answers = {name: ask(world, wrong, share["id"]).status for name, ask in REQUESTS.items()}

    assert answers == dict.fromkeys(REQUESTS, status)
    assert world.uncounted() == before


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_key_revoked_between_two_requests_stops_with_the_second(
    world: World, request_: Callable[[World, str, str], Answer]
) -> None:
    key = world.add_key()
    share = world.create(key).json
    (item,) = [item for item in world.items() if item["sk"]["S"] == "KEY"]
    world.dynamodb.put_item(TableName="shares", Item=item | {"revoked_at": {"N": str(world.clock.now)}})

    assert request_(world, key, share["id"]).status == 401
    assert world.read(share["access_token"]).status == 200


@pytest.mark.parametrize("request_", [REQUESTS["rotate"], REQUESTS["extend"]], ids=["rotate", "extend"])
def test_a_teammates_share_is_out_of_reach(world: World, request_: Callable[[World, str, str], Answer]) -> None:
    of_bob = world.create(world.add_key("bob")).json

    request_(world, world.add_key("ada"), of_bob["id"])

    assert world.read(of_bob["access_token"]).json["expires_at"] == of_bob["expires_at"]


@pytest.mark.parametrize(("wrong", "status"), [("other workspace", 404), ("other brand", 403), ("other scope", 403)])
@pytest.mark.parametrize("request_", ["create", "rotate", "extend", "revoke", "revoke all"])
def test_a_wrong_key_of_the_same_teammate_is_not_given_an_earlier_answer(
    world: World, request_: str, wrong: str, status: int
) -> None:
    key, other = world.add_key("ada"), world.add_key("ada", **WRONG_KEYS[wrong][0])
    share = world.create(key).json
    asked: dict[str, Callable[[str], Answer]] = {
        "create": lambda by: world.create(by, idempotency_key="once"),
        "rotate": lambda by: world.create(by, {"rotate": True}, idempotency_key="once"),
        "extend": lambda by: world.extend(by, share["id"], {"expiration_days": 3}, "once"),
        "revoke": lambda by: world.revoke(by, share["id"], "once"),
        "revoke all": lambda by: world.revoke_all(by, "once"),
    }
    first = asked[request_](key)

    refused = asked[request_](other)

    assert refused.status == status
    assert "Idempotent-Replayed" not in refused.headers
    assert asked[request_](key).headers["Idempotent-Replayed"] == "true"
    assert (asked[request_](key).status, asked[request_](key).text) == (first.status, first.text)


# ---- run files -------------------------------------------------------------------------------------------------------


def answers(count: int, **changes: Any) -> list[Json]:
    return [_answer(number, **changes) for number in range(count)]


def _answer(number: int, **changes: Any) -> Json:
    given: Json = run(1)["regions"][0]["answers"][0]
    return given | {"prompt_id": str(UUID(int=number + 1)), "prompt": f"prompt {number}"} | changes


def with_answers(found: list[Json]) -> bytes:
    attack = run(2)
    attack["regions"][0]["answers"] = found
    return json.dumps(attack).encode()


def _text(replaced: str, by: str) -> bytes:
    text = json.dumps(run(2))
    assert replaced in text
    return text.replace(replaced, by, 1).encode()


def colliding(count: int) -> bytes:
    """Object keys whose hashes collide in any table that does not salt them, as integers modulo 2**61 - 1 do."""
    keys = ",".join(f'"{number * (2**61 - 1)}":0' for number in range(count))
    return _text('"object":', f'"extra":{{{keys}}},"object":')


ATTACKS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "a byte too many": lambda: b" " * (MAX_RUN_BYTES + 1),
    "a gzip bomb": lambda: gzip.compress(bytes(400_000_000), 1),
    "a gzip bomb in two layers": lambda: gzip.compress(gzip.compress(bytes(100_000_000))),
    "a gzip of many members": lambda: gzip.compress(b" ") * 100_000,
    "a truncated gzip": lambda: gzip.compress(json.dumps(run(2)).encode())[:-9],
    "deep arrays": lambda: b"[" * 1_000_000,
    "deep objects": lambda: b'{"a":' * 500_000,
    "deep where it is ignored": lambda: _text('"object":', f'"extra":{"[" * 100_000}{"]" * 100_000},"object":'),
    "no UTF-8": lambda: json.dumps(run(2)).encode().replace(b"espresso", b"\xff\xfe"),
    "UTF-16": lambda: json.dumps(run(2)).encode("utf-16"),
    "many tiny answers": lambda: with_answers([{}] * 1_000_000),
    "another schedule's": lambda: json.dumps(run(2) | {"scheduled_report_id": str(uuid4())}).encode(),
    "another run's": lambda: json.dumps(run(2) | {"id": str(run_id(3))}).encode(),
    "from the year 9999": lambda: json.dumps(run(2) | {"completed_at": "9999-12-31T23:59:59Z"}).encode(),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_run_file_that_attacks_is_buried_with_a_reason_and_costs_little(
    world: World, attack: Callable[[], bytes]
) -> None:
    world.put_run(run(1))
    body = attack()
    begun = time.process_time()

    answer = world.put_run(body, f"runs/{SCHEDULE_ID}/{run_id(2)}.json")

    assert time.process_time() - begun < 10
    assert answer == {"batchItemFailures": []}
    (letter,) = world.buried()
    assert letter["reason"]
    assert len(letter["reason"]) < 1_000
    assert runs_shown(world) == 1


HARMLESS: dict[str, Callable[[], bytes]] = {
    "a huge integer": lambda: _text('"rank": 1', f'"rank": {"9" * 1_000_000}'),
    "a huge exponent": lambda: _text('"rank": 1', '"rank": 1e999999999'),
    "no number": lambda: _text('"rank": 1', '"rank": NaN'),
    "infinity": lambda: _text('"rank": 1', '"rank": -Infinity'),
    "a fraction": lambda: _text('"rank": 1', '"rank": 1.5'),
    "a lone surrogate": lambda: _text("best espresso", "\\ud800"),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + json.dumps(run(2)).encode(),
    "many tiny regions": lambda: json.dumps(
        run(2, regions=[{"name": str(number), "status": "completed", "answers": []} for number in range(100_000)])
    ).encode(),
    "too many answers": lambda: with_answers(answers(10_000, businesses=[], citations=[]) * 3)[:MAX_RUN_BYTES],
    "too many businesses": lambda: with_answers([_answer(1, businesses=[{"name": "a"}] * 201)]),
    "a name without end": lambda: with_answers([_answer(1, businesses=[{"name": "a" * 1_000_000}])]),
    "the same cell twice": lambda: with_answers([_answer(1), _answer(1)]),
    "a link that is a script": lambda: with_answers([_answer(1, citations=[{"url": "javascript:alert(1)"}])]),
    "a slow regular expression": lambda: with_answers(
        [_answer(1, citations=[{"url": "http://" + "a@" * 1_000 + "\\"}] * 100)]
    ),
    "keys that might collide, where they are ignored": lambda: colliding(100_000),
    "the same key twice": lambda: _text('"object":', '"object": "something else", "object":'),
    "the largest text of all": lambda: with_answers([_answer(n, prompt=f"{n} " + "😀" * 400) for n in range(1_500)]),
}


@pytest.mark.parametrize("attack", HARMLESS.values(), ids=HARMLESS)
def test_a_run_file_that_is_only_odd_counts_and_costs_little(world: World, attack: Callable[[], bytes]) -> None:
    world.put_run(run(1))
    body = attack()
    begun = time.process_time()

    world.put_run(body, f"runs/{SCHEDULE_ID}/{run_id(2)}.json")

    assert time.process_time() - begun < 20
    assert world.buried() == []
    assert runs_shown(world) == 2


def test_a_bomb_is_never_inflated_beyond_the_limit(world: World) -> None:
    bomb = gzip.compress(bytes(400_000_000), 1)
    key = f"runs/{SCHEDULE_ID}/{run_id(2)}.json.gz"
    world.put_run(run(1))

    tracemalloc.start()
    try:
        world.put_run(bomb, key)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * MAX_RUN_BYTES
