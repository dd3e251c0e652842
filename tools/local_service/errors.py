"""What can go wrong while the local service starts, told in one sentence."""


class LocalServiceError(Exception):
    """The local service cannot start or go on; the message is for its user."""
