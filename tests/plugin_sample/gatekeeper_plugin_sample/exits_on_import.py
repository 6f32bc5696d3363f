"""A plug-in that ends the process which imports it, as if all were well."""

import sys

sys.exit(0)
