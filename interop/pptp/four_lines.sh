# In the guest: SERVER NAME PASSWORD NAME PASSWORD. Four machines (namespaces) call at once: two are behind this one's address, two have their own.
server=$1
modprobe -a ppp_generic ppp_async ppp_mppe veth nf_conntrack_pptp nf_nat_pptp || exit 90
mkdir -p /etc/ppp
printf '"%s" * "%s" *\n' "$2" "$3" "$4" "$5" > /etc/ppp/chap-secrets
: > /etc/ppp/options
rm -f /etc/ppp/ip-up /etc/ppp/ip-down /etc/ppp/ipv6-up /etc/ppp/ipv6-down /etc/ppp/ip-pre-up
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables-legacy -t nat -A POSTROUTING -s 192.168.0.0/16 -o vec0 -j MASQUERADE || exit 91
iptables-legacy -t raw -A PREROUTING -p tcp --dport 1723 -j CT --helper pptp || exit 91

machine() { # NUMBER NETWORK
    ip netns add m$1
    ip link add w$1 type veth peer name eth0 netns m$1
    ip addr add $2.1/24 dev w$1
    ip link set w$1 up
    ip -n m$1 link set lo up
    ip -n m$1 addr add $2.2/24 dev eth0
    ip -n m$1 link set eth0 up
    ip -n m$1 route add default via $2.1
}
machine 1 192.168.1
machine 2 192.168.2
machine 3 10.213.103
machine 4 10.213.104

line() { # NUMBER NAME
    # pptp finds others of its machine by a socket there.
    ip netns exec m$1 bash -c "mount -t tmpfs none /run/pptp; exec pppd pty 'pptp $server --nolaunchpppd --loglevel 1' name $2 remotename rig noauth \
        nodeflate nobsdcomp novj novjccomp nodetach noipdefault refuse-pap refuse-eap refuse-chap refuse-mschap require-mppe-128 debug logfd 2 \
        ipparam rig maxfail 1 unit $1" > /job/pppd-$1.log 2>&1 &
}
line 1 "$2"
line 2 "$4"
line 3 "$2"
line 4 "$4"

use() { # NUMBER
    for _ in $(seq 300); do
        peer=$(ip -n m$1 -4 -o addr show | sed -n 's/.* ppp.* peer \([0-9.]*\).*/\1/p')
        [ -n "$peer" ] && break
        sleep 0.1
    done
    [ -n "$peer" ] || { echo "line $1 is not up"; tail -5 /job/pppd-$1.log; return 1; }
    touch /job/up-$1
    # Together, or it is not four at once.
    for _ in $(seq 300); do [ "$(ls /job/up-* | wc -l)" = 4 ] && break; sleep 0.1; done
    ip netns exec m$1 ping -q -i 0.1 -c 40 -s 1000 -W 2 "$peer" | grep transmitted
    ip netns exec m$1 smbclient "//$peer/$SHARE" -m SMB3 -U "$LOGIN" -c "get medium /tmp/medium$1" && sha256sum < /tmp/medium$1 > /job/sum-$1
}
. /job/env
for number in 1 2 3 4; do use $number & jobs[$number]=$!; done
bad=0
for number in 1 2 3 4; do wait ${jobs[$number]} || bad=95; done
conntrack=$(grep -c '^ipv4.*gre' /proc/net/nf_conntrack 2>/dev/null)
echo "connections of GRE that are followed: ${conntrack:-unknown}"
[ $bad = 0 ] && touch /job/hold
for _ in $(seq 50); do [ -e /job/seen ] && break; sleep 0.1; done
pkill pppd
for _ in $(seq 50); do pgrep pppd > /dev/null || break; sleep 0.1; done
exit $bad
