#!/bin/sh
# The steps of the image in an environment of its own: the Dockerfile calls them, and a test runs them.
#   install.sh SOURCE VENV [PACKAGE-LEFT-OUT …]
# SOURCE holds the sources with requirements/run.txt, which pins every package by its hashes. UV names a uv that is there.
set -eu
source=$1 venv=$2
shift 2

python3 -m venv "$venv"
uv=${UV:-"$venv/bin/uv"}
[ -x "$uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9

# A package's entry is its line and the hashes below it.
awk -v left_out="$*" '
  BEGIN { count = split(left_out, names, " "); for (i = 1; i <= count; i++) leaves[names[i]] = 1 }
  /^[a-z0-9]/ { split($1, parts, "=="); is_left = parts[1] in leaves }
  !is_left { print }
' "$source/requirements/run.txt" > "$venv/requirements.txt"

"$uv" pip install --quiet --python "$venv/bin/python" --require-hashes --no-deps -r "$venv/requirements.txt"
"$uv" pip install --quiet --python "$venv/bin/python" --no-deps "$source"
"$uv" pip check --quiet --python "$venv/bin/python"
# Where all is read-only, nothing can be compiled later.
"$venv/bin/python" -m compileall -q "$venv/lib"
"$venv/bin/kanmon" --version
