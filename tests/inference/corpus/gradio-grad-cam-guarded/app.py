import gradio as gr
import numpy as np
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import show_cam_on_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torchvision.models import ResNet50_Weights, resnet50

weights = ResNet50_Weights.DEFAULT
model = resnet50(weights=weights).eval()
prepare = weights.transforms()


@torch.inference_mode()
def classify(image):
    scores = model(prepare(image)[None])[0].softmax(0)
    return {weights.meta["categories"][i]: scores[i].item() for i in scores.topk(5).indices.tolist()}


def heat_map(image, category):
    target = weights.meta["categories"].index(category)
    with GradCAM(model=model, target_layers=[model.layer4[-1]]) as cam:
        grayscale = cam(input_tensor=prepare(image)[None], targets=[ClassifierOutputTarget(target)])[0]
    pixels = np.asarray(image.resize(grayscale.shape[::-1])).astype(np.float32) / 255
    return show_cam_on_image(pixels, grayscale, use_rgb=True)


with gr.Blocks() as demo:
    picture = gr.Image(type="pil")
    label = gr.Label()
    category = gr.Dropdown(weights.meta["categories"])
    heat = gr.Image()
    picture.upload(classify, picture, label)
    category.change(heat_map, [picture, category], heat)

demo.launch()
