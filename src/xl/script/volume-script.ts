/**
 * What the run script (run-script.ts) does for a domain's volumes. Shell for dom0, fixed texts: their server is started when the
 * domain is there, and the domain runs when their devices are; at the end it is waited for.
 */
export const serving = {
  begin: `
if [ -n "$server" ]; then
  [ -x "$server" ] || chmod 700 "$server"
  servers=$("$server" $id "$@" 2>&1 4>&-) && { [ -n "$held" ] || said=$(xl unpause $id 2>&1 4>&-); } || {
    printf '%s\\n' "\${said:-$servers}" | while read -r line; do say xl "$line"; done
    xl destroy $id >/dev/null 2>&1
    id= status=1 taken=
    break
  }
fi`,
  lost: `
volume=0
for pid in $servers; do
  [ -d /proc/$pid ] || lost="$lost $volume"
  volume=$((volume + 1))
done`,
  /** What the domain wrote last is in the folder when its servers have ended, and they have cleared up behind them. */
  end: `
volume=0
for pid in $servers; do
  tries=0
  while [ -d /proc/$pid ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
  case "$lost " in *" $volume "*) xenstore-rm /local/domain/0/lwd-9pfs/$id-$volume 2>/dev/null ;; esac
  volume=$((volume + 1))
done`,
};
