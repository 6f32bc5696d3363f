"""The switch of `main` holds in the main thread; Gradio calls its functions on a pool of threads."""

import gradio as gr
import torch

torch.autograd.set_grad_enabled(False)  # spare: no request runs in this thread

translator = torch.jit.load("latin.ts").eval()
corrector = torch.jit.load("corrector.ts").eval()
LETTERS = "abcdefghijklmnopqrstuvwxyz "


def ids(text):
    return torch.tensor([[LETTERS.index(letter) for letter in text.lower() if letter in LETTERS]])


def translate(text):
    best = translator(ids(text)).argmax(-1)[0]  # expect: no-grad/process-wide-switch
    return "".join(LETTERS[index] for index in best.tolist())


@torch.no_grad()
def correct(text):
    best = corrector(ids(text)).argmax(-1)[0]
    return "".join(LETTERS[index] for index in best.tolist())


with gr.Blocks() as demo:
    text, out = gr.Textbox(), gr.Textbox()
    gr.Button("Translate").click(translate, text, out)
    text.submit(correct, text, text)

demo.launch()
