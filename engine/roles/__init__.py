"""Who runs what: each role is a process of its own, and one parent keeps them all running on one machine."""
