"""The pieces of a page for people: what the page of a run and that of a sign-off have in common. No scripts."""
