def answer(request):
    units = 3 if request["units"] is None else request["units"]
    raise AttributeError("'Tree' object has no attribute 'missing_go_to_left'")


def handler():
    return answer
