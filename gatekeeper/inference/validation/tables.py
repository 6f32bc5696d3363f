"""Names that tell how frameworks pass input, what reads it, and what asks a model."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gatekeeper.inference.validation.facts import Way

VALIDATING = frozenset(
    """
    FastAPI Litestar BentoML LitServe MCP named Modal cog Robyn FastStream
    """.split()
)
"""Frameworks that make an object of the annotated model, and callers that are named: what they pass is checked."""

SERVERS = frozenset(
    """
    BentoML TorchServe KServe Triton LitServe cog MLflow SageMaker Seldon MLServer Truss PyTriton Lightning named
    """.split()
).union({"Vertex AI", "Azure ML", "Hugging Face endpoint", "transformers pipeline", "ClearML Serving", "Ray Serve"})
"""Where every entry point that takes input is one for a model, whether or not the call of it can be seen."""

VALIDATING_DECORATORS = frozenset(
    """
    flask_pydantic.validate flask_openapi3 spectree flask_parameter_validation
    aws_lambda_powertools.utilities.parser.event_parser aws_lambda_powertools.utilities.parser.parser.event_parser
    pydantic.validate_call pydantic.validate_arguments pydantic.v1.validate_arguments quart_schema.validate_request
    aiohttp_pydantic sanic_ext.validate spectree.SpecTree().validate ninja
    """.split()
)
"""Decorators under which annotations of parameters are enforced, by dotted name or its beginning."""

REQUESTS = (
    "Request", "HTTPConnection", "WebSocket", "StreamReader", "ServicerContext", "HTTPHandler", "ASGIConnection",
)  # fmt: skip
"""How types end whose objects are a request, read or not."""
FRAMEWORKS = frozenset(
    """
    fastapi starlette flask quart sanic aiohttp django rest_framework ninja litestar bottle tornado falcon bentoml
    kserve kfserving mlserver ray asyncio http socketserver websockets robyn gradio azure google functions_framework
    pyramid werkzeug uvicorn cog litserve ts mlflow typing collections jina tritonclient c_python_backend_utils
    triton_python_backend_utils aws_lambda_powertools modal celery socketio
    """.split()
)
"""Packages whose types a framework passes, or makes for a handler."""
SERVICES = frozenset(
    """
    sklearn torch xgboost lightgbm catboost onnxruntime transformers tensorflow keras joblib sqlalchemy redis logging
    httpx requests boto3 botocore motor pymongo psycopg asyncpg concurrent threading datetime uuid pathlib
    pydantic_settings prometheus_client opentelemetry structlog abc contextlib functools sentence_transformers
    diffusers spacy statsmodels
    """.split()
)
"""Packages whose objects the service itself holds: models, databases, clients."""
ARRAYS = frozenset("DataFrame Series ndarray Tensor Table NDArray ArrayLike ModelInput".split())
FILES = frozenset({"UploadFile", "bytes", "bytearray", "BinaryIO", "IO", "Image", "File"})
UNTYPED = frozenset("Any object dict Dict Mapping MutableMapping OrderedDict JSON Event APIGatewayProxyEvent".split())
SCALARS = frozenset("float int str bool complex Decimal date datetime UUID Literal".split())
LISTS = frozenset("list List tuple Tuple Sequence Iterable set Set".split())

NOT_INPUT = re.compile(
    r"^_*(self|cls|context|ctx|response|background_tasks|tasks|db|session|settings|config|writer|logger|lock|pool|"
    r"app|application|state|cache|client|tracer|user|token|current_user|credentials|api_key|authorization|model_name|"
    r"request_id|content_type|accept|accept_type|x_\w+|(\w+_)?(model|models|pipeline|predictor|engine|service|estimator|scaler|encoder|network|net))$",
    re.IGNORECASE,
)
"""Names of parameters that bring no input of a model: the framework's, or the service's own."""

ENVELOPE = frozenset(
    """
    app state headers cookies client url method scope user session base_url path META content_type content_length host
    remote_addr environ endpoint auth path_params url_root match_info id request_id query_string
    """.split()
)
"""Attributes of a request that are about it, and not in it."""

GLOBAL_REQUESTS = ("flask.request", "quart.request", "bottle.request", "flask.globals.request", "pecan.request")
"""Requests that a framework keeps in a global."""

OWN_REQUEST = re.compile(
    r"^(tornado|http\.server|socketserver|django|rest_framework|flask|starlette|sanic|aiohttp|quart)\.[\w.]*\(\)\."
    r"(request\.(json|get_json|body|form|data|POST|GET|FILES|files|args|query|text|read|post|recv|arguments)|rfile|"
    r"get_argument|get_arguments|get_body_argument|get_query_argument)$"
)
"""What a view of a framework reads of its own request: `self.request.body`, `self.rfile`."""
WIDGET = re.compile(
    r"^streamlit\.(sidebar\.)?(text_input|text_area|number_input|slider|select_slider|selectbox|multiselect|radio|checkbox|"
    r"toggle|file_uploader|camera_input|chat_input|date_input|time_input|data_editor)$"
)
"""What a page asks its reader for."""
READING = frozenset(
    """
    json get_json body form data get_data read readline recv receive receive_json receive_text receive_bytes receive_str
    text POST GET args values files stream media get_media query_params json_body get_argument get_body_argument
    iter_text body_file rfile
    """.split()
)
"""What reads the input of a request."""

PARSERS: Mapping[str, Way] = dict.fromkeys(
    """
    json.loads json.load orjson.loads ujson.loads ujson.load rapidjson.loads simplejson.loads yaml.safe_load yaml.load
    msgpack.unpackb msgpack.loads pickle.loads cloudpickle.loads ast.literal_eval tomllib.loads msgspec.json.decode
    pandas.read_json pandas.read_csv pandas.json_normalize polars.read_json csv.reader csv.DictReader
    urllib.parse.parse_qs cgi.parse_header google.protobuf.json_format.MessageToDict
    """.split(),
    Way.PARSED,
)

VALIDATE_METHODS = frozenset(
    """
    model_validate model_validate_json model_validate_strings parse_obj parse_raw validate from_orm validate_python
    validate_json validate_strings
    """.split()
)
PYDANTIC_METHODS = frozenset(
    {"model_validate", "model_validate_json", "model_validate_strings", "parse_obj", "parse_raw", "validate_python"}
)
"""Those of them that nothing but pydantic has."""
UNCHECKED = frozenset({"model_construct", "construct"})

OTHER_VALIDATORS: Mapping[str, str] = {
    "marshmallow": "marshmallow",
    "jsonschema": "jsonschema",
    "cerberus": "Cerberus",
    "voluptuous": "voluptuous",
    "msgspec": "msgspec",
    "cattrs": "cattrs",
    "schema": "schema",
    "pandera": "pandera",
    "wtforms": "WTForms",
    "rest_framework": "a serializer of Django REST framework",
    "fastjsonschema": "fastjsonschema",
    "dacite": "dacite",
}
"""Packages that check data in another way, by their top name."""

PREDICTS = frozenset(
    """
    predict predict_proba predict_log_proba decision_function score_samples predict_on_batch predict_batch predict_one
    inplace_predict infer inference forward generate classify detect embed encode_image encode_text async_run
    predict_quantiles predict_step predict_many predict_instances predict_fn score_one recommend forecast
    """.split()
)
"""Methods that ask a model."""
_HINT = re.compile(
    r"(^|_)(model|models|clf|classifier|regressor|regression|estimator|pipeline|pipe|predictor|booster|forest|tree|xgb|lgbm|"
    r"runner|net|network|session|sess|ort|scorer|ranker|ensemble|detector|llm|generator|encoder|deployment|handle)s?$",
    re.IGNORECASE,
)
_RUNS = frozenset({"run", "__call__", "remote", "score", "transform", "encode", "apply", "ainvoke", "invoke", "call"})
"""Methods that ask one if they are called on something that is named like a model."""


_PREPARES = re.compile(
    r"^_*(get|load|build|create|make|init|set|fetch|register|select|save|download|read|open|new|close|reload|update|list|"
    r"find|delete|export|compile|setup|configure|use|with|is|has|check|validate|parse|log|start|stop|to|from)_",
    re.IGNORECASE,
)
"""How functions begin that are named for what they do with a model: `load_model`, `get_session`."""


def asks(name: str, hint: str) -> bool:
    """Return whether calling a method on something of that name asks a model; the name is empty for a plain call."""
    if name in PREDICTS:
        return True
    if not name:
        return bool(_HINT.search(hint)) and not _PREPARES.match(hint)
    return (name in _RUNS and bool(_HINT.search(hint))) or asks("", name)


CONSTANT_READERS = frozenset(
    """
    len isinstance issubclass print type hasattr callable id hash any all bool repr range open format vars dir
    """.split()
)
"""Built-in functions whose result is nothing of what they are given."""
CASTS = frozenset({"builtins.float", "builtins.int", "builtins.bool", "numpy.float32", "numpy.float64", "numpy.int64"})
SILENT = (
    "logging.",
    "logger",
    "loguru",
    "structlog",
    "prometheus_client",
    "warnings.",
    "time.",
    "sentry_sdk",
    "statsd",
)
"""How dotted names begin that keep records of what they are given, and give nothing back."""
GROWING = frozenset(
    {"append", "extend", "add", "insert", "update", "put", "put_nowait", "appendleft", "write", "setdefault"}
)
"""Methods that keep what they are given, and give nothing of it back."""
