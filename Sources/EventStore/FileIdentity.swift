#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file as the file system knows it, whatever it is called.
struct FileIdentity: Hashable, Sendable {
  private var device: UInt64
  private var inode: UInt64

  /// - Returns: `nil` where the path leads to no file.
  ///
  /// On Linux the times of the file are not asked for. From 6.13 on a file whose times somebody has
  /// seen gets new ones by its next write, and with them the sync after that write has its inode to
  /// write as well: a second wait for the disk in every commit.
  init?(of path: String) {
    #if os(Linux)
      if let statx = Self.statx {
        // `struct statx`, as the kernel lays it out: 256 bytes, the inode at 32, the device at 136.
        let found: Self? = withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { buffer in
          guard let base = buffer.baseAddress, statx(AT_FDCWD, path, 0, Self.inodeAlone, base) == 0
          else { return nil }
          return Self(
            device: buffer.load(fromByteOffset: 136, as: UInt64.self),
            inode: buffer.load(fromByteOffset: 32, as: UInt64.self))
        }
        guard let found else { return nil }
        self = found
        return
      }
    #endif
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  private init(device: UInt64, inode: UInt64) {
    (self.device, self.inode) = (device, inode)
  }

  #if os(Linux)
    private typealias Statx =
      @convention(c) (Int32, UnsafePointer<CChar>, Int32, UInt32, UnsafeMutableRawPointer) -> Int32

    /// A GNU extension, which Swift's Glibc does not show; absent from a C library before 2018.
    private static let statx = dlsym(nil, "statx").map { unsafeBitCast($0, to: Statx.self) }
    /// `STATX_INO`
    private static let inodeAlone: UInt32 = 0x100
  #endif
}
