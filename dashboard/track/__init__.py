"""The track diagram: a workflow's tree laid out as railway track, with the states of a run's steps."""
