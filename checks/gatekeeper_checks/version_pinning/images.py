"""What `version-pinning` makes of the images that a build uses."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.environment.dockerfile.facts import Image, Origin, Pin
from gatekeeper.environment.dockerfile.platforms import same_platform
from gatekeeper.environment.quoting import quoted
from gatekeeper.model import Finding
from gatekeeper_checks.version_pinning import dockerfile_rules as rules
from gatekeeper_checks.version_pinning.build import Build

_PIN = "docker buildx imagetools inspect IMAGE prints the digest; write IMAGE:tag@sha256:<digest>"


def judge_images(build: Build) -> Iterator[Finding]:
    """Yield each image that is not pinned, or whose digest is not the one that production needs."""
    yield from _undecided(build)
    for origin, image in build.images():
        yield from _image(build, origin, image)
    yield from _base_digest(build)
    yield from _base_platform(build)


def kind_of_digest(build: Build) -> str:
    """Return in words what is known of the digest of the base image."""
    image = build.chain[-1].base.image
    return _kind(build, image) if image is not None and image.pin is Pin.DIGEST else "not given"


def _undecided(build: Build) -> Iterator[Finding]:
    for origin in build.origins():
        if origin.undecided:
            yield rules.ImageUndecided.finding(
                f"{origin.by} {quoted(origin.written)}: {origin.undecided}",
                fix="give the ARG a default with a digest: ARG BASE=image:tag@sha256:<digest>",
                at=build.at(origin.line),
            )


def _image(build: Build, origin: Origin, image: Image) -> Iterator[Finding]:
    where = f"{origin.by} {image.written}"
    if image.pin is Pin.TAG:
        message = f"{where} names no digest, expected @sha256: and 64 hex digits"
        yield rules.ImageUnpinned.finding(message, fix=_PIN, at=build.at(origin.line))
    elif image.pin is Pin.MALFORMED:
        message = f"{origin.by} {image.name}: got the digest {quoted(image.digest or '')}, "
        message += "expected sha256: and 64 hex digits in lower case"
        yield rules.ImageUnpinned.finding(message, fix=_PIN, at=build.at(origin.line))
    elif image.pin is Pin.PLACEHOLDER:
        message = f"{where}: a digest of one repeated digit, which no image has"
        yield rules.ImagePlaceholder.finding(message, fix=_PIN, at=build.at(origin.line))


def _kind(build: Build, image: Image) -> str:
    """Return in words what the recorded digests say of the one that is pinned."""
    recorded = build.recorded
    if recorded is None:
        return "of an index or of one platform: the policy does not say"
    if image.digest == recorded.index:
        return "that of the index"
    found = [name for name, digest in sorted(recorded.platforms.items()) if digest == image.digest]
    return f"that of {', '.join(found)}" if found else "none of those recorded"


def _base_digest(build: Build) -> Iterator[Finding]:
    base = build.chain[-1].base
    if build.recorded is None or base.image is None or base.image.pin is not Pin.DIGEST:
        return
    digest, kind = base.image.digest, _kind(build, base.image)
    is_of_target = any(
        digest == each and build.platform is not None and same_platform(name, build.platform)
        for name, each in build.recorded.platforms.items()
    )
    if digest != build.recorded.index and not is_of_target:
        yield rules.ImagePlatform.finding(
            f"FROM {base.image.written}: the digest is {kind}; "
            f"expected that of the index or of {build.platform or 'the target'}",
            fix="docker buildx imagetools inspect IMAGE prints both; pin one of them, and record it in "
            "`environment.base_image`",
            at=build.at(base.line),
        )


def _base_platform(build: Build) -> Iterator[Finding]:
    root = build.chain[-1]
    if root.platform is None or build.platform is None or root.base.image is None:
        return
    if not root.platform_undecided and same_platform(root.platform, build.platform):
        return
    got = f"--platform={root.platform}" + (", the machine that builds" if root.platform_undecided else "")
    yield rules.ImagePlatform.finding(
        f"FROM {got}: expected {build.platform}, which production runs on",
        fix="write --platform=$TARGETPLATFORM, or leave it out and build with --platform",
        at=build.at(root.base.line),
    )
