"""Camera alarms: the signature, the vendors' forms, and the scenes that become cases."""
