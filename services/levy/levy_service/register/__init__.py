"""The register others read: what a parcel is and who has to do with it, on any day (LEVY-001)."""
