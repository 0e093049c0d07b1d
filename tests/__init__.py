"""Tests: this package, and no other of that name that some library installs."""
