"""Built-in agents that follow rules: pure functions of their input. They run in a worker like any agent."""
