"""The published shapes, each written once: what callers send and get, and what a report holds."""
