import Foundation

/// A process that holds secrets in clear for moments leaves no image of itself on a disk.
enum Dumps {
  static func disable() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    #if canImport(Glibc)
      _ = setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &none)
      // The limit does not hold where dumps are piped to a program (core(5)): there no memory is
      // part of one.
      try? Data("0".utf8).write(to: URL(filePath: "/proc/self/coredump_filter"))
    #else
      _ = setrlimit(RLIMIT_CORE, &none)
    #endif
  }
}
