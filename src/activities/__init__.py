"""The hands: one effect each, safe to repeat."""
