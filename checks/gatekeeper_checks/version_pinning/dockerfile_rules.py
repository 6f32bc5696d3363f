"""The rules of `version-pinning` about the Dockerfile that builds production's image."""

from __future__ import annotations

from typing import ClassVar

from gatekeeper.model import Example, Rule
from gatekeeper_checks.version_pinning.samples import ARM64, DOCKERFILE, INDEX, PROJECT_IMAGE, image, project_image

_PINNED = image(DOCKERFILE)
_BASE = f"python:3.11-slim@{INDEX}"
_BY_ARGUMENT = DOCKERFILE.replace(_BASE, "${BASE}")


class ImageUnpinned(Rule):
    """An image that the build uses is not pinned by its digest.

    What it checks:
        Each FROM, `COPY --from` and `RUN --mount=from` of the stages that make the shipped image names
        `@sha256:<digest>`. Variables are put in as BuildKit does; aliases of stages are followed; stages that nothing
        of the final one needs don't count. `environment.stage` names the final stage if it is not the last.

    Why it matters:
        A tag is moved whenever its owner likes: the same Dockerfile gives another Python, another glibc, another BLAS.

    What it can't see:
        `--build-arg` and `--build-context` on the command line; the frontend that a `# syntax=` line loads.

    How to fix:
        `docker buildx imagetools inspect IMAGE` prints the digest; write `IMAGE:tag@sha256:<digest>`.
    """

    code: ClassVar[str] = "version-pinning/image-unpinned"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = image(DOCKERFILE.replace(f"@{INDEX}", ""))


class ImagePlaceholder(Rule):
    """An image is pinned by a digest that no image has.

    What it checks:
        That the digest is not one digit 64 times.

    Why it matters:
        Templates are committed with `sha256:000...`. It looks pinned in every review; a build that fails over it is
        "fixed" by taking it out.

    What it can't see:
        Whether the registry has an image of any other digest.

    How to fix:
        Write the digest that `docker buildx imagetools inspect IMAGE` prints.
    """

    code: ClassVar[str] = "version-pinning/image-placeholder"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = image(DOCKERFILE.replace(INDEX, f"sha256:{'0' * 64}"))


class ImageUndecided(Rule):
    """The Dockerfile alone does not say which image it builds on.

    What it checks:
        Each variable in FROM has a value: a default of its ARG in front of the first FROM, or one that the target
        decides (`TARGETARCH`). `COPY --from` and `RUN --mount=from` hold no variable: Docker puts none in there.

    Why it matters:
        What is given by `--build-arg` is in no file that was reviewed, and nobody can say afterwards what it was.

    What it can't see:
        That a default is overridden on the command line.

    How to fix:
        Give the ARG a default with a digest.
    """

    code: ClassVar[str] = "version-pinning/image-undecided"
    passing: ClassVar[Example] = image(f"ARG BASE={_BASE}\n{_BY_ARGUMENT}")
    failing: ClassVar[Example] = image(f"ARG BASE\n{_BY_ARGUMENT}")


class ImagePlatform(Rule):
    """The base image is that of another platform than production's, or its digest is none that was recorded.

    What it checks:
        `--platform` of the base image against `environment.target`; and where `environment.base_image` records the
        digests of the registry (`index`, `platforms`), that the pinned one is that of the index or of the target's
        platform.

    Why it matters:
        A digest does not say whether it is that of an index, which serves every platform, or of one image: an arm64
        tag was shipped with amd64 bytes because its Dockerfile pinned the digest of the other.

    What it can't see:
        Without `environment.base_image`, which kind of digest it is; the evidence says so. It asks no registry.

    How to fix:
        Pin the digest of the index, and record what `docker buildx imagetools inspect IMAGE` prints.
    """

    code: ClassVar[str] = "version-pinning/image-platform"
    passing: ClassVar[Example] = image(
        DOCKERFILE, f'  base_image: {{index: "{INDEX}", platforms: {{linux/arm64: "{ARM64}"}}}}\n'
    )
    failing: ClassVar[Example] = image(
        DOCKERFILE.replace(INDEX, ARM64),
        f'  base_image: {{index: "{INDEX}", platforms: {{linux/arm64: "{ARM64}"}}}}\n',
    )


class LooseInstall(Rule):
    """A command of the Dockerfile may install other files than the lock names.

    What it checks:
        `pip install`, `pip wheel`, `pip download` and `uv pip` with a requirements file have `--require-hashes` (or
        `PIP_REQUIRE_HASHES=1`, `UV_REQUIRE_HASHES=1`); `uv sync`, `pdm install` and their like install their lock as
        it is (`--locked`, `--frozen`); no command writes a new lock (`uv lock`, `poetry update`, `pip-compile`).
        Commands are found in RUN, CMD and ENTRYPOINT, in shell form, in exec form, in heredocs, behind `sh -c`,
        behind other commands (`timeout`, `gosu`, `conda run`), and in the shell scripts of the candidate that are
        copied into the image and run there.

    Why it matters:
        Without the option pip takes a requirement without a hash as readily as one with: one such line, and the
        image holds what the index offered that day.

    What it can't see:
        Python scripts, Makefiles and what else is no shell script; the evidence names what is run and was not read.

    How to fix:
        Add the option to the command.
    """

    code: ClassVar[str] = "version-pinning/loose-install"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = image(DOCKERFILE.replace("--require-hashes ", ""))


class OutsideLock(Rule):
    """A command of the Dockerfile installs packages that no lock pins.

    What it checks:
        No command names packages by itself or takes them from its standard input, nor runs one that no lock pins
        (`uvx`, `pipx run`); a project folder or a wheel is
        installed with `--no-deps`; no shell and no Python runs a script from its standard input (`curl ... | sh`).

    Why it matters:
        The lock is compared and hashed; what is installed beside it is not. `pip install --upgrade pip` counts: which
        pip it is decides what the next line does.

    What it can't see:
        What `apt-get` installs; what building a project downloads for the build.

    How to fix:
        Put the package into the lock's input, compile it, and install nothing but the lock.
    """

    code: ClassVar[str] = "version-pinning/install-outside-lock"
    passing: ClassVar[Example] = image(DOCKERFILE + "COPY . /app\nRUN pip install --no-deps /app\n")
    failing: ClassVar[Example] = image(DOCKERFILE + "RUN pip install uvicorn\n")


class Elsewhere(Rule):
    """The Dockerfile lets packages come from where the lock does not know of, or unchecked.

    What it checks:
        `--trusted-host`, `--extra-index-url` and their like, on the command line, in ENV and ARG (`PIP_*`, `UV_*`) and
        by `pip config set`, against the options of production's lock.

    Why it matters:
        With a second index the higher version wins, wherever it is from; a trusted host is asked without a
        certificate.

    What it can't see:
        A `pip.conf` or `uv.toml` that is copied into the image or mounted as a secret.

    How to fix:
        Take it out, or put the option into the lock's input: then it is part of what is compared.
    """

    code: ClassVar[str] = "version-pinning/install-from-elsewhere"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = image(DOCKERFILE.replace("COPY", "ENV PIP_TRUSTED_HOST=pypi.example.com\nCOPY"))


class OtherLock(Rule):
    """The Dockerfile does not install the lock that the policy declares, or another file beside it.

    What it checks:
        Files of `-r`, `uv pip sync`, `uv sync`, `poetry install` and their like, followed back through COPY, stages
        and bind mounts to the build context, are `environment.production`. Stages that are only copied from may
        install other files, if one of them installs the lock. The context is the candidate's folder, or the folder of
        the Dockerfile.

    Why it matters:
        All that was compared and tested is about a file that production never sees.

    What it can't see:
        Which of two files of one name a `.dockerignore` leaves out; another build context.

    How to fix:
        COPY and install the declared lock, or declare the one that is installed.
    """

    code: ClassVar[str] = "version-pinning/other-lock"
    passing: ClassVar[Example] = _PINNED
    failing: ClassVar[Example] = image(DOCKERFILE.replace("production.lock", "requirements.lock"))


class OtherSelection(Rule):
    """The Dockerfile installs other extras or groups of production's lock than the policy declares.

    What it checks:
        The options of `uv sync`, `uv run`, `poetry install`, `poetry sync`, `conda-lock install` and `pixi install`,
        and of `uv export` and `poetry export` whose file is installed, against `environment.extras` and
        `environment.groups`. Of several commands in one stage all count that no later `uv sync` or `poetry sync`
        cleans up. What the command and the lock do not say is undecided: which of Poetry's groups are optional, a
        package of a workspace.

    Why it matters:
        One lock has many environments. With another extra, or without `--no-dev`, production gets packages that were
        compared with nothing and tested by nobody.

    What it can't see:
        `default-groups` in pyproject.toml: `dev` is taken to be uv's default group.

    How to fix:
        Give the command the options for what the policy declares, or declare what production needs.
    """

    code: ClassVar[str] = "version-pinning/other-selection"
    passing: ClassVar[Example] = project_image(f"{PROJECT_IMAGE} --no-dev\n")
    failing: ClassVar[Example] = project_image(f"{PROJECT_IMAGE} --all-extras\n")
