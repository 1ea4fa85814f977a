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
    /// EIO from reads; the boundaries are reads then.
    case read
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

  func fault(of operation: SimulatedDisk.Operation, at boundary: Int) -> DiskFault? {
    guard kind == .io || kind == .full, lasts(at: boundary) else { return nil }
    switch operation {
    case .write, .truncate: return kind == .full ? .full : .write
    case .sync: return .sync
    case .delete: return .delete
    }
  }

  func faultOfRead(number: Int) -> DiskFault? {
    kind == .read && lasts(at: number) ? .read : nil
  }

  private func lasts(at boundary: Int) -> Bool {
    (self.boundary..<self.boundary + length).contains(boundary)
  }
}

/// How an operation fails, as SQLite names it.
enum DiskFault: Sendable {
  case noPower, read, write, sync, delete, full

  var code: Int32 {
    switch self {
    case .noPower: SQLITE_IOERR
    case .read: SQLITE_IOERR | (1 << 8)
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
