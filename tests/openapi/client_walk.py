"""Run in .tools/openapi with a client that was generated from the document: the life of a share, each step printed."""

import os
import sys
from http import HTTPStatus
from typing import Any
from uuid import UUID

from shares_client.api.public import get_shared_report
from shares_client.api.shares import (
    change_scheduled_report_share,
    create_scheduled_report_share,
    list_scheduled_report_shares,
    revoke_scheduled_report_share,
)
from shares_client.client import AuthenticatedClient, Client
from shares_client.models import ChangeShareRequest, CreateShareRequest, ShareWhiteLabel


def expect(response: Any, status: HTTPStatus) -> Any:
    """What the client made of the answer."""
    if response.status_code != status:
        sys.exit(f"{response.status_code} instead of {status}: {response.content!r}")
    return response.parsed


def main() -> None:
    schedule = UUID(os.environ["SHARES_SCHEDULE"])
    options: dict[str, Any] = {"base_url": os.environ["SHARES_BASE_URL"], "httpx_args": {"trust_env": False}}
    caller = AuthenticatedClient(token=os.environ["SHARES_API_KEY"], **options)
    anyone = Client(**options)
    look = CreateShareRequest(expiration_days=90, white_label_config=ShareWhiteLabel(company_name="Northlight Search"))

    created = expect(
        create_scheduled_report_share.sync_detailed(schedule, client=caller, body=look), HTTPStatus.CREATED
    )
    assert created.white_label_config.company_name == "Northlight Search"
    print("created")

    refreshed = expect(create_scheduled_report_share.sync_detailed(schedule, client=caller), HTTPStatus.OK)
    assert (refreshed.id, refreshed.access_token) == (created.id, created.access_token)
    assert refreshed.is_existing
    print("refreshed")

    listed = expect(list_scheduled_report_shares.sync_detailed(schedule, client=caller), HTTPStatus.OK)
    assert [share.id for share in listed.data] == [created.id]
    print("listed")

    report = expect(get_shared_report.sync_detailed(created.access_token, client=anyone), HTTPStatus.OK)
    assert report.white_label.company_name == "Northlight Search"
    assert report.snapshot.stats.runs_count > 0
    print("read")

    longer = ChangeShareRequest(expiration_days=120)
    extended = expect(
        change_scheduled_report_share.sync_detailed(schedule, created.id, client=caller, body=longer), HTTPStatus.OK
    )
    assert extended.expires_at > refreshed.expires_at
    assert (extended.name, extended.live) == (None, False)
    print("extended")

    for_a_client = CreateShareRequest(name="Client A", live=True)
    named = expect(
        create_scheduled_report_share.sync_detailed(schedule, client=caller, body=for_a_client), HTTPStatus.CREATED
    )
    nameless = ChangeShareRequest(name=None)
    expect(
        change_scheduled_report_share.sync_detailed(schedule, named.id, client=caller, body=nameless),
        HTTPStatus.CONFLICT,
    )
    other = ChangeShareRequest(name="Client B")
    renamed = expect(
        change_scheduled_report_share.sync_detailed(schedule, named.id, client=caller, body=other), HTTPStatus.OK
    )
    assert (renamed.name, renamed.live, renamed.expires_at) == ("Client B", True, named.expires_at)
    print("renamed")

    anew = CreateShareRequest(rotate=True)
    rotated = expect(
        create_scheduled_report_share.sync_detailed(schedule, client=caller, body=anew), HTTPStatus.CREATED
    )
    assert rotated.id != created.id
    expect(get_shared_report.sync_detailed(created.access_token, client=anyone), HTTPStatus.GONE)
    print("rotated")

    revoke = revoke_scheduled_report_share
    expect(revoke.sync_detailed(schedule, rotated.id, client=caller), HTTPStatus.NO_CONTENT)
    print("revoked")

    gone = expect(get_shared_report.sync_detailed(rotated.access_token, client=anyone), HTTPStatus.GONE)
    assert gone.error.code == "gone"
    print("gone")


if __name__ == "__main__":
    main()
