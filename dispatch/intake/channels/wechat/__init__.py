"""The WeChat official account: its protocol, the conversation that becomes a report, its photos."""
