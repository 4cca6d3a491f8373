"""Who drives a run: the actor, claiming and executing, timers, recovery; and the ports they need."""
