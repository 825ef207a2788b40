"""The states of the window of which pictures are taken, by topic."""
