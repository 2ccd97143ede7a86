"""The counter behind both doors: who asks and what they may see, refusal on paper, hand-over to the engine, waiting."""
