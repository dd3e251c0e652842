"""Token secrets without Secrets Manager."""

from dataclasses import dataclass

from report_shares.rules.tokens import TokenSecrets


@dataclass(frozen=True)
class FixedSecrets:
    """A ``TokenSecretSource`` that always answers with the same secrets."""

    secrets: TokenSecrets

    def current(self) -> TokenSecrets:
        return self.secrets

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:  # noqa: ARG002 # nothing to find
        return self.secrets
