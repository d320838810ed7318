//! What it means for whoever asked when the database fails.

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlxError};
use std::io::ErrorKind;

/// A failure of the database that is no fault of the request, nor of the program: the same request may well
/// pass later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// It does not answer: it is stopped, starting, out of reach, or busy with too many others.
    Away,
    /// Another write is in the way.
    InTheWay,
    /// There is no room to write in.
    Full,
    /// It may be read, not written.
    ReadOnly,
}

impl Outage {
    /// What the failure is, if it is an outage.
    pub fn of(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::ConnectionAcquire(_) => Some(Self::Away),
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::of_driver(error),
            _ => None,
        }
    }

    fn of_driver(error: &SqlxError) -> Option<Self> {
        match error {
            SqlxError::Database(error) => Self::of_database(error.as_ref()),
            SqlxError::Io(error) => Some(match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
                ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
                // The connection broke, or there was none.
                _ => Self::Away,
            }),
            SqlxError::Tls(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => Some(Self::Away),
            _ => None,
        }
    }

    fn of_database(error: &dyn DatabaseError) -> Option<Self> {
        let code = error.code()?;
        // SQLite has numbers, PostgreSQL five letters or digits.
        match code.parse() {
            Ok(number) if code.len() < 5 => Self::of_sqlite(number),
            _ => Self::of_postgres(&code),
        }
    }

    /// By SQLite's result codes; the low byte of an extended one is the code it extends.
    fn of_sqlite(code: u32) -> Option<Self> {
        match (code & 0xff, code) {
            // SQLITE_BUSY, SQLITE_LOCKED.
            (5 | 6, _) => Some(Self::InTheWay),
            (8, _) => Some(Self::ReadOnly),
            // SQLITE_FULL; SQLITE_IOERR while writing: _WRITE, _FSYNC, _DIR_FSYNC, _TRUNCATE, and of the
            // memory shared by processes, which is a file, _SHMOPEN, _SHMSIZE and _SHMMAP.
            (13, _) | (10, 778 | 1034 | 1290 | 1546 | 4618 | 4874 | 5386) => Some(Self::Full),
            _ => None,
        }
    }

    /// By PostgreSQL's codes (its manual, appendix A).
    fn of_postgres(code: &str) -> Option<Self> {
        match code {
            // It gave up waiting for a lock, or chose this transaction to end a ring of waiting ones.
            "55P03" | "40P01" => Some(Self::InTheWay),
            // disk_full
            "53100" => Some(Self::Full),
            // read_only_sql_transaction: a standby.
            "25006" => Some(Self::ReadOnly),
            // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, and the transaction
            // that was idle for too long while this server stood still.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Some(Self::Away),
            // Connection exceptions, and insufficient resources: memory, connections.
            _ if code.starts_with("08") || code.starts_with("53") => Some(Self::Away),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::ConnAcquireErr;
    use std::sync::Arc;

    #[test]
    fn broken_connections_are_outages() {
        let io = |kind: ErrorKind| {
            DbErr::Exec(RuntimeErr::SqlxError(Arc::new(SqlxError::Io(kind.into()))))
        };
        for (error, outage) in [
            (io(ErrorKind::ConnectionReset), Outage::Away),
            (io(ErrorKind::UnexpectedEof), Outage::Away),
            (io(ErrorKind::StorageFull), Outage::Full),
            (
                DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
                Outage::Away,
            ),
        ] {
            assert_eq!(Outage::of(&error), Some(outage), "{error}");
        }
        let ours = DbErr::RecordNotFound("a row".to_owned());
        assert_eq!(Outage::of(&ours), None);
    }

    #[test]
    fn codes_of_the_databases() {
        for (code, outage) in [
            (5, Some(Outage::InTheWay)),
            (517, Some(Outage::InTheWay)),
            (8, Some(Outage::ReadOnly)),
            (1032, Some(Outage::ReadOnly)),
            (13, Some(Outage::Full)),
            (778, Some(Outage::Full)),
            // A read that fails, and a broken rule.
            (266, None),
            (1555, None),
        ] {
            assert_eq!(Outage::of_sqlite(code), outage, "{code}");
        }
        for (code, outage) in [
            ("57P01", Some(Outage::Away)),
            ("57P03", Some(Outage::Away)),
            ("08006", Some(Outage::Away)),
            ("53300", Some(Outage::Away)),
            ("53100", Some(Outage::Full)),
            ("40P01", Some(Outage::InTheWay)),
            ("25006", Some(Outage::ReadOnly)),
            // unique_violation, internal_error
            ("23505", None),
            ("XX000", None),
        ] {
            assert_eq!(Outage::of_postgres(code), outage, "{code}");
        }
    }
}
