import tempfile

import cv2
from cog import BasePredictor, Input, Path

from upscaler import Upscaler


class Predictor(BasePredictor):
    def setup(self):
        self.upscaler = Upscaler("weights/x4.pth", tile=400)

    def predict(
        self,
        image: Path = Input(description="A picture to enlarge"),
        face: bool = Input(default=False, description="Also repair faces"),
    ) -> Path:
        picture = cv2.imread(str(image), cv2.IMREAD_COLOR)
        enlarged = self.upscaler.enhance(picture)
        if face:
            enlarged = self.upscaler.repair(enlarged)
        out = Path(tempfile.mkdtemp()) / "out.png"
        cv2.imwrite(str(out), enlarged)
        return out
