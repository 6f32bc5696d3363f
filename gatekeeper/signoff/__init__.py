"""Sign-offs as files: signed statements about one run, approvals of them, and their verification at deploy.

A release is a folder of `files.NAMES` and any number of approvals. Each statement is an in-toto statement in a DSSE
envelope in a sigstore bundle, signed by one Ed25519 key. The package knows no report and no candidate: it is given
`facts.Facts`, and says of a folder and a model whether they are what was signed.
"""
