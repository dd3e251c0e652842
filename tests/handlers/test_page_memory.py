"""How many pages are remembered, and whose."""

from uuid import uuid4

from report_shares.api.page_memory import PageMemory
from report_shares.page.render import Page


class Maker:
    """Makes pages of this many characters, and counts them."""

    def __init__(self, characters: int = 10) -> None:
        self.characters = characters
        self.made = 0

    def __call__(self) -> Page:
        self.made += 1
        return Page("x" * self.characters, "", None)


def test_a_page_is_remembered_for_its_share_and_etag_alone() -> None:
    memory, make = PageMemory(9, 1_000), Maker()
    share = uuid4()

    first = memory.page(share, "one", make)

    assert memory.page(share, "one", make) is first
    assert memory.page(share, "two", make) is not first
    assert memory.page(uuid4(), "one", make) is not first
    assert make.made == 3


def test_the_page_asked_for_longest_ago_is_forgotten_first() -> None:
    memory, make = PageMemory(2, 1_000), Maker()
    share = uuid4()

    for etag in ("one", "two", "one", "three", "one", "two"):
        memory.page(share, etag, make)

    assert make.made == 4  # "two" was made twice


def test_no_more_characters_are_kept_than_there_is_room_for() -> None:
    memory, make = PageMemory(100, 20), Maker(10)
    share = uuid4()

    for etag in ("one", "two", "one", "two", "three", "two", "one"):
        memory.page(share, etag, make)

    assert make.made == 4  # two fit, and "one" was made twice


def test_a_page_that_is_larger_than_all_the_room_is_made_each_time() -> None:
    memory, make = PageMemory(100, 5), Maker(10)
    share = uuid4()

    for _ in range(2):
        assert len(memory.page(share, "one", make).html) == 10

    assert make.made == 2
