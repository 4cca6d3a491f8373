"""Three classifiers of different kinds judge the tone of messages, hear each other, and vote (P8)."""
