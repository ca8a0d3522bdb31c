"""Changes of policy, told to staff and to whoever subscribed (NOTI-004)."""
