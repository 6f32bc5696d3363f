import torch
from redis import Redis
from rq import Queue
from rq.decorators import job
from torchvision.io import read_image
from torchvision.models.segmentation import deeplabv3_resnet50
from torchvision.transforms.v2.functional import resize, to_dtype

redis = Redis()
queue = Queue("pictures", connection=redis)
segmenter = deeplabv3_resnet50(weights="DEFAULT").eval()
no_grad = torch.no_grad


@job("pictures", connection=redis, timeout=120)
def salient_box(path):
    """Return the box around what is not background."""
    picture = to_dtype(resize(read_image(path), [520]), torch.float32, scale=True)
    with no_grad():
        classes = segmenter(picture[None])["out"][0].argmax(0)
    rows, columns = (classes > 0).nonzero(as_tuple=True)
    if not len(rows):
        return None
    return [columns.min().item(), rows.min().item(), columns.max().item(), rows.max().item()]


def enqueue_folder(paths):
    return [salient_box.delay(path).id for path in paths]
