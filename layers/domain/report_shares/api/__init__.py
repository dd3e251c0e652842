"""HTTP around the use cases: what a request must look like, and what answers look like."""
