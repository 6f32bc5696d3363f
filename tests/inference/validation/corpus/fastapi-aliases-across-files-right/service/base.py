from pydantic import BaseModel, ConfigDict

COMMON = ConfigDict(extra="forbid", frozen=True)


class Strict(BaseModel):
    model_config = ConfigDict(**COMMON, strict=True)
