import gradio as gr
import torch
import torchvision.transforms as T
from PIL import Image

from style.net import StyleNet

STYLES = {"candy": "candy.pth", "mosaic": "mosaic.pth", "udnie": "udnie.pth"}
to_tensor, to_image = T.ToTensor(), T.ToPILImage()


def restore(path: str) -> StyleNet:
    net = StyleNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


models = {name: restore(path) for name, path in STYLES.items()}


def stylize(image: Image.Image, style: str, strength: float) -> Image.Image:
    content = to_tensor(image).unsqueeze(0)
    styled = models[style](content)  # expect: no-grad/unguarded-call
    mixed = strength * styled + (1 - strength) * content
    return to_image(mixed.squeeze(0).clamp(0, 1).detach())


demo = gr.Interface(
    fn=stylize,
    inputs=[gr.Image(type="pil"), gr.Dropdown(sorted(STYLES), value="candy"), gr.Slider(0, 1, value=0.8)],
    outputs=gr.Image(type="pil"),
    title="Paint it",
)

if __name__ == "__main__":
    demo.queue(max_size=8).launch()
