"""Notifications: writes to people, by mail or to print."""
