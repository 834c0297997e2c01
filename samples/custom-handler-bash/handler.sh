#!/usr/bin/env bash
# A machine's housekeeping: a custom handler in Bash. Without an argument it listens; with `answer` it reads one
# request from its input and writes the response to its output.
set -euo pipefail
export LC_ALL=C # lengths are in bytes

if [[ ${1:-} != answer ]]; then
  exec perl listen.pl "$FUNCTIONS_CUSTOMHANDLER_PORT" bash "$0" answer
fi

respond() { # STATUS TYPE BODY
  printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" "$2" "${#3}" "$3"
}

# Forwarded: the client's own request, and the client gets this very response.
disk() {
  local path=/
  [[ $query =~ (^|&)path=([^&]*) ]] && path=$(printf '%b' "${BASH_REMATCH[2]//%/\\x}")
  if [[ -d $path ]]; then
    respond '200 OK' 'text/plain' "$(df -h -- "$path")"
  else
    respond '404 Not Found' 'text/plain' "There is no folder $path."
  fi
}

shout() {
  respond '200 OK' 'text/plain' "${body^^}"
}

# A timer has no request to forward: the host sends JSON and expects JSON.
sweep() {
  local old
  old=$(find "$SWEEP_FOLDER" -maxdepth 1 -type f -mtime +7 2>/dev/null | wc -l)
  respond '200 OK' 'application/json' "{\"Logs\": [\"$((old)) files are older than a week\"]}"
}

IFS=' ' read -r method target _
query=''
[[ $target == *\?* ]] && query=${target#*\?}
length=0
while IFS= read -r header && header=${header%$'\r'} && [[ -n $header ]]; do
  [[ ${header,,} =~ ^content-length:\ *([0-9]+) ]] && length=${BASH_REMATCH[1]}
done
body=''
if ((length > 0)); then IFS= read -r -d '' -N "$length" body; fi

case "$method ${target%%\?*}" in
  'GET /api/disk') disk ;;
  'POST /api/shout') shout ;;
  'POST /sweep') sweep ;;
  *) respond '404 Not Found' 'text/plain' '' ;; # also the host's question whether anybody is there
esac
