"""Tariff: the best preference, whether the good qualifies, and what was missed."""
