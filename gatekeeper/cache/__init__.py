"""Answers of earlier runs, for runs on the machine that gave them. A wrong hit is worse than a thousand misses.

Only what passed is kept, under everything that the answer may depend on. What was read is looked at again, byte for
byte, before an old answer is given; where it can't be known what was read, nothing is kept.
"""
