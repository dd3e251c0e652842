"""HTTP on both sides of the use cases: what a request must look like and how an answer is put."""
