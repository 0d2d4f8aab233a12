"""The pages that all staff share: log in, the list of cases, one case with its deeds, a new one."""
