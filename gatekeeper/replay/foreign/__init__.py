"""Predictors that are not Python: a program that speaks JSON lines, and a server on this machine.

    with start_program(("./serve", "--jsonl"), root, bounds) as program:   # gatekeeper.replay.foreign.exec
        replayed = program.replay(records)
    replayed = Endpoint("http://127.0.0.1:8080/v2/models/demand/infer").replay(records)   # ...foreign.http

Both answer as a worker does (`gatekeeper.replay.observed`): one `Answer` a record, or `Refused` where the predictor as
a whole can't be used. What can be watched inside a Python process, can't be here: `Watched` stays empty.

A program is shut in as a worker is, but for one thing: it may start programs and processes, which end with it. A server
runs already, whoever started it; nothing is kept out of it.
"""
