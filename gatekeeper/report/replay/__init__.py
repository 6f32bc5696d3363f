"""Pictures of a replay: how far each record deviates, and what became of memory."""
