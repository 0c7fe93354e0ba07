"""Machine code of a kernel as it comes back from disk, ready to be called.

numba itself first prepares to compile, which imports all that it has implemented, and parses beside the
machine code its intermediate form, in case that another kernel should be compiled that calls this one. A
process whose kernels are all on disk needs neither: half of the time to load them.
"""

# mypy: disallow-untyped-calls=False
# numba has types, but not on what its caches use.

from typing import Any

from llvmlite import binding
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import compile_result
from numba.core.runtime.nrt import rtsys


class _Loaded(JITCodeLibrary):
    """A library of machine code, whose intermediate form is parsed when it is first linked into another."""

    _bitcode: bytes

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = binding.parse_bitcode(self._bitcode)
        return self._shared_module


def rebuilt(context: Any, kept: tuple[Any, ...]) -> Any:
    """What numba's ``CompileResult._rebuild`` gives, of the same ``kept``."""
    library_kept, function, environment, signature, objectmode, lifted, types, initialise, environments = kept
    rtsys.initialize(context)
    for one in initialise:
        one()
    library = _library(context.codegen(), library_kept, function)
    entry = context.get_executable(library, function, environment)
    for one in environments:
        library.codegen.set_env(one.env_name, one)
    return compile_result(
        target_context=context,
        typing_context=context.typing_context,
        library=library,
        environment=environment,
        entry_point=entry,
        fndesc=function,
        type_annotation=types,
        signature=signature,
        objectmode=objectmode,
        lifted=lifted,
        reload_init=initialise,
        referenced_envs=environments,
    )


def _library(codegen: Any, kept: tuple[str, str, tuple[bytes, bytes]], function: Any) -> _Loaded:
    """The library of a function's machine code. Raises ``ValueError`` where none was kept."""
    name, kind, (machine_code, bitcode) = kept
    if kind != "object":
        raise ValueError(f"{name}: kept as {kind}")
    library = _Loaded(codegen, name)
    library._bitcode = bitcode  # noqa: SLF001  ours
    library.enable_object_caching()
    library._set_compiled_object(machine_code)  # noqa: SLF001  as numba's own libraries do
    library._finalize_final_module()  # noqa: SLF001  as above
    # numba looks a function up only where it knows of it, and knows by the form that is not parsed
    engine = codegen._engine  # noqa: SLF001  as above
    engine._defined_symbols |= {function.llvm_func_name, function.llvm_cpython_wrapper_name}  # noqa: SLF001
    return library
