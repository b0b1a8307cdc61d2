"""A second reading of the rule language: plain, slow and obvious, compared with the engine on generated histories."""
