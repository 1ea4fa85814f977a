import Foundation

/// The heaps of the C library. glibc gives each thread one of its own and keeps what is freed in
/// it, by which a server under load grows for as long as it is asked; two are shared instead.
enum Arenas {
  static func limit() {
    #if canImport(Glibc)
      // Not among what Swift sees of glibc; the numbers are those of its malloc.h.
      let (trimThreshold, most) = (Int32(-1), Int32(-8))
      guard let symbol = dlsym(nil, "mallopt") else { return }
      let set = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
      _ = set(most, 2)
      _ = set(trimThreshold, 128 << 10)
    #endif
  }
}
