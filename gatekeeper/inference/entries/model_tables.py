"""Model servers: the base classes and decorators by which they are told what to call."""

from __future__ import annotations

from gatekeeper.inference.entries.found import Phase
from gatekeeper.inference.entries.rows import Decorator, Framework, Registration, Service, Threads

BENTOML = Framework(name="BentoML", threads=Threads.SYNC)
"""`def` APIs run in a thread pool of the service's worker (bentoml/_internal/service: anyio.to_thread.run_sync)."""
RAY = Framework(name="Ray Serve", threads=Threads.ALWAYS)
"""Replicas run user code in an event loop of a thread of its own (ray/serve/_private/replica.py)."""
TORCHSERVE = Framework(name="TorchServe")
"""One process a worker, whose main thread loads the handler and calls it (ts/model_service_worker.py)."""
KSERVE = Framework(name="KServe")
TRITON = Framework(name="Triton")
LITSERVE = Framework(name="LitServe")
"""A worker process sets the API up and calls it in its main thread (litserve/loops)."""
COG = Framework(name="cog")
MLFLOW = Framework(name="MLflow", threads=Threads.ALWAYS)
"""The scoring server answers in threads of its web server."""
LIGHTNING = Framework(name="Lightning")
TRANSFORMERS = Framework(name="transformers pipeline", threads=Threads.NEVER)
SELDON = Framework(name="Seldon")
MLSERVER = Framework(name="MLServer")
VERTEX = Framework(name="Vertex AI")
JINA = Framework(name="Jina", threads=Threads.SYNC)
STREAMLIT = Framework(name="Streamlit", threads=Threads.ALWAYS)
"""Each session runs the script in a thread of its own (streamlit/runtime/scriptrunner)."""
PYTRITON = Framework(name="PyTriton", threads=Threads.ALWAYS)
CLEARML = Framework(name="ClearML Serving", threads=Threads.ALWAYS)

_TORCHSERVE_BASES = (
    "BaseHandler", "VisionHandler", "ImageClassifier", "ImageSegmenter", "ObjectDetector", "TextHandler",
    "TextClassifier", "DenseNetHandler", "RequestEnvelope",
)  # fmt: skip

DECORATORS = (
    Decorator(framework=BENTOML, roots=("bentoml",), names=("api", "task", "on_deployment", "method")),
    Decorator(framework=BENTOML, roots=("bentoml",), names=("on_startup",), phase=Phase.STARTUP),
    Decorator(framework=RAY, roots=("ray",), names=("batch", *("get", "post", "put", "websocket"))),
    Decorator(framework=JINA, roots=("jina",), names=("requests",)),
    Decorator(framework=PYTRITON, roots=("pytriton",), names=("batch",)),
    Decorator(framework=COG, roots=("cog",), names=("streaming",)),
)

REGISTRATIONS = (
    Registration(
        framework=PYTRITON, roots=("pytriton",), names=("bind",), position=1, keyword="infer_func", loose=True
    ),
    Registration(framework=RAY, roots=("ray",), names=("create_backend",), position=1, methods=("__call__",)),
    Registration(
        framework=KSERVE, roots=("kserve", "kfserving"), names=("register_model",), position=0, methods=("predict",)
    ),
)

SERVICES = (
    Service(
        framework=TORCHSERVE,
        roots=("ts", "torchserve"),
        names=_TORCHSERVE_BASES,
        startup=("initialize", "__init__"),
        request=("handle",),
        driver="handle",
        steps=("preprocess", "inference", "postprocess", "explain_handle", "get_insights"),
        explains=("explain_handle", "get_insights"),
    ),
    Service(
        framework=KSERVE,
        roots=("kserve", "kfserving"),
        names=("Model", "KFModel", "InferenceModel"),
        startup=("__init__", "load"),
        request=(
            "predict",
            "preprocess",
            "postprocess",
            "explain",
            "generate",
            "create_chat_completion",
            "__call__",
            "create_embedding",
            "create_completion",
        ),
        explains=("explain",),
    ),
    Service(
        framework=MLSERVER,
        roots=("mlserver",),
        names=("MLModel",),
        startup=("load",),
        request=("predict", "predict_stream"),
    ),
    Service(
        framework=LITSERVE,
        roots=("litserve",),
        names=("LitAPI",),
        startup=("setup",),
        request=("decode_request", "predict", "encode_response", "batch", "unbatch", "__call__"),
    ),
    Service(
        framework=COG,
        roots=("cog",),
        names=("BasePredictor", "Predictor", "BaseRunner"),
        startup=("setup", "__init__"),
        request=("predict", "run", "train"),
    ),
    Service(
        framework=MLFLOW,
        roots=("mlflow",),
        names=("PythonModel", "ChatModel", "ResponsesAgent"),
        startup=("load_context", "__init__"),
        request=("predict", "predict_stream"),
    ),
    Service(
        framework=LIGHTNING,
        roots=("lightning", "pytorch_lightning"),
        names=("LightningModule",),
        request=("predict_step",),
        guarded=("predict_step",),
    ),
    Service(
        framework=TRANSFORMERS,
        roots=("transformers",),
        names=("Pipeline", "*Pipeline"),
        startup=("__init__",),
        request=("__call__",),
        driver="__call__",
        steps=("preprocess", "_forward", "postprocess"),
        guarded=("_forward",),
    ),
    Service(
        framework=VERTEX,
        roots=("google",),
        names=("Predictor",),
        startup=("load",),
        request=("preprocess", "predict", "postprocess"),
    ),
    Service(framework=JINA, roots=("jina",), names=("Executor",), startup=("__init__",)),
    Service(
        framework=BENTOML,
        roots=("bentoml",),
        names=("Runnable",),
        startup=("__init__",),
    ),
)

CLASS_DECORATORS = (
    Service(framework=RAY, roots=("ray",), names=("deployment", "remote"), startup=("__init__",), public=True),
    Service(framework=BENTOML, roots=("bentoml",), names=("service",), startup=("__init__",)),
)
