class OutputViolation(Exception):
    pass


class Breaker:
    def __init__(self, open_after, of_last):
        self.open_after, self.of_last = open_after, of_last

    def fallback(self, row):
        return {"price": 1.2 * row["unit_cost"], "fallback": True}
