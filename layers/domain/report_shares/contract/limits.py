"""The contract's numbers that more than one part of the service goes by."""

TOKEN_LENGTH = 51
TOKEN_PATTERN = f"^[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}$"

DEFAULT_EXPIRATION_DAYS = 30
MAX_NAME_LENGTH = 80

MIN_EXPIRATION_DAYS = 1
MAX_EXPIRATION_DAYS = 365
