"""What vouches for a model file: the training record, and bundles of OpenSSF model-signing.

`record` is written where a model was trained, `bundle` where it was signed; `folders` works out the digests of what is
on disk, `statement` writes them as model-signing does, and `comparison` says where they differ. `signatures` alone
knows keys. Nothing is judged here.
"""
