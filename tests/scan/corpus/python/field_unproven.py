# coinglass rows
def longs(rows):
    other = {"t": 1}
    return [row["longLiquidationUsd"] for row in rows] + [other["t"]]
