"""The benchmark: what the product takes, beside the limit of what it stands on, in the same run."""
