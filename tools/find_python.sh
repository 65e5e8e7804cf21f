#!/bin/sh
# Prints the newest Python from 3.11 on that can make virtual environments; says what to do when there is none.
for name in "$PYTHON" python3.14 python3.13 python3.12 python3.11 python3 python; do
    [ -n "$name" ] || continue
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$name"
        exit 0
    fi
done
echo "Lightbulb needs Python 3.11 or newer with venv, and none was found." >&2
echo "Debian, Ubuntu: apt-get install python3 python3-venv; elsewhere: https://www.python.org/downloads/" >&2
echo "Is it there under another name or path? make PYTHON=/path/to/python run" >&2
exit 1
