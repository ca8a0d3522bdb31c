"""The workstation: servers, provisioning and supervision for a whole county on one machine."""
