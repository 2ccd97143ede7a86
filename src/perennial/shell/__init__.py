"""The resource commands: a client of the API like any other, which knows of the product only what the API says."""
