"""Plain values as JSON text."""

from report_shares.json_text import json_text


def test_nothing_is_written_that_json_can_do_without() -> None:
    assert json_text({"Café": [1, None], "": {}}) == '{"Café":[1,null],"":{}}'
