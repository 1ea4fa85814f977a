import GRDBSQLite

/// What goes wrong with a disk, and from which boundary on.
struct Mishap: Sendable, Hashable {
  enum Kind: String, Sendable, CaseIterable {
    case none
    /// No operation succeeds any more.
    case cut
    /// EIO.
    case io
    /// ENOSPC.
    case full
  }

  var kind: Kind
  /// The first boundary, from 1.
  var boundary: Int
  /// How many boundaries an error lasts.
  var length = 1
  /// Nothing is synced, and the program is told that it is: the fault that shows that the checks
  /// can fail.
  var liesAboutSync = false

  static let none = Mishap(kind: .none, boundary: 0)

  var cutsPower: Bool { kind == .cut }

  func isFailing(at boundary: Int) -> Bool {
    (kind == .io || kind == .full)
      && (self.boundary..<self.boundary + length).contains(boundary)
  }

  func fault(of operation: SimulatedDisk.Operation) -> DiskFault {
    switch operation {
    case .write, .truncate: kind == .full ? .full : .write
    case .sync: .sync
    case .delete: .delete
    }
  }
}

/// How an operation fails, as SQLite names it.
enum DiskFault: Sendable {
  case noPower, write, sync, delete, full

  var code: Int32 {
    switch self {
    case .noPower: SQLITE_IOERR
    case .write: SQLITE_IOERR | (3 << 8)
    case .sync: SQLITE_IOERR | (4 << 8)
    case .delete: SQLITE_IOERR | (10 << 8)
    case .full: SQLITE_FULL
    }
  }
}

extension Mishap.Kind {
  /// For dice of its own.
  var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
