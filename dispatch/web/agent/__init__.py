"""The call-centre agent's pages."""
