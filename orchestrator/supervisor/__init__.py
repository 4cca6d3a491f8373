"""Starts, watches and stops the processes of `up`, and prepares the ground they stand on.

Standard library only; imports nothing else of this project, so it works before anything is installed.
"""
