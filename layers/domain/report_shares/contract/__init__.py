"""The published shapes, each written once: what callers send and are answered, and what a report holds."""
