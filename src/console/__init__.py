"""The door for people: pages over the same counter as the API."""
