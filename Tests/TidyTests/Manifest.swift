/// What `Package.swift` says of its targets, read as text.
struct Manifest: Sendable {
  struct Target: Sendable {
    var name: String
    var path: String
    /// Rooms of this package.
    var rooms: [String]
    /// Modules of other packages.
    var products: [String]
  }

  private(set) var targets: [Target] = []
  /// What stands among the dependencies of a target and is neither a room nor a known product.
  private(set) var unknown: [String] = []

  init(text: String) {
    let text = text.split(separator: "\n")
      .filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
    let products = Self.products(text)
    for (call, folder) in [
      (".target(", "Sources/"), (".executableTarget(", "Sources/"), (".testTarget(", "Tests/"),
    ] {
      for body in Self.bodies(of: call, in: text) {
        guard let name = Self.quoted(after: "name:", in: body) else { continue }
        var target = Target(
          name: name, path: (Self.quoted(after: "path:", in: body) ?? folder + name) + "/",
          rooms: [], products: [])
        for word in Self.list(after: "dependencies:", in: body) {
          if word.hasPrefix("\"") {
            target.rooms.append(word.filter { $0 != "\"" })
          } else if let product = products[String(word.dropFirst())] {
            target.products.append(product)
          } else {
            unknown.append("\(name): \(word)")
          }
        }
        targets.append(target)
      }
    }
  }

  /// The target that a file belongs to.
  func target(of path: String) -> Target? {
    targets.filter { path.hasPrefix($0.path) }.max { $0.path.count < $1.path.count }
  }

  /// `static let argumentParser = Self.product(name: "ArgumentParser", …)`, by constant.
  private static func products(_ text: String) -> [String: String] {
    var products: [String: String] = [:]
    for part in text.components(after: "static let ") {
      let name = part.prefix { $0.isLetter || $0.isNumber }
      guard part.dropFirst(name.count).hasPrefix(" = Self.product("),
        let product = quoted(after: "name:", in: part)
      else { continue }
      products[String(name)] = product
    }
    return products
  }

  private static func bodies(of call: String, in text: String) -> [Substring] {
    text.components(after: call).map { part in
      var depth = 1
      return part.prefix { character in
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        return depth > 0
      }
    }
  }

  private static func quoted(after label: String, in text: Substring) -> String? {
    text.components(after: label).first.flatMap { part in
      let value = part.drop { $0.isWhitespace }
      return value.first == "\"" ? String(value.dropFirst().prefix { $0 != "\"" }) : nil
    }
  }

  private static func list(after label: String, in text: Substring) -> [String] {
    guard let part = text.components(after: label).first?.drop(while: \.isWhitespace),
      part.first == "["
    else { return [] }
    return part.dropFirst().prefix { $0 != "]" }.split { $0 == "," || $0.isWhitespace }
      .map(String.init)
  }
}

extension StringProtocol where SubSequence == Substring {
  /// What follows each occurrence of a text.
  fileprivate func components(after text: String) -> [Substring] {
    ranges(of: text).map { self[$0.upperBound...] }
  }
}
