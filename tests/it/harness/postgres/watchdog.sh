# Removes a run's PostgreSQL cluster when the run has ended, however it ended.
# $1: process id of the run; $2: the cluster's folder, named toadlane-pg-<process id>-<run>.

remove() {
    if read -r postmaster <"$1/data/postmaster.pid"; then
        kill -QUIT "$postmaster"
        # Ten seconds at most: in a container without an init the dead stay in the table.
        for _ in $(seq 100); do kill -0 "$postmaster" && sleep 0.1 || break; done
    fi
    rm -rf "$1" "$1.lock"
}

# A reboot or a killed watchdog may have left clusters of earlier runs behind.
for left in "${2%/*}"/toadlane-pg-*/; do
    left=${left%/}
    run=${left##*/toadlane-pg-}
    kill -0 "${run%%-*}" || remove "$left"
done

while kill -0 "$1"; do sleep 1; done
remove "$2"
