"""A list of texts is sorted into kinds by classifiers whose work is checked before anything goes on with it (P4)."""
