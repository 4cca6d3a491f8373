"""A glossary of a folder's texts, put together on a blackboard by agents that wake each other (P10)."""
