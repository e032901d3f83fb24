"""The audit log as owners and admins read it: its page, its list, files of it, and its proof."""
