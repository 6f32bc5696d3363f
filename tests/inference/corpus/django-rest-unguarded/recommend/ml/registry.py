from .factorization import Recommender

current = Recommender("factors.pt")
