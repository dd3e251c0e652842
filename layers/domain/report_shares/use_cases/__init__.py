"""What the service does: use cases, each beside the port that it needs. Store, clock and limits come from outside."""
