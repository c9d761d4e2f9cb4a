"""What commands share: arguments, blocks of runs, failures, progress, printed summaries."""
