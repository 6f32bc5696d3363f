"""What every guard has in common, as it stands in the generated module: each file here becomes a part of it.

They import each other, the standard library and prometheus_client, and nothing else. The gate itself never loads them:
it reads their source.
"""
