"""The port on Celery: rings for work. It never carries the work itself."""
