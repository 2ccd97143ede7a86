"""One file a resource: its pages, and the forms on them."""
