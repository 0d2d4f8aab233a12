"""A bulletin as PDF, Word and Excel. Only the process that makes files imports what is here."""
