#!/usr/bin/env bash
# On every Python 3.11, 3.12 and 3.13 that is here: the environment from the lock, the quick report and
# a quick set of tests.  Says which were there; ends with 1 if one of them failed.
#
#     benchmarks/pythons.sh                  all that are found
#     benchmarks/pythons.sh --without 3.12   all but one, which something else has shown to work
set -uo pipefail
cd "$(dirname "$0")/.."

quick=(test_config.py test_cli.py test_machine.py test_masks.py test_classical.py test_evaluation.py
  test_properties.py test_readme.py test_reliability.py test_doctor.py test_workbench.py)
without=""
[ "${1-}" = "--without" ] && without="$2"

find_python() {
  # a name alone is not enough: pyenv has one for every version that it knows, whether it may run or not
  for python in "python$1" "$HOME/.pyenv/versions/$1".*/bin/python "/opt/python/$1"*/bin/python; do
    "$python" -c '' 2>/dev/null && echo "$python" && return
  done
  return 1
}

failed=0
for version in 3.11 3.12 3.13; do
  if [ "$version" = "$without" ]; then
    echo "Python $version: anderswo geprüft"
    continue
  fi
  if ! python="$(find_python "$version")"; then
    echo "Python $version: nicht vorhanden"
    continue
  fi
  environment=".venv-$version"
  work="$(mktemp -d)"
  if make --no-print-directory VENV="$environment" PYTHON="$python" "$environment/.bereit-tests" >"$work/log" 2>&1 &&
    "$environment/bin/inpainting" doctor >>"$work/log" 2>&1 &&
    "$environment/bin/inpainting" report --preset schnell --results "$work/results" >>"$work/log" 2>&1 &&
    "$environment/bin/python" -m pytest -q -p no:cacheprovider -m "not slow and not browser and not full" \
      "${quick[@]/#/tests/}" >>"$work/log" 2>&1; then
    echo "Python $version: Umgebung, schneller Bericht und Tests in Ordnung ($(tail -n 1 "$work/log"))"
  else
    echo "Python $version: gescheitert"
    tail -n 40 "$work/log"
    failed=1
  fi
  rm -rf "$work"
done
exit "$failed"
