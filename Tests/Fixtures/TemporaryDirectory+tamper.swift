import EventStore
import GRDB

extension TemporaryDirectory {
  /// Changes the journal in it as somebody could who knows SQLite: the triggers that forbid it are
  /// taken away, and put back, as somebody would who does not want to be seen.
  package func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: file(SQLiteJournal.fileName))
    try queue.writeWithoutTransaction { database in
      let triggers = try Row.fetchAll(
        database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
      for trigger in triggers {
        try database.execute(sql: "DROP TRIGGER \"\(trigger[0] as String)\"")
      }
      try database.execute(sql: sql)
      for trigger in triggers { try database.execute(sql: trigger[1]) }
    }
    try queue.close()
  }
}
