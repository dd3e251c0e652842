"""Open a public link, as one who may: at a host where it answers, and past its gate where it has a password."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from uuid import UUID

from report_shares.refusals import Gone, NotFound, PasswordRequired, RateLimited
from report_shares.rules import passes, shares, tokens
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.frozen_snapshot import FrozenSnapshot, empty_snapshot
from report_shares.rules.gate import NoPlace
from report_shares.rules.shares import Share
from report_shares.times import Clock
from report_shares.use_cases.count_view import CountView
from report_shares.use_cases.token_secrets import TokenSecretSource
from report_shares.use_cases.try_password import TryPassword


class ReportStore(Protocol):
    def get_share(self, share_id: UUID) -> Share | None: ...

    def get_owners(self, share: Share) -> tuple[Schedule | None, Brand | None]:
        """The share's schedule and brand as they were a second ago at most; of a live share, as they are now."""

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        """The snapshot under this key, which never changes."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever opens a link, as far as it matters.

    ``foreign_host`` is the host that they ask, None where it is one of the deployment's own; ``passes`` is what they
    show of earlier visits, by name; ``password`` is what they say, None for nothing.
    """

    foreign_host: str | None = None
    passes: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    password: str | None = field(default=None, repr=False)


class Pass(NamedTuple):
    """What a reader who gave the right password shows from then on."""

    name: str
    value: str


class DeadLink(Gone):
    """The share has expired, was withdrawn, has lost its schedule or brand, or (None) its row has been purged."""

    def __init__(self, share: Share | None) -> None:
        super().__init__()
        self.share = share


class LockedLink(PasswordRequired):
    """The share has a password, and the reader has given none, or (``is_wrong``) another one."""

    def __init__(self, brand: Brand, *, is_wrong: bool) -> None:
        super().__init__("This is not the password of this link" if is_wrong else None)
        self.brand = brand
        self.is_wrong = is_wrong


class GateShut(RateLimited):
    """No password is tried now: too many were wrong (``is_closed``), or too many are tried at this moment."""

    def __init__(self, brand: Brand, no_place: NoPlace) -> None:
        super().__init__(no_place.retry_after)
        self.text = "Too many wrong passwords" if no_place.is_closed else "Too many passwords are tried at this moment"
        self.brand = brand
        self.is_closed = no_place.is_closed
        self.retry_after = no_place.retry_after


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """What is behind a link that opens; the share is as ``shares.as_opened`` has it."""

    share: Share
    brand: Brand
    snapshot: FrozenSnapshot

    @property
    def has_runs(self) -> bool:
        """Whether a run had been completed by then."""
        return bool(self.snapshot.content["stats"]["runs_count"])


@dataclass(frozen=True, slots=True)
class ReadSharedReport:
    """The use cases with all that they need.

    Whose the share is and its snapshot are read side by side; of a live share one after the other.

    All raise ``NotFound`` for a token that is not ours, before any I/O but the cached secrets, and for one that is
    asked for at a host where it does not answer. A token that was made with another secret than its share's is not
    ours either, whoever made it. All but ``check`` raise ``DeadLink``.
    """

    store: ReportStore
    secrets: TokenSecretSource
    clock: Clock
    side_by_side: Executor
    try_password: TryPassword
    count_view: CountView

    def __call__(self, token: str, reader: Reader) -> OpenedReport:
        """What is behind the link. Raises ``LockedLink`` and ``GateShut``."""
        found = self._found(token, reader)
        share = found.share
        if not self._may_pass(found, reader):
            owners = self._owners(share, reader)
            self._pass_gate(share, owners.brand, reader.password)
            return self._opened(share, owners)
        reading_owners = self.side_by_side.submit(self.store.get_owners, share)
        try:
            frozen = None if share.live else self._snapshot(share)
        finally:
            wait([reading_owners])  # a read left behind would run into the next request
        return self._opened(share, _alive(share, reader, *reading_owners.result()), frozen)

    def enter(self, token: str, reader: Reader) -> Pass | None:
        """A pass for the password that the reader gives; None where none is asked for.

        Raises ``LockedLink`` and ``GateShut``, also for who has a pass already: it is the password that is asked.
        """
        found = self._found(token, reader)
        share = found.share
        brand = self._owners(share, reader).brand
        if share.password_hash is None:
            return None
        self._pass_gate(share, brand, reader.password)
        value = passes.issued(found.secret, share.id, share.password_hash, self.clock())
        return Pass(passes.name_of(share.id), value)

    def look(self, token: str, reader: Reader) -> None:
        """The reader has looked at the page, which counts where they may see it. Raises ``LockedLink``."""
        found = self._found(token, reader)
        brand = self._owners(found.share, reader).brand
        if not self._may_pass(found, reader):
            raise LockedLink(brand, is_wrong=False)
        self.count_view(found.share)

    def check(self, token: str) -> None:
        """Asks for no more than the cached secrets."""
        self._read(token)

    def brand_of(self, dead: DeadLink) -> Brand | None:
        """Whose dead link it is, as long as that is known: a brand that has moved is not whom the reader knows."""
        return self._brand_of_dead(dead.share) if dead.share else None

    def _brand_of_dead(self, share: Share) -> Brand | None:
        brand = self.store.get_brand(share.brand_id)
        return brand if brand and share.is_of(brand) else None

    def _found(self, token: str, reader: Reader) -> "_Found":
        """The share of an authentic token, as long as it is active. One whose row is purged tells nobody's host."""
        key_id, secret, share_id = self._read(token)
        share = self.store.get_share(share_id)
        if share and share.token_key_id != key_id:
            raise NotFound
        if share is None or not share.is_active(self.clock()):
            if share and reader.foreign_host is not None:
                _check_host(self._brand_of_dead(share), reader.foreign_host)
            raise DeadLink(share)
        return _Found(share, secret)

    def _owners(self, share: Share, reader: Reader) -> "_Owners":
        return _alive(share, reader, *self.store.get_owners(share))

    def _opened(self, share: Share, owners: "_Owners", frozen: FrozenSnapshot | None = None) -> OpenedReport:
        opened = shares.as_opened(share, owners.schedule)
        return OpenedReport(opened, owners.brand, self._snapshot(opened) if frozen is None else frozen)

    def _snapshot(self, share: Share) -> FrozenSnapshot:
        return self.store.get_snapshot(share.snapshot_key) if share.snapshot_key else empty_snapshot()

    def _may_pass(self, found: "_Found", reader: Reader) -> bool:
        """Whether the reader need not be asked for a password."""
        share, now = found.share, self.clock()
        if share.password_hash is None:
            return True
        shown = reader.passes.get(passes.name_of(share.id), ())
        return any(passes.is_good(one, found.secret, share.id, share.password_hash, now) for one in shown)

    def _pass_gate(self, share: Share, brand: Brand, password: str | None) -> None:
        if password is None:
            raise LockedLink(brand, is_wrong=False)
        try:
            is_right = self.try_password(share, password)
        except NoPlace as no_place:
            raise GateShut(brand, no_place) from None
        if not is_right:
            raise LockedLink(brand, is_wrong=True)

    def _read(self, token: str) -> tuple[int, bytes, UUID]:
        """Which secret an authentic token was made with, and of which share. Raises ``NotFound``."""
        try:
            key_id = tokens.key_id_of(token)
            secrets = self.secrets.searched_for(key_id)
            share_id = tokens.verify(secrets, token)
        except tokens.InvalidToken:
            raise NotFound from None
        return key_id, secrets.by_key_id[key_id], share_id


class _Found(NamedTuple):
    """A share, and the secret that its token was made with."""

    share: Share
    secret: bytes


class _Owners(NamedTuple):
    """Whose a share is."""

    schedule: Schedule
    brand: Brand


def _alive(share: Share, reader: Reader, schedule: Schedule | None, brand: Brand | None) -> _Owners:
    """The owners of a share that is still theirs. Raises ``NotFound`` at another's host, and ``DeadLink``."""
    own_brand = brand if brand and share.is_of(brand) else None
    if reader.foreign_host is not None:
        _check_host(own_brand, reader.foreign_host)
    if not (schedule and share.is_of(schedule) and own_brand):
        raise DeadLink(share)
    return _Owners(schedule, own_brand)


def _check_host(brand: Brand | None, host: str) -> None:
    if brand is None or not brand.is_at(host):
        raise NotFound
