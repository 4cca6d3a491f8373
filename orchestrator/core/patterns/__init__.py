"""The named patterns: each writes itself as a composition of nodes. No engine code, no state of its own."""
