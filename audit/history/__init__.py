"""Keeps runs: a line about each, and the whole Run beside it, in a file or in a team's database."""
