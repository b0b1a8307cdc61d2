"""Station 3: which (rule, customer, anchor) falls due - rules compiled to set-based queries."""
