"""`gatekeeper completion`: what a shell sources to complete gatekeeper's commands, options and their values.

click would be asked through a variable of the environment, and with it set every command exits 0 without doing its
work. Here the shell asks this command, and no variable changes any other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click
from click.shell_completion import CompletionItem, ShellComplete

from gatekeeper.errors import UsageError
from gatekeeper.profiles import PROFILES
from gatekeeper.report import FORMATS

# A value is a line: its kind, a tab, and itself. `file` and `dir` have none: the shell knows its files.
_BASH: Final = """\
# Completion of gatekeeper for bash. In ~/.bashrc: source <(gatekeeper completion bash)
_gatekeeper() {
  local kind value
  COMPREPLY=()
  while IFS=$'\\t' read -r kind value; do
    case "$kind" in
      plain) COMPREPLY+=("$value") ;;
      file) compopt -o default ;;
      dir) compopt -o dirnames ;;
    esac
  done < <("$1" completion --answer "$COMP_CWORD" -- "${COMP_WORDS[@]:1}" 2>/dev/null)
}
complete -F _gatekeeper gatekeeper
"""
_ZSH: Final = """\
#compdef gatekeeper
# Completion of gatekeeper for zsh. In ~/.zshrc, after compinit: source <(gatekeeper completion zsh)
_gatekeeper() {
  local kind value files
  local -a plain
  while IFS=$'\\t' read -r kind value; do
    case $kind in
      plain) plain+=("$value") ;;
      *) files=$kind ;;
    esac
  done < <("$words[1]" completion --answer $((CURRENT - 1)) -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#plain )) && compadd -- $plain
  [[ $files == file ]] && _files
  [[ $files == dir ]] && _files -/
  return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _gatekeeper "$@"
else
  compdef _gatekeeper gatekeeper
fi
"""
_FISH: Final = """\
# Completion of gatekeeper for fish: gatekeeper completion fish > ~/.config/fish/completions/gatekeeper.fish
function __gatekeeper_complete
    set -l before (commandline -opc)
    set -l word (commandline -ct)
    for line in ($before[1] completion --answer (count $before) -- $before[2..-1] "$word" 2>/dev/null)
        set -l parts (string split -m 1 \\t -- $line)
        switch $parts[1]
            case plain
                echo $parts[2]
            case file
                __fish_complete_path "$word"
            case dir
                __fish_complete_directories "$word"
        end
    end
end
complete --no-files --command gatekeeper --arguments '(__gatekeeper_complete)'
"""
_SCRIPTS: Final[Mapping[str, str]] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

_VALUES: Final[Mapping[str, Sequence[str]]] = {"--profile": tuple(PROFILES), "--report": FORMATS}
"""Values of options that are told as text, so that an unknown one gets a hint and not click's own message."""


@click.command()
@click.argument("shell", required=False, metavar="|".join(_SCRIPTS))
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--answer", type=click.IntRange(min=0), hidden=True, help="For the scripts: the word to complete.")
def completion(*, shell: str | None, words: tuple[str, ...], answer: int | None) -> None:
    """Print the script that completes gatekeeper's commands in a shell.

    bash: `source <(gatekeeper completion bash)`; zsh: the same with zsh, after compinit; fish: write it to
    ~/.config/fish/completions/gatekeeper.fish.
    """
    if answer is not None:
        # The words are those of the command line to complete; which of them click took for SHELL does not matter.
        asked = [*([] if shell is None else [shell]), *words]
        answers = _answers(asked[: max(answer - 1, 0)], asked[answer - 1] if 0 < answer <= len(asked) else "")
        sys.stdout.write("".join(f"{each}\n" for each in answers))
        return
    if words:
        raise UsageError("completion takes one shell", fix="ask for each shell by itself")
    if shell is None or shell not in _SCRIPTS:
        what = "completion of no shell" if shell is None else f"there is no completion for {shell!r}"
        raise UsageError(what, fix=f"name one of: {', '.join(_SCRIPTS)}")
    sys.stdout.write(_SCRIPTS[shell])


def _answers(before: Sequence[str], word: str) -> Iterator[str]:
    """Yield what may stand for `word` after the words before it; nothing of them is carried out."""
    main = click.get_current_context().find_root().command
    if not before and not word.startswith("-") and isinstance(main, click.Group):
        # click would import every command for its line of help.
        names = main.list_commands(click.get_current_context())
        items = [CompletionItem(name) for name in names if name.startswith(word)]
    elif before and before[-1] in _VALUES:
        items = [CompletionItem(value) for value in _VALUES[before[-1]] if value.startswith(word)]
    else:
        items = ShellComplete(main, {}, "gatekeeper", "").get_completions(list(before), word)
        if not items and not word.startswith("-"):
            items = [CompletionItem("", type="file")]  # some arguments are paths, and click is not told
    for item in items:
        yield f"{item.type}\t{'' if item.type in {'file', 'dir'} else item.value}"
