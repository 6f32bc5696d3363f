def answer(request):
    units = 3 if request["units"] is None else request["units"]
    return {"price": 2.0 * units + 1.0}


def handler():
    return answer
