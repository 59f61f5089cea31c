"""One bulk run: plan, chunks, checkpoint, records, report."""
