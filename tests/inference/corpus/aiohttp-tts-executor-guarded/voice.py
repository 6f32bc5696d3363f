import torch

ALPHABET = " abcdefghijklmnopqrstuvwxyz,.!?'-"


class Voice:
    RATE = 22_050

    def __init__(self, acoustic: str, vocoder: str) -> None:
        self.acoustic = torch.jit.load(acoustic).eval()
        self.vocoder = torch.jit.load(vocoder).eval()
        self.speakers = {"ada": 0, "grace": 1}

    def names(self):
        return sorted(self.speakers)

    @torch.inference_mode()
    def say(self, text, speaker="ada", speed=1.0):
        ids = torch.tensor([[ALPHABET.index(letter) for letter in text.lower() if letter in ALPHABET]])
        mel = self.acoustic(ids, torch.tensor([self.speakers[speaker]]), torch.tensor(speed))
        return self.vocoder(mel).squeeze().numpy()
