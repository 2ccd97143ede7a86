"""The door for programs: reads requests, asks the counter or the memory, and answers in JSON. Alone knows HTTP."""
