"""Web frameworks: their decorators, the calls that register a handler, and the base classes of views."""

from __future__ import annotations

from gatekeeper.inference.entries.found import Phase
from gatekeeper.inference.entries.rows import Decorator, Framework, Registration, Service, Threads

FASTAPI = Framework(name="FastAPI", threads=Threads.SYNC)
"""Starlette runs `def` endpoints in its thread pool (starlette/routing.py: run_in_threadpool)."""
STARLETTE = Framework(name="Starlette", threads=Threads.SYNC)
LITESTAR = Framework(name="Litestar", threads=Threads.SYNC)
FLASK = Framework(name="Flask", threads=Threads.ALWAYS)
"""The development server is threaded, and so are gunicorn's gthread workers; an `async def` view gets a loop there."""
DJANGO = Framework(name="Django", threads=Threads.ALWAYS)
QUART = Framework(name="Quart", threads=Threads.SYNC)
SANIC = Framework(name="Sanic")
AIOHTTP = Framework(name="aiohttp")
TORNADO = Framework(name="Tornado")
BOTTLE = Framework(name="Bottle", threads=Threads.ALWAYS)
FALCON = Framework(name="Falcon", threads=Threads.SYNC)
GRADIO = Framework(name="Gradio", threads=Threads.SYNC)
DASH = Framework(name="Dash", threads=Threads.ALWAYS)
CHAINLIT = Framework(name="Chainlit")
HTTP_SERVER = Framework(name="http.server", threads=Threads.ALWAYS)
GRPC = Framework(name="gRPC", threads=Threads.SYNC)
"""`grpc.server` takes a pool of threads; the servicers of `grpc.aio` are coroutines in the loop's thread."""
WEBSOCKETS = Framework(name="websockets")
MCP = Framework(name="MCP")
CHAT = Framework(name="chat bot")

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_EVENTS = (
    "click",
    "submit",
    "change",
    "upload",
    "input",
    "select",
    "release",
    "stream",
    "then",
    "success",
    "load",
    "stop_recording",
    "start_recording",
    "clear",
    "play",
    "tick",
    "blur",
    "edit",
    "like",
    "retry",
    "undo",
)

DECORATORS = (
    Decorator(
        framework=FASTAPI,
        roots=("fastapi",),
        names=(*_VERBS, "trace", "websocket", "api_route", "route", "middleware", "websocket_route"),
    ),
    Decorator(framework=FASTAPI, roots=("fastapi",), names=("on_event",), timed=True),
    Decorator(
        framework=LITESTAR,
        roots=("litestar", "starlite"),
        names=("get", "post", "put", "patch", "delete", "head", "route", "websocket", "websocket_listener"),
    ),
    Decorator(framework=STARLETTE, roots=("starlette",), names=("route", "websocket_route", "middleware")),
    Decorator(framework=STARLETTE, roots=("starlette",), names=("on_event",), timed=True),
    Decorator(
        framework=FLASK,
        roots=("flask", "flask_openapi3", "flask_restx", "apiflask"),
        names=(*_VERBS, "route", "before_request", "after_request"),
    ),
    Decorator(framework=FLASK, roots=("flask",), names=("before_first_request", "before_serving"), phase=Phase.STARTUP),
    Decorator(framework=FLASK, roots=("flask_socketio", "flask_sock", "flask_sockets"), names=("on", "route", "event")),
    Decorator(framework=QUART, roots=("quart",), names=(*_VERBS, "route", "websocket")),
    Decorator(framework=QUART, roots=("quart",), names=("before_serving", "while_serving"), phase=Phase.STARTUP),
    Decorator(framework=SANIC, roots=("sanic",), names=(*_VERBS, "route", "websocket")),
    Decorator(
        framework=SANIC,
        roots=("sanic",),
        names=("before_server_start", "after_server_start", "main_process_start", "listener"),
        phase=Phase.STARTUP,
    ),
    Decorator(framework=AIOHTTP, roots=("aiohttp",), names=(*_VERBS, "view")),
    Decorator(framework=BOTTLE, roots=("bottle",), names=(*_VERBS, "route")),
    Decorator(framework=DJANGO, roots=("rest_framework",), names=("api_view", "action")),
    Decorator(framework=DJANGO, roots=("ninja",), names=_VERBS),
    Decorator(
        framework=DJANGO,
        roots=("django",),
        names=("require_POST", "require_GET", "require_http_methods", "csrf_exempt"),
    ),
    Decorator(framework=GRADIO, roots=("gradio",), names=("on", "render", *_EVENTS)),
    Decorator(framework=DASH, roots=("dash",), names=("callback",)),
    Decorator(
        framework=CHAINLIT,
        roots=("chainlit",),
        names=("on_message", "on_chat_start", "on_audio_end", "action_callback"),
    ),
    Decorator(framework=MCP, roots=("mcp", "fastmcp"), names=("tool", "resource", "prompt")),
    Decorator(
        framework=CHAT, roots=("discord", "nextcord", "disnake"), names=("command", "event", "listen", "slash_command")
    ),
    Decorator(
        framework=CHAT,
        roots=("aiogram", "telebot", "pyrogram"),
        names=("message", "message_handler", "on_message", "callback_query"),
    ),
    Decorator(framework=CHAT, roots=("slack_bolt",), names=("event", "message", "command", "action")),
    Decorator(framework=Framework(name="socket.io"), roots=("socketio",), names=("on", "event")),
)

REGISTRATIONS = (
    Registration(
        framework=FASTAPI,
        roots=("fastapi",),
        names=("add_api_route", "add_api_websocket_route", "add_websocket_route"),
        position=1,
        keyword="endpoint",
        telling=True,
    ),
    Registration(
        framework=FASTAPI, roots=("fastapi",), names=("Depends", "Security"), position=0, keyword="dependency"
    ),
    Registration(framework=FASTAPI, roots=("fastapi",), names=("FastAPI",), keyword="lifespan", phase=Phase.STARTUP),
    Registration(framework=FASTAPI, roots=("fastapi",), names=("add_event_handler",), position=1, timed=True),
    Registration(
        framework=STARLETTE,
        roots=("starlette",),
        names=("Route", "WebSocketRoute", "add_route"),
        position=1,
        keyword="endpoint",
    ),
    Registration(
        framework=STARLETTE, roots=("starlette",), names=("Starlette",), keyword="lifespan", phase=Phase.STARTUP
    ),
    Registration(
        framework=FLASK,
        roots=("flask", "quart"),
        names=("add_url_rule",),
        position=2,
        keyword="view_func",
        telling=True,
    ),
    Registration(framework=FLASK, roots=("flask_socketio",), names=("on_event",), position=1),
    Registration(framework=SANIC, roots=("sanic",), names=("add_route",), position=0, keyword="handler"),
    Registration(
        framework=AIOHTTP,
        roots=("aiohttp",),
        names=("add_get", "add_post", "add_put", "add_delete"),
        position=1,
        keyword="handler",
        telling=True,
    ),
    Registration(framework=AIOHTTP, roots=("aiohttp",), names=(*_VERBS, "view"), position=1, keyword="handler"),
    Registration(framework=AIOHTTP, roots=("aiohttp",), names=("add_route", "route"), position=2, keyword="handler"),
    Registration(
        framework=DJANGO,
        exact=("django.urls.path", "django.urls.re_path", "django.conf.urls.url", "django.urls.conf.path"),
        position=1,
        keyword="view",
    ),
    Registration(
        framework=FALCON,
        roots=("falcon",),
        names=("add_route",),
        position=1,
        methods=("on_*",),
    ),
    Registration(
        framework=GRADIO,
        roots=("gradio",),
        names=("Interface", "ChatInterface", "TabbedInterface", *_EVENTS, "on", "attach_load_event"),
        position=0,
        keyword="fn",
        loose=True,
    ),
    Registration(framework=GRADIO, roots=("gradio",), names=("on",), position=1, keyword="fn"),
    Registration(
        framework=Framework(name="websockets", threads=Threads.SYNC),
        roots=("websockets",),
        names=("serve", "unix_serve"),
        position=0,
        keyword="handler",
    ),
    Registration(framework=Framework(name="asyncio"), exact=("asyncio.start_server",), position=0),
    Registration(
        framework=CHAT,
        roots=("telegram",),
        names=("MessageHandler", "CommandHandler", "CallbackQueryHandler"),
        position=1,
        keyword="callback",
    ),
)

SERVICES = (
    Service(framework=FLASK, roots=("flask",), names=("MethodView", "View"), request=(*_VERBS, "dispatch_request")),
    Service(
        framework=FLASK, roots=("flask_restful", "flask_restx", "flask_restplus"), names=("Resource",), request=_VERBS
    ),
    Service(
        framework=STARLETTE,
        roots=("starlette", "fastapi"),
        names=("HTTPEndpoint", "WebSocketEndpoint", "BaseHTTPMiddleware"),
        request=(*_VERBS, "on_receive", "on_connect", "dispatch"),
    ),
    Service(
        framework=TORNADO,
        roots=("tornado",),
        names=("RequestHandler", "WebSocketHandler"),
        request=(*_VERBS, "prepare", "on_message", "open"),
    ),
    Service(
        framework=DJANGO,
        roots=("django", "rest_framework"),
        names=("*View", "*ViewSet", "*APIView", "*Consumer"),
        request=(*_VERBS, "create", "list", "retrieve", "update", "form_valid", "dispatch"),
    ),
    Service(framework=DJANGO, roots=("django",), names=("AppConfig",), startup=("ready",)),
    Service(
        framework=DJANGO,
        roots=("channels",),
        names=("*Consumer",),
        request=("receive", "receive_json", "websocket_receive", "connect"),
    ),
    Service(
        framework=HTTP_SERVER,
        roots=("http", "socketserver"),
        names=("BaseHTTPRequestHandler", "SimpleHTTPRequestHandler", "BaseRequestHandler", "StreamRequestHandler"),
        request=("do_*", "handle"),
    ),
    Service(framework=AIOHTTP, roots=("aiohttp",), names=("View",), request=_VERBS),
    Service(
        framework=Framework(name="Wyoming"), roots=("wyoming",), names=("AsyncEventHandler",), request=("handle_event",)
    ),
    Service(framework=SANIC, roots=("sanic",), names=("HTTPMethodView",), request=_VERBS),
    Service(framework=CHAT, roots=("discord", "nextcord"), names=("Client", "Bot", "Cog"), request=("on_*",)),
)
