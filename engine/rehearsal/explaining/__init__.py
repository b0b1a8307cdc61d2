"""Why, and why not: every rule asked about one customer at one moment, by the queries and the policy of the tick itself."""
