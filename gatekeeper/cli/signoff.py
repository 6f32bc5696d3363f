"""`gatekeeper signoff`: judge a release as strictly as can be, and sign what came out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gatekeeper.cli.candidates import declaration_of, folder_of, interpreter_of
from gatekeeper.cli.delivery import deliver, destinations
from gatekeeper.cli.judging import Order, judge
from gatekeeper.cli.progress import watching
from gatekeeper.cli.signing.output import expect_new, write_folder
from gatekeeper.cli.signing.sealing import expect_consistent, identified, in_words, with_key
from gatekeeper.cli.signing.unchanged import state_of, touched
from gatekeeper.cli.stopping import stopped_by_signals
from gatekeeper.profiles import PROFILES
from gatekeeper.report.printable import one_line
from gatekeeper_checks import BUILTIN

PROFILE = PROFILES["release"]


@click.command()
@click.argument("candidate", required=False, type=click.Path(path_type=Path), metavar="[CANDIDATE]")
@click.option("--key", type=click.Path(path_type=Path), help="The Ed25519 private key that signs (PEM).")
@click.option(
    "--key-password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Its first line is the passphrase of an encrypted key.  [default: it is asked for]",
)
@click.option("--keyless", is_flag=True, help="Sign by an identity instead of a key, with sigstore; needs a network.")
@click.option(
    "--identity-token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The identity's OIDC token.  [default: the one that the CI gives]",
)
@click.option(
    "--trust-config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Another sigstore than the public one, as its library reads it.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to write.")
@click.option(
    "--python",
    type=click.Path(path_type=Path),
    help="Production's interpreter, where the candidate is executed.  [default: the gate's own]",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Checks that run side by side.  [default: the cores]")
@click.option("--config", type=click.Path(path_type=Path), help="The policy, if it is not CANDIDATE/gatekeeper.yaml.")
def signoff(  # noqa: PLR0913 - one argument an option
    *,
    candidate: Path | None,
    key: Path | None,
    key_password_file: Path | None,
    keyless: bool,
    identity_token_file: Path | None,
    trust_config: Path | None,
    output: Path,
    python: Path | None,
    jobs: int | None,
    config: Path | None,
) -> int:
    """Judge the release candidate in the folder CANDIDATE under the profile `release`, and sign the outcome.

    The folder gets signoff.html, signoff.json and three signed statements: the verdict (SLSA VSA), the tests (in-toto)
    and the evidence. It is written whole or not at all, whatever the verdict is; only a PASS is signed as passed.

    Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 could not decide, or nothing could be signed.
    """
    root = folder_of(candidate, config)
    sealer = identified(identity_token_file, trust_config, key=key) if keyless else with_key(key, key_password_file)
    expect_new(output)
    order = Order(root=root, config=config, profile=PROFILE, checks=BUILTIN, python=interpreter_of(python), jobs=jobs)
    with stopped_by_signals("nothing was signed"):
        from gatekeeper.cli.signing.gathering import Run, Unsigned, facts_of, gather
        from gatekeeper.cli.signing.replayed import Kept
        from gatekeeper.report.signoff import document, page
        from gatekeeper.signoff.release import compose

        declaration = declaration_of(root, config)
        before = state_of(root, declaration)
        kept = Kept()
        with watching(destinations(())) as watcher:
            report = judge(order, replace(watcher, examined=kept.take))
        over = datetime.now(UTC)
        facts = gather(Run(order=order, declaration=declaration, report=report, over=over, replayed=kept.data))
        changed = touched(before, state_of(root, declaration))
        if changed:
            what = f"{', '.join(changed)} changed while it was judged, and nothing was signed"
            raise Unsigned(what, fix="let nothing write to the candidate, and run it again")
        html, json = (each.render(facts).encode("utf-8", "backslashreplace") for each in (page, document))
        files = compose(facts_of(facts), html, json, sealer)
        expect_consistent(files)
        write_folder(output, files)
    deliver(report, destinations(()))
    words = f"signed as {'passed' if report.word == 'PASS' else 'FAILED'} by {in_words(sealer.signer)}"
    click.echo(one_line(f"wrote {output}: {words}"), err=True)
    return report.verdict.value
