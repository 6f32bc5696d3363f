import io

import litserve as ls
import segmentation_models_pytorch as smp
import torch
from PIL import Image
from torchvision.transforms.functional import to_tensor


class RoadSegmentation(ls.LitAPI):
    def setup(self, device):
        self.net = smp.Unet("resnet34", encoder_weights=None, classes=19)
        self.net.load_state_dict(torch.load("roads.pt", map_location=device, weights_only=True))
        self.net.to(device).eval()
        self.device = device

    def decode_request(self, request):
        image = Image.open(io.BytesIO(request["image"].file.read()))
        return to_tensor(image.resize((1024, 512))).to(self.device)

    def batch(self, inputs):
        return torch.stack(inputs)

    def predict(self, batch):
        logits = self.net(batch)  # expect: no-grad/unguarded-call
        return logits.argmax(dim=1).byte()

    def unbatch(self, output):
        return list(output)

    def encode_response(self, mask):
        classes, counts = mask.unique(return_counts=True)
        return dict(zip(map(str, classes.tolist()), counts.tolist()))


if __name__ == "__main__":
    server = ls.LitServer(RoadSegmentation(max_batch_size=8, batch_timeout=0.05), accelerator="gpu")
    server.run(port=8000)
