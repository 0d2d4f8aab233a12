"""The doors through which machines bring reports: a package a channel, each ending in `intake.commands.receive`."""
