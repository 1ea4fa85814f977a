import GRDBSQLite
import Synchronization

/// The directories of this process that have a simulated disk below them.
final class SimulatedDisks: Sendable {
  private let disks = Mutex<[String: SimulatedDisk]>([:])

  func add(_ disk: SimulatedDisk) { disks.withLock { $0[disk.directory] = disk } }
  func remove(_ disk: SimulatedDisk) { disks.withLock { $0[disk.directory] = nil } }

  /// The disk of a path, and the file's name on it.
  func find(_ path: String) -> (disk: SimulatedDisk, name: String)? {
    guard let slash = path.lastIndex(of: "/"),
      let disk = disks.withLock({ $0[String(path[..<slash])] })
    else { return nil }
    return (disk, String(path[path.index(after: slash)...]))
  }
}

/// SQLite's own way to the files of this platform, with the simulated disks between the two. Locks
/// and shared memory stay the platform's, and so do all files elsewhere.
enum DiskVFS {
  private static let name: StaticString = "hindsight-simulated-disk"

  /// What the functions below are given by SQLite with each call: they are C functions, and can
  /// hold nothing themselves.
  final class Installation {
    let disks = SimulatedDisks()
    let platform: UnsafeMutablePointer<sqlite3_vfs>
    let methods: UnsafeMutablePointer<sqlite3_io_methods>

    init(platform: UnsafeMutablePointer<sqlite3_vfs>) {
      self.platform = platform
      methods = .allocate(capacity: 1)
      methods.initialize(to: SimulatedIO.methods())
    }
  }

  struct NotInstalled: Error {}

  /// Puts itself under all databases that this process opens from now on, once and for its whole
  /// life, whoever asks first.
  static func install() throws(NotInstalled) -> SimulatedDisks {
    guard let installed else { throw NotInstalled() }
    return installed
  }

  private static let installed: SimulatedDisks? = {
    guard let platform = sqlite3_vfs_find(nil) else { return nil }
    let installation = Installation(platform: platform)
    // Whatever is not named here is the platform's, whose functions do not ask who calls them.
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: platform.pointee)
    vfs.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    vfs.pointee.pNext = nil
    vfs.pointee.pAppData = Unmanaged.passRetained(installation).toOpaque()
    vfs.pointee.szOsFile = Int32(SimulatedIO.headerBytes) + platform.pointee.szOsFile
    vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
      DiskVFS.open(vfs, path, file, flags, outFlags)
    }
    vfs.pointee.xDelete = { vfs, path, syncsDirectory in
      DiskVFS.delete(vfs, path, syncsDirectory)
    }
    vfs.pointee.xAccess = { vfs, path, flags, out in DiskVFS.access(vfs, path, flags, out) }
    return sqlite3_vfs_register(vfs, 1) == SQLITE_OK ? installation.disks : nil
  }()

  private static func installation(_ vfs: UnsafeMutablePointer<sqlite3_vfs>) -> Installation {
    guard let data = vfs.pointee.pAppData else { preconditionFailure("not our file system") }
    return Unmanaged<Installation>.fromOpaque(data).takeUnretainedValue()
  }

  // MARK: - By path

  private typealias VFS = UnsafeMutablePointer<sqlite3_vfs>
  private typealias File = UnsafeMutablePointer<sqlite3_file>

  private static func open(
    _ vfs: VFS?, _ path: UnsafePointer<CChar>?, _ file: File?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let vfs, let file else { return SQLITE_MISUSE }
    let installation = installation(vfs)
    let platform = installation.platform
    guard let path, let found = installation.disks.find(String(cString: path)) else {
      return platform.pointee.xOpen(platform, path, file, flags, outFlags)
    }
    file.pointee.pMethods = nil
    guard found.disk.isPowered else { return SQLITE_CANTOPEN }
    var exists: Int32 = 0
    _ = platform.pointee.xAccess(platform, path, SQLITE_ACCESS_EXISTS, &exists)
    let below = SimulatedIO.below(file)
    let code = platform.pointee.xOpen(platform, path, below, flags, outFlags)
    guard code == SQLITE_OK else { return code }
    // SQLite's own Unix file system syncs the directory with the first sync of these.
    let isJournal =
      flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL) != 0
    let opened = OpenFile(
      disk: found.disk, number: found.disk.open(found.name, exists: exists != 0),
      syncsDirectory: isJournal && flags & SQLITE_OPEN_CREATE != 0)
    SimulatedIO.begin(file, opened, installation.methods)
    return SQLITE_OK
  }

  private static func delete(
    _ vfs: VFS?, _ path: UnsafePointer<CChar>?, _ syncsDirectory: Int32
  ) -> Int32 {
    guard let vfs, let path else { return SQLITE_MISUSE }
    let installation = installation(vfs)
    let platform = installation.platform
    guard let (disk, name) = installation.disks.find(String(cString: path)) else {
      return platform.pointee.xDelete(platform, path, syncsDirectory)
    }
    if let fault = disk.pass(.delete) { return fault.code }
    let code = platform.pointee.xDelete(platform, path, 0)
    guard code == SQLITE_OK else { return code }
    disk.delete(name, syncingDirectory: syncsDirectory != 0)
    return disk.pass(.delete)?.code ?? SQLITE_OK
  }

  private static func access(
    _ vfs: VFS?, _ path: UnsafePointer<CChar>?, _ flags: Int32,
    _ out: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let vfs, let path else { return SQLITE_MISUSE }
    let installation = installation(vfs)
    let platform = installation.platform
    if let (disk, _) = installation.disks.find(String(cString: path)), !disk.isPowered {
      return DiskFault.noPower.code
    }
    return platform.pointee.xAccess(platform, path, flags, out)
  }
}
