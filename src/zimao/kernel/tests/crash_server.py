"""Loaded once by the process from which ``crash`` forks its children: the platform is ready, and nothing has run."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zimao.settings")
django.setup()
