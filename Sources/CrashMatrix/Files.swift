import Foundation

/// Small directories, as a whole.
enum Files {
  /// - Returns: the path.
  static func make(_ directory: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    return directory
  }

  static func write(_ files: [String: [UInt8]], to directory: String) throws {
    for (name, bytes) in files {
      try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    }
  }

  /// The files that lie in a directory, without those in directories below it.
  static func read(_ directory: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileManager.default.contents(atPath: directory + "/" + name).map { (name, Array($0)) }
      })
  }

  static func delete(_ directory: String) throws {
    try FileManager.default.removeItem(atPath: directory)
  }
}
