"""Frozen objects that services and views see; one module per noun."""
