"""The same tick with another clock: rule tests, preview, explain, backtest, forecast."""
