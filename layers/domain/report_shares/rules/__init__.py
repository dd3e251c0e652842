"""The rules of the service, on plain values: no AWS, no environment, no clock of their own."""
