"""A realistic book with which a sandbox is filled when somebody asks for it."""
