"""A plug-in whose dependency is missing."""

from gatekeeper_plugin_sample import leave_marker

leave_marker("raises_on_import")
raise ImportError("libcudart.so.12: cannot open shared object file")
