"""How moments are written."""

from typing import Annotated

from pydantic import Field

type Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
