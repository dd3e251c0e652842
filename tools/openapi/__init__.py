"""The API described for machines: the committed OpenAPI document is made here."""
