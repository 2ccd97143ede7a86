"""The story: deterministic waits, timers and the order of steps."""
