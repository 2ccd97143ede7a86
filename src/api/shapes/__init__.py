"""What answers look like: a type for every representation, from which the OpenAPI document and the clients are made.

The pictures themselves are made where the things are known; each answer that a test gets is held against these shapes.
"""
