import modal

image = modal.Image.debian_slim().pip_install("torch", "transformers")
app = modal.App("embedder", image=image)

with image.imports():
    import torch
    from transformers import AutoModel, AutoTokenizer


@app.cls(gpu="L4", scaledown_window=120)
class Embedder:
    @modal.enter()
    def load(self):
        self.tokenizer = AutoTokenizer.from_pretrained("BAAI/bge-small-en-v1.5")
        self.encoder = AutoModel.from_pretrained("BAAI/bge-small-en-v1.5").cuda().eval()

    @modal.method()
    def embed(self, texts: list[str]) -> list[list[float]]:
        batch = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt").to("cuda")
        first = self.encoder(**batch)[0][:, 0]  # expect: no-grad/unguarded-call
        return torch.nn.functional.normalize(first, p=2, dim=1).tolist()


@app.local_entrypoint()
def main(text: str = "a line to embed"):
    print(len(Embedder().embed.remote([text])[0]))
