"""Modules that take the place of scripts the platform has used so far."""
