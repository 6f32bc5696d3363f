"""What ordinary models name is known, with its reason; what runs code is not, wherever it lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.artifact.known.listing import Kind, is_known, justification, known_globals
from gatekeeper.artifact.known.runners import executes

HOSTILE = {"system", "Exception"}
"""What the corpus names on purpose: a command, and a class that no model needs."""

NEVER_KNOWN = """
posix system popen execv execve posix_spawn posix_spawnp fork open unlink remove rename rmdir mkdir chmod kill
nt system startfile execv spawnv
os system popen execl execle execv execve execvp spawnl spawnv spawnlp open remove unlink putenv fdopen listdir
subprocess Popen run call check_call check_output getoutput getstatusoutput
_posixsubprocess fork_exec
pty spawn fork
builtins eval exec compile open __import__ getattr setattr delattr globals locals vars input breakpoint type map filter
builtins print help super memoryview classmethod property delattr hasattr apply execfile reduce
io open open_code FileIO BytesIO TextIOWrapper
_io open open_code FileIO
code InteractiveInterpreter InteractiveConsole interact
codeop compile_command
timeit timeit repeat main Timer
runpy run_path run_module _run_code _run_module_code
pdb run runeval runcall Pdb
bdb Bdb Bdb.run
cProfile run runctx Profile
profile run runctx Profile.run
trace Trace Trace.run Trace.runctx
doctest debug_script testmod
types FunctionType CodeType LambdaType MethodType ModuleType SimpleNamespace GenericAlias
importlib import_module __import__ reload
importlib.util spec_from_file_location module_from_spec
importlib.machinery SourceFileLoader ExtensionFileLoader
pkgutil resolve_name get_loader
pydoc locate pipepager tempfilepager safeimport
operator attrgetter methodcaller itemgetter call
functools partial reduce partialmethod singledispatch
itertools starmap
copyreg constructor add_extension pickle dispatch_table
pickle load loads Unpickler _loads
_pickle load loads Unpickler
marshal load loads
shelve open
dbm open
sqlite3 connect
shutil rmtree move copy copyfile copytree unpack_archive
tempfile NamedTemporaryFile TemporaryFile mkstemp mkdtemp
pathlib Path Path.write_text Path.write_bytes Path.unlink Path.open PosixPath.unlink PosixPath.write_text
fileinput FileInput input
linecache getlines updatecache
zipfile ZipFile ZipFile.extractall
tarfile open TarFile
urllib.request urlopen urlretrieve Request
http.client HTTPConnection HTTPSConnection
ftplib FTP
imaplib IMAP4 IMAP4_stream
smtplib SMTP
poplib POP3
telnetlib Telnet
socket socket create_connection
ssl create_default_context get_server_certificate
webbrowser open get
xmlrpc.client ServerProxy
asyncio run create_subprocess_shell
asyncio.unix_events _UnixSubprocessTransport._start
multiprocessing Process Pool
multiprocessing.util spawnv_passfds
multiprocessing.reduction DupFd
concurrent.futures ProcessPoolExecutor
threading Thread Timer
sched scheduler
signal signal raise_signal
ctypes CDLL PyDLL cdll cast string_at CFUNCTYPE
_ctypes dlopen
gc get_objects
sys exit setprofile settrace _getframe modules
inspect getattr_static currentframe
site main addsitedir
venv create
ensurepip _run_pip bootstrap
pip main
distutils.file_util write_file
distutils.spawn spawn
idlelib.pyshell ModifiedInterpreter.runcode
idlelib.run Executive.runcode
idlelib.calltip get_entity
lib2to3.pgen2.grammar Grammar.loads
logging.config fileConfig listen
logging FileHandler
uuid _get_command_stdout _popen
platform popen _syscmd_ver
test.support.script_helper assert_python_ok
weakref finalize
atexit register
ast literal_eval parse
string Formatter
numpy load fromfile memmap save savez loadtxt genfromtxt vectorize frompyfunc apply_along_axis apply_over_axes
numpy DataSource fromfunction fromregex piecewise
numpy.core._internal _ctypes
numpy.core _ufunc_reconstruct
numpy._core _ufunc_reconstruct
numpy.core.memmap memmap
numpy._core.memmap memmap
numpy.lib.npyio load NpzFile DataSource
numpy.lib._npyio_impl load NpzFile
numpy.lib.format read_array open_memmap
numpy.lib._datasource DataSource open
numpy.testing._private.utils runstring rundocs measure
numpy.testing.utils runstring
numpy.f2py compile run_main
numpy.f2py.diagnose run_command
numpy.f2py.crackfortran myeval crackfortran
numpy.f2py.capi_maps load_f2cmap_file
numpy.ctypeslib load_library
numpy.distutils.exec_command exec_command
numpy.distutils.npy_pkg_config read_config
numpy.distutils.misc_util exec_mod_from_location
pandas read_pickle read_csv read_sql eval read_html read_hdf to_pickle
pandas.io.pickle read_pickle to_pickle
pandas.io.parsers.readers read_csv
pandas.io.common get_handle urlopen
pandas.io.clipboard paste copy
pandas.core.computation.eval eval
pandas.core.computation.expr Expr
pandas.core.frame DataFrame.eval DataFrame.query DataFrame.to_pickle DataFrame.to_csv
pandas.compat.pickle_compat load loads Unpickler
pandas.util._print_versions show_versions
scipy.io loadmat mmread
scipy.io.matlab loadmat
scipy.stats._distn_infrastructure rv_continuous rv_discrete rv_generic rv_frozen rv_continuous_frozen
scipy.stats._continuous_distns norm_gen uniform_gen expon_gen
scipy.stats._discrete_distns randint_gen
scipy._lib.doccer docformat
scipy.datasets._fetchers fetch_data
scipy.special._basic factorial
scipy.special._ufuncs seterr geterr
scipy.weave inline
joblib load dump Memory Parallel delayed
joblib.numpy_pickle load load_temporary_memmap NDArrayWrapper ZNDArrayWrapper NumpyUnpickler
joblib.numpy_pickle_compat load_compatibility NDArrayWrapper
joblib.memory Memory MemorizedFunc eval_expr
joblib.parallel Parallel BatchedCalls
joblib.func_inspect get_func_code
joblib.disk rm_subdirs
joblib._memmapping_reducer _strided_from_memmap make_memmap
joblib.externals.cloudpickle.cloudpickle _make_function loads subimport
joblib.externals.loky.backend.spawn prepare
sklearn.datasets load_svmlight_file fetch_openml load_files
sklearn.datasets._openml fetch_openml
sklearn.datasets._base load_files _fetch_remote fetch_file
sklearn.utils._testing assert_run_python_script create_memmap_backed_data
sklearn.utils._show_versions show_versions
sklearn.utils.fixes delayed
sklearn.utils.parallel _FuncWrapper Parallel
sklearn.externals._arff loads
sklearn.utils.validation check_memory
sklearn.model_selection._validation cross_val_score _fit_and_score
sklearn.metrics._dist_metrics PyFuncDistance
sklearn.tree._export export_graphviz
torch load save compile
torch.serialization load _load _legacy_load _save
torch.storage _load_from_bytes
torch.hub load load_state_dict_from_url download_url_to_file
torch.jit load script trace
torch.jit._serialization load
torch.jit._script ScriptModule RecursiveScriptModule
torch.jit.unsupported_tensor_ops execWrapper
torch.package PackageImporter
torch.package.package_importer PackageImporter
torch.fx.graph_module reduce_graph_module GraphModule _exec_with_source
torch.fx.experimental.symbolic_shapes ShapeEnv.evaluate_guards_expression
torch.utils.collect_env run get_pretty_env_info
torch.utils.cpp_extension load load_inline
torch.utils._config_module ConfigModule.load_config
torch.utils.bottleneck.__main__ run_cprofile run_autograd_prof
torch.utils.data.datapipes.utils.decoder basichandlers
torch.utils.file_baton FileBaton
torch._dynamo.guards GuardBuilder.get
torch._inductor.codecache compile_file
torch.distributed.rpc.internal _run_function
torch.distributed.run main
torch.multiprocessing.spawn spawn
torch.ops load_library
torch.classes load_library
torch._C PyTorchFileReader import_ir_module
torch.cuda.nccl init_rank
torch.utils.model_zoo load_url
torch.nn.modules.module Module.load_state_dict Module.compile
xgboost train DMatrix
xgboost.core DMatrix _load_lib
xgboost.dask DaskDMatrix DaskXGBClassifier
lightgbm.dask DaskLGBMClassifier
torch.nn.parallel.distributed DistributedDataParallel
xgboost.callback TrainingCheckPoint
lightgbm.basic Dataset _load_lib
cloudpickle.cloudpickle _make_function _builtin_type loads subimport
dill._dill _create_function _create_code _eval_repr loads
keras.models load_model
keras.layers.core.lambda_layer Lambda
tensorflow.python.ops.io_ops read_file
"""

GADGETS = [(module, name) for module, *names in map(str.split, NEVER_KNOWN.strip().splitlines()) for name in names]


def test_every_global_of_the_corpus_of_ordinary_models_is_known(model_file: Path, truth: dict[str, Any]) -> None:
    assert model_file.exists()
    unknown = {(module, name) for module, name in truth["globals"] if not is_known(module, name)}

    assert {name for _, name in unknown} <= HOSTILE


@pytest.mark.parametrize(("module", "name"), GADGETS, ids=lambda each: each)
def test_what_runs_code_or_opens_something_is_never_known(module: str, name: str) -> None:
    assert not is_known(module, name)


def test_there_are_many_ways_to_run_code() -> None:
    assert len(set(GADGETS)) > 350


def test_names_are_exact() -> None:
    assert is_known("sklearn.pipeline", "Pipeline")
    for module, name in [
        ("sklearn", "pipeline.Pipeline"),
        ("sklearn.pipeline", "pipeline"),
        ("sklearn.pipeline", "Pipeline.fit"),
        ("sklearn.pipeline.Pipeline", "fit"),
        ("sklearn.pipeline ", "Pipeline"),
        ("", "sklearn.pipeline.Pipeline"),
        ("sklearn.pipeline", "*"),
    ]:
        assert not is_known(module, name)


def test_no_name_on_the_list_is_a_path_of_attributes() -> None:
    assert all(name.isidentifier() for _, name in known_globals())


def test_no_known_name_is_called_a_runner() -> None:
    assert not [each for each in known_globals() if executes(*each)]


@pytest.mark.parametrize(
    ("module", "name", "distribution", "kind", "reason"),
    [
        ("sklearn.pipeline", "Pipeline", "scikit-learn", Kind.CLASS, "derives from sklearn.base.BaseEstimator"),
        ("torch.nn.modules.linear", "Linear", "torch", Kind.CLASS, "derives from torch.nn.modules.module.Module"),
        ("pandas", "DataFrame", "pandas", Kind.CLASS, "derives from pandas.core.generic.NDFrame"),
        ("numpy", "log1p", "numpy", Kind.FUNCTION, "elementwise, by the library's stub"),
        ("torch", "float32", "torch", Kind.DATA, "element type, memory format, layout or scheme of quantisation"),
        ("collections", "OrderedDict", None, Kind.CLASS, "numbers, text and containers of the language"),
    ],
)
def test_each_name_has_its_reason(module: str, name: str, distribution: str | None, kind: Kind, reason: str) -> None:
    why = justification(module, name)

    assert why is not None
    assert (why.distribution, why.kind, why.reason) == (distribution, kind, reason)


def test_versions_say_when_a_name_came_and_went() -> None:
    gone = justification("sklearn.ensemble._gb_losses", "LeastSquaresError")
    came = justification("sklearn.preprocessing._target_encoder", "TargetEncoder")

    assert gone is not None
    assert came is not None
    assert (gone.versions, gone.lacking) == (("1.0.2", "1.3.2"), (None, "1.4.2"))
    assert (came.versions, came.lacking) == (("1.3.0", "1.9.1"), ("1.2.2", None))


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("posix", "system", "runs a command"),
        ("builtins", "eval", "evaluates text as code"),
        ("importlib", "import_module", "imports a module"),
        ("urllib.request", "urlopen", "opens a connection"),
        ("builtins", "open", "opens, changes or deletes files"),
        ("torch.storage", "_load_from_bytes", "loads another pickle or model"),
        ("acme", "system", None),
    ],
)
def test_a_message_can_say_what_a_well_known_function_does(module: str, name: str, words: str | None) -> None:
    assert executes(module, name) == words
