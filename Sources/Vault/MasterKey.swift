package import Connections
import Crypto
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The key that wraps all others: 256 bits, from a file, an environment variable or a program.
package struct MasterKey: Sendable {
  let key: SymmetricKey
  /// Names the key without revealing it: 16 hex digits of a hash with a label of its own.
  package let id: String

  package init(_ secret: Secret) throws(MasterKeyFault) {
    let bytes: [UInt8] = secret.withBytes { $0 }
    guard bytes.count == 32 else { throw .malformed(source: "the given key") }
    key = SymmetricKey(data: bytes)
    id = Hex.encode(SHA256.hash(data: Array("hindsight/master-key-id\0".utf8) + bytes).prefix(8))
  }

  /// Reads 64 hexadecimal digits, as the file and the environment hold them.
  package init(text: String, source: String) throws(MasterKeyFault) {
    let trimmed = text.trimmingPrefix(while: \.isWhitespace)
    let digits = String(trimmed.reversed().drop(while: \.isWhitespace).reversed())
    guard let bytes = Hex.decode(digits), bytes.count == 32 else {
      throw .malformed(source: source)
    }
    try self.init(Secret(bytes: bytes))
  }

  /// Reads the file; it must be readable by its owner alone.
  package init(file path: String) throws(MasterKeyFault) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .missing(path: path) }
    guard status.st_mode & 0o077 == 0 else {
      throw .readableByOthers(path: path, mode: Int(status.st_mode & 0o777))
    }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw .unreadable(path: path)
    }
    try self.init(text: String(decoding: data, as: UTF8.self), source: path)
  }

  /// Makes a new key in a new file with mode 0600. The file and its name are synced to disk before
  /// anything is sealed with it.
  ///
  /// It gets its name only when it is whole: a failure, or a crash in between, leaves no half key
  /// that a later start would refuse.
  ///
  /// - Parameters:
  ///   - random: gives as many random bytes as asked for.
  ///   - sync: makes what a descriptor stands for durable.
  package init(
    creating path: String, random: (Int) -> [UInt8],
    sync: (Int32) -> Bool = { fsync($0) == 0 }
  ) throws(MasterKeyFault) {
    let draft = path + ".new"
    // One that is left from a crash never sealed anything.
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, errno: errno) }
    defer {
      close(descriptor)
      unlink(draft)
    }
    let bytes = random(32)
    let line = Array((Hex.encode(bytes) + "\n").utf8)
    // `link`, unlike `rename`, never takes the place of another.
    guard write(descriptor, line, line.count) == line.count, sync(descriptor),
      link(draft, path) == 0
    else { throw .cannotCreate(path: path, errno: errno) }
    guard Self.syncDirectory(of: path, sync) else {
      let code = errno
      unlink(path)
      throw .cannotCreate(path: path, errno: code)
    }
    try self.init(Secret(bytes: bytes))
  }

  /// A new name lasts only when its directory is synced, too.
  private static func syncDirectory(of path: String, _ sync: (Int32) -> Bool) -> Bool {
    let directory = open(
      URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false),
      O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return false }
    defer { close(directory) }
    return sync(directory)
  }
}

/// Why there is no usable master key. None of these holds a byte of it.
package enum MasterKeyFault: Error, Hashable, Sendable {
  case missing(path: String)
  case readableByOthers(path: String, mode: Int)
  case unreadable(path: String)
  case malformed(source: String)
  case cannotCreate(path: String, errno: Int32)
  /// The program that was to print it did not; the status is absent when it could not be run.
  case commandFailed(command: String, status: Int?)
  /// A rotation to this key was begun and not finished: some keys are wrapped by it already.
  case rotationUnfinished(newID: String)
  /// It is a key, but not the one that this journal was sealed with.
  case wrongKey(expectedID: String, foundID: String)
  /// It is the right one, and what the journal keeps sealed by it does not open.
  case keyringAltered
}
