import Testing

@Suite struct `The size of the code` {
  @Test func `is at most 100 characters a line`() {
    let long = Checkout.swift.flatMap { file in
      file.lines.enumerated().filter { $0.element.count > 100 }
        .map { "\(file.path):\($0.offset + 1): \($0.element.count) characters" }
    }
    #expect(long == [])
  }

  @Test func `is at most 400 lines a file`() {
    let long = Checkout.swift.filter { $0.lines.count > 401 }
      .map { "\($0.path): \($0.lines.count - 1) lines" }
    #expect(long == [])
  }

  @Test func `is at most 70 lines a function`() {
    let long = Checkout.swift.flatMap { file in
      SwiftCode(file.text).bodies.filter { $0.lineCount > 70 }
        .map { "\(file.path):\($0.firstLine + 1): \($0.lineCount) lines" }
    }
    #expect(long == [])
  }

  @Test func `is measured in files that are really there`() {
    let paths = Set(Checkout.swift.map(\.path))
    #expect(paths.isSuperset(of: ["Package.swift", "migrations/Migrations.swift"]))
    #expect(paths.contains("Sources/Connections/Event.swift"))
    #expect(paths.contains("Tests/TidyTests/SizeTests.swift"))
    #expect(!paths.contains { $0.contains(".build/") })
    let bodies = Checkout.sources.map { SwiftCode($0.text).bodies.count }
    #expect(bodies.reduce(0, +) > 300)
  }
}
