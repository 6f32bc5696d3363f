"""Which globals the machine understands when they are called, and as what."""

from __future__ import annotations

from gatekeeper.artifact.pickles.values import Role

_BY_PATH = {
    "copyreg._reconstructor": Role.CONSTRUCTOR,
    "copyreg.__newobj__": Role.CONSTRUCTOR,
    "copyreg.__newobj_ex__": Role.CONSTRUCTOR,
    "_codecs.encode": Role.ENCODE,
    "builtins.bytes": Role.BYTES,
    "numpy.dtype": Role.DTYPE,
    "numpy.core.multiarray._reconstruct": Role.ARRAY,
    "numpy._core.multiarray._reconstruct": Role.ARRAY,
    "numpy.core.numeric._frombuffer": Role.BUFFER_ARRAY,
    "numpy._core.numeric._frombuffer": Role.BUFFER_ARRAY,
    "numpy.core.multiarray.scalar": Role.SCALAR,
    "numpy._core.multiarray.scalar": Role.SCALAR,
    "joblib.numpy_pickle.NumpyArrayWrapper": Role.JOBLIB_ARRAY,
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper": Role.JOBLIB_ARRAY,
    "torch._utils._rebuild_tensor": Role.TENSOR,
    "torch._utils._rebuild_tensor_v2": Role.TENSOR,
    "torch._utils._rebuild_qtensor": Role.TENSOR,
    "torch._utils._rebuild_tensor_v3": Role.TYPED_TENSOR,
    "torch._utils._rebuild_parameter": Role.WRAPPED_TENSOR,
    "torch._utils._rebuild_parameter_with_state": Role.WRAPPED_TENSOR,
}
"""By module and name with a dot between: protocol 4 may split a dotted path anywhere."""

_CYTHON = "__pyx_unpickle_"


def role_of(path: str) -> Role:
    """Return what a global of this dotted path means to the machine."""
    if path.rpartition(".")[2].startswith(_CYTHON):
        return Role.CYTHON
    return _BY_PATH.get(path, Role.ORDINARY)
