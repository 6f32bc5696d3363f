"""What runs in the candidate's interpreter: sent there as text, never imported by the gate, nothing of it installed.

Standard library alone, syntax of Python 3.8; what else it needs it looks for there, when it needs it.
"""
