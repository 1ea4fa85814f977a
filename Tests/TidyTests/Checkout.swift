import Foundation

/// The files of the package as they lie on disk, without what is ignored or made by tools.
enum Checkout {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().standardizedFileURL

  struct File: Sendable {
    /// From the root of the package, such as `Sources/Vault/Vault.swift`.
    var path: String
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var lines: [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var isText: Bool { !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil }
  }

  /// Every file that is not ignored, by path.
  static let files: [File] = {
    let ignored = Ignored(text: (try? contents(".gitignore")) ?? "")
    return paths(below: root, prefix: "", ignored).sorted().compactMap { path in
      (try? Data(contentsOf: root.appending(path: path))).map { File(path: path, bytes: Array($0)) }
    }
  }()

  static let swift: [File] = files.filter { $0.path.hasSuffix(".swift") }
  static let sources: [File] = swift.filter { $0.path.hasPrefix("Sources/") }

  static func contents(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
  }

  private static func paths(below folder: URL, prefix: String, _ ignored: Ignored) -> [String] {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)))
      ?? []
    return names.flatMap { name -> [String] in
      let child = folder.appending(path: name)
      let values = try? child.resourceValues(forKeys: [.isDirectoryKey, .isSymbolicLinkKey])
      if values?.isSymbolicLink == true || ignored.contains(name) { return [] }
      guard values?.isDirectory == true else { return [prefix + name] }
      return paths(below: child, prefix: prefix + name + "/", ignored)
    }
  }

  /// The three kinds of lines that our `.gitignore` has: `folder/`, `*.suffix` and `name`.
  private struct Ignored {
    var names: Set<String> = [".git"]
    var suffixes: [String] = []

    init(text: String) {
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        if line.hasPrefix("*") {
          suffixes.append(String(line.dropFirst()))
        } else {
          names.insert(line.hasSuffix("/") ? String(line.dropLast()) : String(line))
        }
      }
    }

    func contains(_ name: String) -> Bool {
      names.contains(name) || suffixes.contains { name.hasSuffix($0) }
    }
  }
}
