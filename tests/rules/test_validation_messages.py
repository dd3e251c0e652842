"""What pydantic finds wrong, as people read it."""

from report_shares.validation_messages import message_of, path_of


def test_a_place_is_written_as_people_write_it() -> None:
    assert path_of(["regions", 0, "answers", 1, "rank"]) == "regions[0].answers[1].rank"
    assert path_of([]) == ""


def test_a_message_of_a_check_of_ours_has_nothing_before_it() -> None:
    assert message_of("Value error, must not be blank") == "must not be blank"
    assert message_of("Field required") == "Field required"
