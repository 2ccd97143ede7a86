"""Generated from the OpenAPI document by `make client`; what is changed here by hand is lost."""
