"""Public, white-labelled, expiring links to scheduled AI-visibility reports."""
