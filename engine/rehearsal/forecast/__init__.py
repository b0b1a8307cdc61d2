"""The coming days played through with what is known now: a backtest whose facts stop here and whose mails are all sent."""
