"""Views of patterns: what a step that repeats, compares, merges or shares did, laid out as such. One file each."""
