"""The inspector's app: what the phone takes along, its shell and worker, the way through the tasks."""
