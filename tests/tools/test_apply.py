"""sharectl apply and keys revoke."""

from copy import deepcopy
from hashlib import sha256
from typing import Any
from unittest.mock import Mock

import pytest

from sharectl import keys
from sharectl.documents import validate
from sharectl.errors import InvalidInput, SharectlError
from tests.tools.conftest import Json, Operator

BRAND = "3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04"
SCHEDULE = "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04"
KEY = "rp_live_" + "k" * 43
DIGEST = sha256(KEY.encode()).hexdigest()
DOCUMENT: Json = {
    "brands": [
        {
            "id": BRAND,
            "workspace_id": "northlight",
            "name": "Acme Coffee Roasters",
            "aliases": ["Acme Coffee"],
            "domains": ["acmecoffee.example"],
            "white_label_config": {"primary_color": "#6F4E37"},
        }
    ],
    "schedules": [
        {"id": SCHEDULE, "brand_id": BRAND, "workspace_id": "northlight", "name": "Weekly", "frequency": "weekly"}
    ],
    "api_keys": [
        {
            "key": KEY,
            "principal_id": "ada",
            "workspace_id": "northlight",
            "scopes": ["read:scheduled", "write:scheduled"],
            "brand_ids": [BRAND],
            "expires_at": "2030-01-01T00:00:00Z",
        }
    ],
}


NO_BASES: list[object] = [
    "",
    "https://reports.agency.example",
    "https://reports.agency.example/r",
    1,
    "https://localhost/",
    "https://192.0.2.1/",
    "https://reports.agency.internal/",
    "https://ada@reports.agency.example/",
    "https://reports.agency.example/?x=/",
    "https://reports.agency.example/#/",
    "https://reports.agency.example/../",
    "https://reports.agency.example//",
    "https://reports.agency.example/%2e/",
    "https://reports.agency.example/" + "a" * 200 + "/",
]


def changed(**changes: Any) -> Json:
    """The document with fields changed by path: ``api_keys__scopes=["*"]``."""
    document = deepcopy(DOCUMENT)
    for path, value in changes.items():
        section, _, field = path.partition("__")
        if field:
            document[section][0][field] = value
        else:
            document[section] = value
    return document


def key_item(operator: Operator) -> Json:
    return operator.item(f"KEY#{DIGEST}", "KEY")


def schedule_item(operator: Operator) -> Json:
    return operator.item(f"SCHEDULE#{SCHEDULE}", "SCHEDULE")


def test_writes_what_the_service_reads(operator: Operator) -> None:
    said = operator.apply(DOCUMENT, "--json")

    assert said.code == 0
    assert [(entry["kind"], entry["outcome"]) for entry in said.json["applied"]] == [
        ("brand", "created"),
        ("schedule", "created"),
        ("api_key", "created"),
    ]
    assert operator.item(f"BRAND#{BRAND}", "BRAND") == {
        "pk": {"S": f"BRAND#{BRAND}"},
        "sk": {"S": "BRAND"},
        "workspace_id": {"S": "northlight"},
        "name": {"S": "Acme Coffee Roasters"},
        "aliases": {"L": [{"S": "Acme Coffee"}]},
        "domains": {"L": [{"S": "acmecoffee.example"}]},
        "white_label": {"S": '{"primary_color":"#6F4E37"}'},
    }
    assert schedule_item(operator)["frequency"] == {"S": "weekly"}
    key = key_item(operator)
    assert set(key["scopes"]["SS"]) == {"read:scheduled", "write:scheduled"}
    assert key["brand_ids"] == {"SS": [BRAND]}
    assert key["expires_at"] == {"N": "1893456000000"}
    assert "revoked_at" not in key


def test_a_schedules_ledger_is_opened_and_left_alone_afterwards(operator: Operator) -> None:
    operator.apply(DOCUMENT)
    opened = operator.item(f"LEDGER#{SCHEDULE}", "LEDGER")
    operator.put_item(f"LEDGER#{SCHEDULE}", "LEDGER", active={"M": {"ada": {"M": {}}}})

    operator.apply(changed(schedules__name="Every week"))

    assert opened["active"] == {"M": {}}
    assert operator.item(f"LEDGER#{SCHEDULE}", "LEDGER")["active"] == {"M": {"ada": {"M": {}}}}


def test_a_given_key_is_neither_stored_nor_shown(operator: Operator) -> None:
    said = operator.apply(DOCUMENT)

    assert KEY not in said.stdout + said.stderr
    assert KEY not in str(operator.items())


def test_again_changes_nothing(operator: Operator) -> None:
    operator.apply(DOCUMENT)
    before = operator.items()

    said = operator.apply(DOCUMENT, "--json")

    assert {entry["outcome"] for entry in said.json["applied"]} == {"unchanged"}
    assert operator.items() == before


def test_keeps_what_the_service_wrote(operator: Operator) -> None:
    operator.apply(DOCUMENT)
    for item in (key_item(operator), schedule_item(operator)):
        operator.stack.dynamodb.put_item(TableName="table", Item=item | {"of_the_service": {"N": "7"}})

    said = operator.apply(changed(schedules__name="Every week", api_keys__scopes=["*"]), "--json")

    assert [entry["outcome"] for entry in said.json["applied"]] == ["unchanged", "updated", "updated"]
    assert key_item(operator)["of_the_service"] == {"N": "7"}
    assert schedule_item(operator)["of_the_service"] == {"N": "7"}
    assert schedule_item(operator)["name"] == {"S": "Every week"}


def test_what_is_left_out_is_removed(operator: Operator) -> None:
    operator.apply(DOCUMENT)

    operator.apply(changed(brands__white_label_config=None, api_keys__brand_ids=None, api_keys__expires_at=None))

    assert "white_label" not in operator.item(f"BRAND#{BRAND}", "BRAND")
    assert not {"brand_ids", "expires_at"} & key_item(operator).keys()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://reports.agency.example/", "https://reports.agency.example/"),
        ("https://Reports.Agency.Example:443/r/2026/", "https://reports.agency.example/r/2026/"),
        ("https://berichte.größe.example:8443/", "https://berichte.xn--gre-6ka8i.example:8443/"),
    ],
)
def test_a_brands_own_base_is_kept_as_browsers_spell_it_and_can_be_taken_away(
    operator: Operator, given: str, kept: str
) -> None:
    operator.apply(changed(brands__public_base_url=given))
    assert operator.item(f"BRAND#{BRAND}", "BRAND")["public_base_url"] == {"S": kept}

    assert "unchanged" not in operator.apply(DOCUMENT).stdout.splitlines()[0]
    assert "public_base_url" not in operator.item(f"BRAND#{BRAND}", "BRAND")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("WWW.AcmeCoffee.Example", "acmecoffee.example"),
        (" acmecoffee.example. ", "acmecoffee.example"),
        ("café.example", "xn--caf-dma.example"),
        ("acme.github.io", "acme.github.io"),
        ("www.gov.uk", "www.gov.uk"),
    ],
)
def test_a_domain_is_kept_as_it_is_compared(operator: Operator, given: str, kept: str) -> None:
    operator.apply(changed(brands__domains=[given]))

    assert operator.item(f"BRAND#{BRAND}", "BRAND")["domains"] == {"L": [{"S": kept}]}


def test_a_name_may_have_the_joiners_that_its_script_needs(operator: Operator) -> None:
    operator.apply(changed(brands__name="نمی\u200cخواهم", schedules__name="👩\u200d💻 ❤\ufe0f"))

    assert operator.item(f"BRAND#{BRAND}", "BRAND")["name"] == {"S": "نمی\u200cخواهم"}


def test_a_fault_names_the_character_that_nobody_sees(operator: Operator) -> None:
    said = operator.apply(changed(brands__name="Acme\u200b"), "--json")

    assert "U+200B" in said.json["errors"][0]["message"]
    assert "\u200b" not in said.stdout + said.stderr


def test_a_key_is_minted_and_shown_once(operator: Operator) -> None:
    document = changed(api_keys__key=None)

    said = operator.apply(document, "--json")

    (minted,) = [entry for entry in said.json["applied"] if entry["kind"] == "api_key"]
    assert minted["key"].startswith("rp_live_")
    assert len(minted["key"]) == len("rp_live_") + 43
    assert minted["id"] == sha256(minted["key"].encode()).hexdigest()
    assert said.stdout.count(minted["key"]) == 1
    assert minted["key"] not in said.stderr
    assert operator.item(f"KEY#{minted['id']}", "KEY")["principal_id"] == {"S": "ada"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        (changed(surprise=[]), "surprise"),
        (changed(brands__surprise=1), "brands[0].surprise"),
        (changed(brands__id=BRAND.upper()), "brands[0].id"),
        (changed(brands__public_base_url="http://reports.agency.example/"), "brands[0].public_base_url"),
        (changed(brands__name=" "), "brands[0].name"),
        (changed(brands__aliases=["a" * 201]), "brands[0].aliases[0]"),
        (changed(brands__domains=["ok.example", "https://no.example/"]), "brands[0].domains[1]"),
        (changed(brands__domains=["acme.example", "co.uk"]), "brands[0].domains[1]"),
        (changed(brands__domains=["github.io"]), "brands[0].domains[0]"),
        (changed(brands__domains=["localhost"]), "brands[0].domains[0]"),
        (changed(brands__white_label_config={"primary_color": "red"}), "brands[0].white_label_config.primary_color"),
        (changed(brands__white_label_config={"logo_url": "javascript:x"}), "brands[0].white_label_config.logo_url"),
        (changed(brands__white_label_config={"cover_title": "a\u200b"}), "brands[0].white_label_config.cover_title"),
        (changed(brands__workspace_id="acme\u200b"), "brands[0].workspace_id"),
        (changed(brands__name="Acme\u200b"), "brands[0].name"),
        (changed(brands__name="\u3164\u2800"), "brands[0].name"),
        (changed(brands__name="Acme\nCoffee"), "brands[0].name"),
        (changed(brands__aliases=["ok", "a\u202eb"]), "brands[0].aliases[1]"),
        (changed(brands__domains=["ac\u200bme.example"]), "brands[0].domains[0]"),
        (changed(brands=DOCUMENT["brands"] * 2), "brands[1].id"),
        (changed(schedules__name="Weekly\u200d"), "schedules[0].name"),
        (changed(schedules__frequency="hourly"), "schedules[0].frequency"),
        (changed(schedules__workspace_id="elsewhere"), "schedules[0].workspace_id"),
        (changed(brands=[]), "schedules[0].brand_id"),
        (changed(api_keys__key="rp_live_short"), "api_keys[0].key"),
        (changed(api_keys__scopes=["*", "delete:all"]), "api_keys[0].scopes[1]"),
        (changed(api_keys__scopes=[]), "api_keys[0].scopes"),
        (changed(api_keys__brand_ids=[]), "api_keys[0].brand_ids"),
        (changed(api_keys__principal_id="ada#1"), "api_keys[0].principal_id"),
        (changed(api_keys__principal_id="ada\ufeff"), "api_keys[0].principal_id"),
        (changed(api_keys__workspace_id="w" * 129), "api_keys[0].workspace_id"),
        (changed(api_keys__expires_at="2030-01-01T00:00:00"), "api_keys[0].expires_at"),
        (changed(api_keys__expires_at=1893456000), "api_keys[0].expires_at"),
        (changed(api_keys__revoked="yes"), "api_keys[0].revoked"),
        (changed(api_keys=DOCUMENT["api_keys"] * 2), "api_keys[1].key"),
    ],
)
def test_refuses_the_whole_document_with_the_path_of_the_fault(operator: Operator, document: Json, path: str) -> None:
    said = operator.apply(document, "--json")

    assert said.code == 2
    assert [error["path"] for error in said.json["errors"]] == [path]
    assert f"sharectl: {path}" in said.stderr
    assert KEY not in said.stdout + said.stderr
    assert operator.items() == []


@pytest.mark.parametrize("base", NO_BASES)
def test_a_base_that_no_link_can_begin_with_is_refused(base: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validate(changed(brands__public_base_url=base))

    assert [fault.path for fault in refusal.value.faults] == ["brands[0].public_base_url"]


@pytest.mark.parametrize("text", ["", "{", '{"brands": [], "brands": []}', "[" * 200_000, "\udce4"])
def test_refuses_what_is_no_json(operator: Operator, text: str) -> None:
    file = operator.file("document.json", text.encode(errors="surrogateescape"))

    said = operator.say("apply", file)

    assert said.code == 2
    assert said.stderr.startswith("sharectl: the document is ")


def test_refuses_a_file_that_is_not_there(operator: Operator) -> None:
    said = operator.say("apply", "nowhere.json")

    assert (said.code, said.stderr) == (2, "sharectl: nowhere.json: No such file or directory\n")


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        (
            changed(brands=[], schedules__brand_id="00000000-0000-4000-8000-000000000000"),
            ["schedules[0].brand_id", "schedules[0].brand_id"],
        ),
        (
            changed(brands__workspace_id="elsewhere", schedules__workspace_id="elsewhere"),
            ["brands[0].workspace_id", "schedules[0].workspace_id"],
        ),
        (
            changed(brands=[], schedules__workspace_id="elsewhere"),
            ["schedules[0].workspace_id", "schedules[0].workspace_id"],
        ),
    ],
)
def test_what_exists_stays_where_it_belongs(operator: Operator, document: Json, paths: list[str]) -> None:
    operator.apply(DOCUMENT)
    before = operator.items()

    said = operator.apply(document, "--json")

    assert said.code == 2
    assert [error["path"] for error in said.json["errors"]] == paths
    assert operator.items() == before


def test_a_schedule_may_name_a_brand_of_the_table(operator: Operator) -> None:
    operator.apply(changed(schedules=[], api_keys=[]))

    assert operator.apply(changed(brands=[])).code == 0


def test_revoking_by_key_and_by_digest(operator: Operator) -> None:
    operator.apply(DOCUMENT)

    first = operator.say("keys", "revoke", KEY, "--json")
    revoked_at = key_item(operator)["revoked_at"]
    second = operator.say("keys", "revoke", DIGEST, "--json")

    assert first.json == {"revoked": [{"digest": DIGEST, "principal_id": "ada", "already_revoked": False}]}
    assert second.json == {"revoked": [{"digest": DIGEST, "principal_id": "ada", "already_revoked": True}]}
    assert key_item(operator)["revoked_at"] == revoked_at
    assert KEY not in first.stdout + first.stderr


def test_revoking_a_key_says_whose_it_was(operator: Operator) -> None:
    operator.apply(DOCUMENT)

    assert operator.say("keys", "revoke", KEY).stdout == f"revoked  {DIGEST} of ada\n"
    assert operator.say("keys", "revoke", KEY).stdout == f"revoked  {DIGEST} of ada (was so already)\n"


def test_revoking_an_unknown_key_fails_and_writes_nothing(operator: Operator) -> None:
    said = operator.say("keys", "revoke", KEY)

    assert (said.code, said.stdout) == (1, "")
    assert "there is no key" in said.stderr
    assert key_item(operator) == {}


def test_revoking_something_else_is_refused(operator: Operator) -> None:
    said = operator.say("keys", "revoke", "not-a-key")

    assert said.code == 2
    assert "not-a-key" not in said.stderr


def test_a_revoked_key_stays_revoked_unless_said_otherwise(operator: Operator) -> None:
    operator.apply(changed(api_keys__revoked=True))
    assert "revoked_at" in key_item(operator)

    silent = operator.apply(DOCUMENT)
    assert "revoked" in silent.stderr
    assert "revoked_at" in key_item(operator)

    operator.apply(changed(api_keys__revoked=False))
    assert "revoked_at" not in key_item(operator)


def test_a_minted_key_is_shown_even_if_a_later_entry_fails(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "mint", Mock(side_effect=[KEY, SharectlError("the second one fails")]))
    keyless = changed(api_keys__key=None)["api_keys"]

    said = operator.apply({"api_keys": keyless * 2}, "--json")

    assert said.code == 1
    assert said.json["applied"][0]["key"] == KEY
    assert said.json["errors"] == [{"path": "", "message": "the second one fails"}]


def test_revoking_tells_what_was_done_before_it_failed(operator: Operator) -> None:
    operator.apply(DOCUMENT)

    said = operator.say("keys", "revoke", KEY, "0" * 64, "--json")

    assert said.code == 1
    assert said.json["revoked"] == [{"digest": DIGEST, "principal_id": "ada", "already_revoked": False}]
    assert len(said.json["errors"]) == 1


def test_an_aws_error_is_one_sentence(operator: Operator) -> None:
    operator.stack.dynamodb.delete_table(TableName="table")

    said = operator.apply(DOCUMENT, "--json")

    assert said.code == 1
    (error,) = said.json["errors"]
    assert error["message"].startswith("AWS refused BatchGetItem: ResourceNotFoundException")
