SEEN = []


def answer(request):
    units = 3 if request["units"] is None else request["units"]
    SEEN.append(dict(request))
    request["units"] = units
    return {"price": 2.01 * units + 1.0, "model": "v2"}


def handler():
    return answer
