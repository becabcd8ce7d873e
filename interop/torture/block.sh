#!/bin/sh
# What smbtorture calls instead of iptables to cut one of its own connections off. Suites that run beside each other would
# use the same chains: each gets chains of its own, named after its job.
job=${TORTURE_JOB:-1}
if [ "$1" = --clean ]; then
    for chain in $(/usr/sbin/iptables -w -S | sed -n "s/^-N \(CUT${job}_.*\)/\1/p"); do
        /usr/sbin/iptables -w -F "$chain"
    done
    /usr/sbin/iptables -w -D OUTPUT -j "CUT${job}_OUTPUT"
    for chain in $(/usr/sbin/iptables -w -S | sed -n "s/^-N \(CUT${job}_.*\)/\1/p"); do
        /usr/sbin/iptables -w -X "$chain"
    done
    exit 0
fi
for word in "$@"; do
    shift
    case $word in
    SMBTORTURE_*) word=CUT${job}_${word#SMBTORTURE_} ;;
    esac
    set -- "$@" "$word"
done
exec /usr/sbin/iptables -w "$@"
