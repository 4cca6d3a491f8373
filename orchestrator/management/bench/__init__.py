"""The project's own benchmarks: real workers, contracts, events and hints. One file a case."""
