"""What the service does: each module one use case, told its store, clock and policy from outside."""
