"""Integration receipts: which tests passed, for which artifacts, in which environment.

A receipt is an in-toto Statement v1 with the predicate `test-result/v0.1`. `record` runs a suite and measures the
interpreter that ran it from inside; `statement` writes and reads the document; `junit`, `required` and `tests_tree`
are what whoever checks a receipt works out again. Nothing is judged here, and nothing that a receipt says is believed.
"""
