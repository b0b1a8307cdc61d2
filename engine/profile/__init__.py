"""Knowledge that rules and mails may ask: what sells, what runs out, what belongs together."""
