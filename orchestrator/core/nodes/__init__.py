"""The building blocks of workflows: one kind a file. Kinds never import each other; only `catalogue` knows them all."""
