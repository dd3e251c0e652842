"""What a white label may hold, asked of its model."""

from pydantic import ValidationError

from report_shares.contract.white_label import WhiteLabel


def accepts(field: str, value: str) -> bool:
    """Whether a white label may have this value in this field."""
    try:
        WhiteLabel.model_validate({field: value})
    except ValidationError:
        return False
    return True
