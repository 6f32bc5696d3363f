#!/usr/bin/env bash
# Pass or fail as the gate did. Whatever is not known to be a pass fails: nothing, a killed gate, a code nobody knows.
set -euo pipefail

code="$(printf '%s' "${EXIT_CODE:-}" | tr -cd '[:digit:]' | cut -c1-4)"
verdict="$(printf '%s' "${VERDICT:-}" | tr -cd '[:lower:]' | cut -c1-20)"

fail() {  # how the step ends, why
  printf '::error title=gatekeeper::%s\n' "$2"
  exit "$1"
}

tell() {  # the same, where the gate has written no summary that says so
  printf '\n**gatekeeper**: %s\n' "$2" >>"$GITHUB_STEP_SUMMARY"
  fail "$@"
}

case "${EXIT_CODE:-}:${VERDICT:-}" in
  0:pass)
    if [ "${SIGNED_OFF:-}" != success ]; then
      tell 3 "The candidate passes, and its sign-off failed: the step before says why."
    fi
    echo "PASS: every check looked at something, and nothing blocks."
    ;;
  1:fail) fail 1 "The candidate fails: a rule is broken; the report says which, where, and how to mend it." ;;
  2:none) tell 2 "Nothing was judged: an input or the policy is wrong (exit code 2); the log says where." ;;
  3:undecided) fail 3 "The gate could not decide (exit code 3); the report says what it could not look at." ;;
  3:none) tell 3 "There is no verdict that can be relied on (exit code 3); the log says why." ;;
  130:incomplete) tell 130 "The gate was stopped (exit code 130); its report is INCOMPLETE, and there is no verdict." ;;
  *) tell 3 "There is no verdict: the gate's exit code is ${code:-none}, and its report says ${verdict:-nothing}." ;;
esac
