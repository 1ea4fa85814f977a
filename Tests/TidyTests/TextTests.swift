import Testing

@Suite struct `The texts of the project` {
  private func mentions(of words: [String], in files: [Checkout.File]) -> [String] {
    files.filter(\.isText).flatMap { file in
      file.lines.enumerated().flatMap { number, line in
        words.filter { line.contains($0) }.map { "\(file.path):\(number + 1): \($0)" }
      }
    }
  }

  /// In two parts, so that this file does not mention them.
  static let places = ["/wor" + "k/", "/op" + "t/", "/roo" + "t/", "/hom" + "e/"]
  static let registries = [
    "--index" + "-url", "--extra-index" + "-url", "--trusted" + "-host", "PIP_" + "INDEX",
    "artif" + "actory", "--default-registry" + "-url",
  ]

  @Test func `name no place on a machine of ours`() {
    #expect(mentions(of: Self.places, in: Checkout.files) == [])
  }

  @Test func `name no registry of ours`() {
    #expect(mentions(of: Self.registries, in: Checkout.files) == [])
    let foreign = Checkout.files.filter { $0.path == "Package.swift" }.flatMap { file in
      file.lines.filter { $0.contains("url:") && !$0.contains("url: \"https://github.com/") }
    }
    #expect(foreign == [])
  }

  @Test func `are UTF-8 and end with a line`() {
    let odd = Checkout.files.filter { !$0.path.hasSuffix(".png") && !$0.bytes.isEmpty }
      .filter { !$0.isText || $0.bytes.last != UInt8(ascii: "\n") }.map(\.path)
    #expect(odd == [])
  }

  @Test func `have documents of at most 120 characters a line, tables apart`() {
    let long = Checkout.files.filter { $0.path.hasSuffix(".md") }.flatMap { file in
      file.lines.enumerated().filter { $0.element.count > 120 && !$0.element.hasPrefix("|") }
        .map { "\(file.path):\($0.offset + 1)" }
    }
    #expect(long == [])
  }

  @Test(.enabled(if: Checkout.exists("README.md")))
  func `explain each command in the README`() throws {
    let readme = try Checkout.contents("README.md")
    let declared = try Checkout.contents("Sources/hindsight/Hindsight.swift")
      .matches(of: /([A-Z][a-z]+)Command\.self/).map { $0.1.lowercased() }
    let fixed = [
      "serve", "sandbox", "demo", "connections", "history", "show", "rollback", "report",
      "rebuild", "verify", "token",
    ]
    #expect(Set(declared).isSuperset(of: fixed))
    let silent = Set(declared + fixed).filter {
      !readme.contains("hindsight \($0)") && !readme.contains("`\($0)`")
    }
    #expect(silent.sorted() == [])
  }
}
