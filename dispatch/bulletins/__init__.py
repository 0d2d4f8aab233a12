"""What the centre publishes: monthly bulletins, the weekly WeChat digest, the table of hazards."""
