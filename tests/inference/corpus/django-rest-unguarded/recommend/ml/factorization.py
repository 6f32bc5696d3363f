import torch


class Factors(torch.nn.Module):
    def __init__(self, users: int, items: int, rank: int) -> None:
        super().__init__()
        self.users = torch.nn.Embedding(users, rank, sparse=True)
        self.items = torch.nn.Embedding(items, rank, sparse=True)
        self.bias = torch.nn.Parameter(torch.zeros(items))

    def forward(self, user: torch.Tensor) -> torch.Tensor:
        return self.users(user) @ self.items.weight.T + self.bias


class Recommender:
    def __init__(self, path: str) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        (users, rank), items = state["users.weight"].shape, len(state["bias"])
        self.net = Factors(users, items, rank)
        self.net.load_state_dict(state)

    def recommend(self, user: int, limit: int) -> list[int]:
        scores = self.net(torch.tensor([user]))[0]  # expect: no-grad/unguarded-call
        return scores.topk(limit).indices.tolist()
