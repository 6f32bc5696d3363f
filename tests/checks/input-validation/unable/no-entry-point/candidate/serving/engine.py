def price(model, request):
    return model.predict([request])
