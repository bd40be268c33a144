"""Choosing the number of clusters: criteria, a suggestion, several numbers at once."""
