"""A report on how a folder's texts read: four stages, one after another (P1)."""
