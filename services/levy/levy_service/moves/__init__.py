"""Bills that go over to another property or another taxpayer (LEVY-016)."""
