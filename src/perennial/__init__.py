"""The switchboard: reads the settings, builds the parts, runs them."""
