"""generate() guards itself, which a streamer's thread needs; the perplexity route has a block of its own."""

from threading import Thread

import litserve as ls
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, TextIteratorStreamer


class Writer(ls.LitAPI):
    def setup(self, device):
        self.tokenizer = AutoTokenizer.from_pretrained("gpt2")
        self.model = AutoModelForCausalLM.from_pretrained("gpt2", torch_dtype=torch.bfloat16).to(device)
        self.device = device

    def decode_request(self, request):
        return request["prompt"], request.get("max_new_tokens", 64)

    def predict(self, prompt_and_length):
        prompt, length = prompt_and_length
        encoded = self.tokenizer(prompt, return_tensors="pt").to(self.device)
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True)
        worker = Thread(target=self.model.generate, kwargs=dict(**encoded, streamer=streamer, max_new_tokens=length))
        worker.start()
        yield from streamer
        worker.join()

    def encode_response(self, output):
        for piece in output:
            yield {"piece": piece}


class Perplexity(Writer):
    def predict(self, prompt_and_length):
        encoded = self.tokenizer(prompt_and_length[0], return_tensors="pt").to(self.device)
        with torch.inference_mode():
            loss = self.model(**encoded, labels=encoded["input_ids"]).loss
        return loss.float().exp().item()

    def encode_response(self, output):
        return {"perplexity": output}


if __name__ == "__main__":
    ls.LitServer([Writer(stream=True, api_path="/write"), Perplexity(api_path="/perplexity")]).run(port=8001)
