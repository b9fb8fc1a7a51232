"""A made-up Superset metadata database whose truth is known: for the demo, the tests and the benchmarks."""
