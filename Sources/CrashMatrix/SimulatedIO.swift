import GRDBSQLite

/// One open file of a simulated disk.
final class OpenFile {
  let disk: SimulatedDisk
  let number: Int
  /// The next sync is the first of a file that may be new: its directory is synced with it.
  var syncsDirectory: Bool

  init(disk: SimulatedDisk, number: Int, syncsDirectory: Bool) {
    self.disk = disk
    self.number = number
    self.syncsDirectory = syncsDirectory
  }
}

/// The file methods: each asks the disk, and then the platform's own file, which lies in memory
/// right behind ours.
enum SimulatedIO {
  typealias File = UnsafeMutablePointer<sqlite3_file>

  /// As SQLite sees it, a `sqlite3_file`; so the table of methods comes first.
  private struct Header {
    var file: sqlite3_file
    var opened: Unmanaged<OpenFile>
  }

  static var headerBytes: Int { MemoryLayout<Header>.stride }

  /// The platform's file.
  static func below(_ file: File) -> File {
    (UnsafeMutableRawPointer(file) + headerBytes).assumingMemoryBound(to: sqlite3_file.self)
  }

  static func begin(
    _ file: File, _ opened: OpenFile, _ methods: UnsafePointer<sqlite3_io_methods>
  ) {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self).initialize(
      to: Header(
        file: sqlite3_file(pMethods: methods), opened: Unmanaged.passRetained(opened)))
  }

  private static func header(_ file: File) -> UnsafeMutablePointer<Header> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self)
  }

  private static func opened(_ file: File) -> OpenFile {
    header(file).pointee.opened.takeUnretainedValue()
  }

  /// Version 2: without memory-mapped pages, which would be written past us.
  static func methods() -> sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 2
    methods.xClose = { file in SimulatedIO.withPlatform(file) { SimulatedIO.close($0, $1, $2) } }
    methods.xRead = { file, bytes, count, offset in
      SimulatedIO.withPlatform(file) { file, below, table in
        if let fault = SimulatedIO.opened(file).disk.read() { return fault.code }
        return table.xRead(below, bytes, count, offset)
      }
    }
    methods.xWrite = { file, bytes, count, offset in
      SimulatedIO.withPlatform(file) { file, below, table in
        SimulatedIO.perform(.write, on: SimulatedIO.opened(file)) {
          guard let bytes else { return nil }
          let code = table.xWrite(below, bytes, count, offset)
          let written = UnsafeRawBufferPointer(start: bytes, count: Int(count))
          return (code, .write(offset: Int(offset), Array(written)))
        }
      }
    }
    methods.xTruncate = { file, size in
      SimulatedIO.withPlatform(file) { file, below, table in
        SimulatedIO.perform(.truncate, on: SimulatedIO.opened(file)) {
          (table.xTruncate(below, size), .truncate(size: Int(size)))
        }
      }
    }
    methods.xSync = { file, _ in
      SimulatedIO.withPlatform(file) { file, _, _ in SimulatedIO.sync(SimulatedIO.opened(file)) }
    }
    methods.xFileSize = { file, size in
      SimulatedIO.withPlatform(file) { _, below, table in table.xFileSize(below, size) }
    }
    addPlatform(to: &methods)
    return methods
  }

  /// What is not the disk's business: locks, hints, shared memory.
  private static func addPlatform(to methods: inout sqlite3_io_methods) {
    methods.xLock = { file, level in
      SimulatedIO.withPlatform(file) { file, below, table in
        guard SimulatedIO.opened(file).disk.isPowered else { return DiskFault.noPower.code }
        return table.xLock(below, level)
      }
    }
    methods.xUnlock = { file, level in
      SimulatedIO.withPlatform(file) { _, below, table in table.xUnlock(below, level) }
    }
    methods.xCheckReservedLock = { file, out in
      SimulatedIO.withPlatform(file) { _, below, table in table.xCheckReservedLock(below, out) }
    }
    methods.xFileControl = { file, operation, argument in
      SimulatedIO.withPlatform(file) { _, below, table in
        table.xFileControl(below, operation, argument)
      }
    }
    methods.xSectorSize = { file in
      SimulatedIO.withPlatform(file) { _, below, table in table.xSectorSize(below) }
    }
    methods.xDeviceCharacteristics = { file in
      SimulatedIO.withPlatform(file) { _, below, table in table.xDeviceCharacteristics(below) }
    }
    methods.xShmMap = { file, region, size, extends, out in
      SimulatedIO.withPlatform(file) { _, below, table in
        table.xShmMap(below, region, size, extends, out)
      }
    }
    methods.xShmLock = { file, offset, count, flags in
      SimulatedIO.withPlatform(file) { _, below, table in
        table.xShmLock(below, offset, count, flags)
      }
    }
    methods.xShmBarrier = { file in
      _ = SimulatedIO.withPlatform(file) { _, below, table in
        table.xShmBarrier(below)
        return SQLITE_OK
      }
    }
    methods.xShmUnmap = { file, deletes in
      SimulatedIO.withPlatform(file) { _, below, table in table.xShmUnmap(below, deletes) }
    }
  }

  private static func withPlatform(
    _ file: File?, _ body: (File, File, sqlite3_io_methods) -> Int32
  ) -> Int32 {
    guard let file else { return SQLITE_MISUSE }
    let below = below(file)
    guard let table = below.pointee.pMethods else { return SQLITE_MISUSE }
    return body(file, below, table.pointee)
  }

  // MARK: - The disk's part

  /// A change between its two boundaries.
  private static func perform(
    _ operation: SimulatedDisk.Operation, on file: OpenFile,
    _ body: () -> (code: Int32, SimulatedFile.Change)?
  ) -> Int32 {
    if let fault = file.disk.pass(operation) { return fault.code }
    guard let (code, change) = body() else { return SQLITE_MISUSE }
    guard code == SQLITE_OK else { return code }
    file.disk.change(file.number, change)
    return file.disk.pass(operation)?.code ?? SQLITE_OK
  }

  /// What is synced is the simulated disk; the real files are not meant to last.
  private static func sync(_ file: OpenFile) -> Int32 {
    if let fault = file.disk.pass(.sync) {
      file.disk.failSync(file.number)
      return fault.code
    }
    file.disk.sync(file.number, syncingDirectory: file.syncsDirectory)
    file.syncsDirectory = false
    return file.disk.pass(.sync)?.code ?? SQLITE_OK
  }

  private static func close(_ file: File, _ below: File, _ table: sqlite3_io_methods) -> Int32 {
    let code = table.xClose(below)
    header(file).pointee.opened.release()
    return code
  }
}
