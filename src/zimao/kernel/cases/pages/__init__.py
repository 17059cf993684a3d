"""The pages of cases and tasks. Thin: they read from ``queries`` and ``listing`` and write through ``operations``."""
