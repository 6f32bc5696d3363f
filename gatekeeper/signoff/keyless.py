"""Signatures without a key of one's own, by sigstore: the extra `keyless`, which is loaded when it is asked for.

Whoever signs shows a token of an identity: a CI's workflow, or a person. sigstore's authority gives a certificate that
holds for minutes, and its log keeps that the signature was made in that time. Signing needs a network; verifying needs
none, but the roots of sigstore, which its package brings or a file holds.

sigstore's own classes are used and none of its programs, checked against version 4.5.1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from gatekeeper.dsse import PAYLOAD_TYPE
from gatekeeper.errors import Undelivered, Unreadable, UsageError
from gatekeeper.signoff import bundle
from gatekeeper.signoff import statements as st
from gatekeeper.signoff.certificates import certified

INSTALL = "install it beside the gate: python -m pip install 'model-gatekeeper[keyless]'"
_TOKEN = (
    "run it in a CI that gives its jobs one (on GitHub: permissions: id-token: write), or: --identity-token-file FILE"  # noqa: S105 - it is a sentence
)


def _module(name: str) -> Any:
    """Return a module of sigstore. By name: mypy must not need what only these functions do."""
    try:
        return import_module(f"sigstore.{name}")
    except ImportError as error:
        raise UsageError("keyless signatures need the package sigstore, which is not installed", fix=INSTALL) from error


class Identified:
    """What signs by an identity; who that is is known with the first certificate."""

    def __init__(self, token: Path | None, trust_config: Path | None) -> None:
        """Take where the token comes from, and check that there is one: it is asked for anew when it is used.

        Args:
            token: A file with an OIDC token; None for the one that a CI gives.
            trust_config: A file with another instance of sigstore, as its library reads it; None for the public one.

        Raises:
            UsageError: `sigstore` is not installed, or there is no token, or no such instance.
        """
        self._token = token
        self._models, self._oidc = _module("models"), _module("oidc")
        self._config = trust_config
        self._signer: Any = None
        self._who: st.Signer | None = None
        self._refusals = self._failures()
        self._identity()

    @property
    def signer(self) -> st.Signer:
        """The identity as a statement names it; there is one as soon as anything was sealed."""
        assert self._who is not None
        return self._who

    def seal(self, payload: bytes) -> bytes:
        """Return a statement in a bundle, signed and logged.

        Raises:
            Undelivered: sigstore did not sign.
        """
        try:
            signed = self._signing().sign_dsse(_module("dsse").Statement(payload))
        except self._refusals as error:
            what = f"sigstore did not sign: {str(error) or type(error).__name__}"
            raise Undelivered(what, fix="see whether it can be reached, and run it again") from error
        data = bundle.canonical(json.loads(signed.to_json()))
        if self._who is None:
            found = certified(bundle.read(data, "the certificate").certificate, "the certificate")
            self._who = st.Signer(identity=found.identity, issuer=found.issuer)
        return data

    def _signing(self) -> Any:
        """Return sigstore's signer: one key and one certificate for all statements."""
        if self._signer is None:
            config = self._models.ClientTrustConfig
            chosen = config.production() if self._config is None else config.from_json(_text(self._config))
            context = _module("sign").SigningContext.from_trust_config(chosen)
            self._signer = _module("sign").Signer(self._identity(), context, cache=True)
        return self._signer

    def _identity(self) -> Any:
        try:
            raw = _text(self._token).strip() if self._token else self._oidc.detect_credential()
            if raw is None:
                raise UsageError("there is no identity to sign with", fix=_TOKEN)
            return self._oidc.IdentityToken(raw)
        except self._oidc.IdentityError as error:
            raise UsageError(f"the identity token can't be used: {error}", fix=_TOKEN) from error

    @staticmethod
    def _failures() -> tuple[type[Exception], ...]:
        fulcio, rekor = _module("_internal.fulcio.client"), _module("_internal.rekor")
        own = (_module("errors").Error, _module("oidc").ExpiredIdentity, fulcio.ExpiredCertificate)
        # OSError: what the network does; ValueError: an answer that is none.
        return (*own, fulcio.FulcioClientError, rekor.RekorClientError, OSError, ValueError)


def verifier(identity: str, issuer: str, trusted_root: Path | None) -> Callable[[bytes], str]:
    """Return what says of a bundle why it is not by an identity; nothing where it is.

    Args:
        identity: Whom the certificate must name.
        issuer: Who must have vouched for it.
        trusted_root: A file with sigstore's roots; None for those that its package brings. No network is asked.

    Raises:
        UsageError: `sigstore` is not installed, or the file holds no roots.
    """
    models, errors, verify = _module("models"), _module("errors"), _module("verify")
    try:
        made = (
            verify.Verifier.production(offline=True)
            if trusted_root is None
            else verify.Verifier(trusted_root=models.TrustedRoot.from_file(str(trusted_root)))
        )
    except (errors.Error, ValueError, OSError) as error:
        fix = "name a trusted_root.json of sigstore: --trusted-root FILE"
        raise UsageError(f"there are no roots to verify keyless signatures by: {error}", fix=fix) from error
    # OIDCIssuerV2: the extension that sigstore gives today. `Identity` alone would ask for the one before it.
    policy = verify.policy.AllOf([verify.policy.Identity(identity=identity), verify.policy.OIDCIssuerV2(issuer)])

    def wrong(data: bytes) -> str:
        try:
            signed = models.Bundle.from_json(data)
            kind, _ = made.verify_dsse(signed, policy)
        except (errors.Error, ValueError) as error:
            return f"sigstore refuses it: {error}"
        if kind != PAYLOAD_TYPE or bundle.canonical(json.loads(signed.to_json())) != data:
            return "it holds something else than sigstore reads in it"
        return ""

    return wrong


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} can't be read: {error}", fix="check the path and its mode") from error
