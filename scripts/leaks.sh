# Everything that domains can leave behind on a Xen host: run in its dom0, prints a line "what value" each. After domains
# have come and gone, it prints what it printed before. With "memory" also what daemons keep of it, which is to be judged over
# thousands of domains. For scripts/soak.js, and tests.
count() { wc -l | tr -d ' '; }
xl info >/tmp/lwd-leaks-info
while read -r key colon value; do
  case $key in free_memory|outstanding_claims) echo "$key $value" ;; esac
done </tmp/lwd-leaks-info
rm -f /tmp/lwd-leaks-info
echo "domains $(xl list | count)"
echo "pools $(xl cpupool-list | count)"
echo "xenstore-nodes $(xenstore-ls -f | count)"
echo "event-channels-of-dom0 $(lsevtchn 0 2>/dev/null | count)"
xl dmesg -c >/dev/null
xl debug-keys q
echo "domains-that-Xen-keeps $(xl dmesg -c | grep -c 'General information for domain')"
xl debug-keys g
echo "grants $(xl dmesg -c | grep -cE '^\(XEN\) *\[?0x[0-9a-f]+\]?|^\(XEN\) +[0-9]+ +0x')"
echo "backends $(ls /sys/bus/xen-backend/devices 2>/dev/null | count)"
echo "bridge-ports $(ls /sys/class/net/*/brif 2>/dev/null | grep -c vif)"
echo "loop-devices $(losetup -a 2>/dev/null | count)"
for name in xenstored xenconsoled; do
  echo "descriptors-of-$name $(ls /proc/$(pidof $name)/fd | count)"
  while read -r key kilobytes unit; do
    [ "$1$key" != memoryVmRSS: ] || echo "memory-of-$name $kilobytes"
  done </proc/$(pidof $name)/status
done
echo "userdata $(ls /var/lib/xen 2>/dev/null | grep -c userdata)"
echo "logs $(find /var/log/xen -type f | count)"
echo "of-lwd $(find /run/lwd /var/lib/lwd/copies -type f 2>/dev/null | count)"
programs=0
for process in /proc/[0-9]*; do
  read -r name <$process/comm && case $name in xl|tail|qemu*|lwd-*|xenstore-watch|xen-9pfsd) programs=$((programs + 1)) ;; esac
done 2>/dev/null
echo "processes $programs"
