"""How results of branches or items become one: pure, on plain JSON. A strategy is one file; `catalogue` has all."""
