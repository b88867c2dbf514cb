#!/bin/sh
# In place of ssh: has dom0 note how long each command took there (took.c). What is behind the destination is the command;
# without one (a control master, and what is asked of it) nothing changes.
real=$LWD_BENCH_SSH
behind=
for word; do
  case $behind in
  '') [ "$word" != -- ] || behind=0 ;;
  *) behind=$((behind + 1)) ;;
  esac
  last=$word
done
[ "$behind" = 2 ] || exec "$real" "$@"
quoted=$(printf '%s' "$last" | sed "s/'/'\\\\''/g")
count=$#
for word; do
  shift
  count=$((count - 1))
  [ $count = 0 ] || set -- "$@" "$word"
done
exec "$real" "$@" "${LWD_BENCH_TIMER:-/tmp/bench/took /tmp/bench/times} sh -c '$quoted'"
