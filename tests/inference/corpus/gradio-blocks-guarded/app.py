import gradio as gr
import numpy as np
import torch
from speechbrain_like import SpeakerNet

torch.set_num_threads(2)
net = SpeakerNet.from_file("speaker.pt")


@torch.inference_mode()
def voiceprint(clip):
    rate, samples = clip
    wave = torch.from_numpy(samples.astype(np.float32) / 32768)
    return torch.nn.functional.normalize(net(wave.unsqueeze(0), rate), dim=-1)


def compare(first, second):
    if first is None or second is None:
        return "Record both clips."
    similarity = (voiceprint(first) * voiceprint(second)).sum().item()
    return f"{'Same' if similarity > 0.25 else 'Another'} speaker ({similarity:.2f})"


with gr.Blocks() as demo:
    gr.Markdown("# Who speaks?")
    with gr.Row():
        one, two = gr.Audio(), gr.Audio()
    answer = gr.Textbox(label="Verdict")
    gr.Button("Compare").click(fn=compare, inputs=[one, two], outputs=answer)
    one.change(lambda clip: "" if clip is None else "first clip is there", one, answer)

if __name__ == "__main__":
    demo.launch()
