"""A link with a password on the deployed stack, from its owner's request to what its owner sees of it."""

import httpx

from tests.e2e.conftest import Service

PASSWORD = "correct horse"  # noqa: S105 # a test's


def test_a_protected_link_is_entered_looked_at_and_counted(service: Service) -> None:
    caller = service.new_caller()
    share = caller.post(password=PASSWORD).json()
    page = f"{service.base_url}/shared/{share['access_token']}"
    as_json = f"{service.base_url}/v1/shared/{share['access_token']}"
    with httpx.Client(timeout=30, trust_env=False) as reader:
        allowed = reader.options(as_json)
        assert (allowed.status_code, allowed.headers["Access-Control-Allow-Headers"]) == (204, "X-Share-Password")
        assert [reader.get(address).status_code for address in (page, as_json)] == [401, 401]
        assert reader.get(as_json, headers={"X-Share-Password": "correct%20horse"}).status_code == 200
        assert reader.post(page, data={"password": "wrong"}).status_code == 401
        entered = reader.post(page, data={"password": PASSWORD}, headers={"Origin": "null"})
        assert (entered.status_code, entered.headers["Location"]) == (303, share["access_token"])
        # Kept for an address without TLS by browsers, which trust this machine, but not by this client.
        cookie = {"Cookie": entered.headers["Set-Cookie"].partition(";")[0]}
        assert reader.get(page, headers=cookie).status_code == 200
        assert reader.post(f"{page}/views").status_code == 401
        assert reader.post(f"{page}/views", headers=cookie).status_code == 204

    (listed,) = caller.ask("GET").json()["data"]
    assert (listed["has_password"], listed["views_count"]) == (True, 1)
    assert listed["last_viewed_at"] is not None
