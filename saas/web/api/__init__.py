"""What every REST resource shares: who calls, strict JSON, cursors, problems, rate headers."""
