import Testing

/// The checks are checked: each finds what it looks for, and is not deceived by texts and comments.
@Suite struct `The checks of the code` {
  static let sample = ###"""
    import Testing
    @testable package import Connections
    import struct Foundation.URL
    // import Nothing
    struct PathHelper { let text = "class CoreThing { fatalError( }" }
    /* enum BaseCase { /* nested } */ func x() { */
    protocol Reader {
      func read(_ closure: () -> Void = { _ = 1 }) -> Int
      var size: Int { get }
    }
    actor `A Manager in a sentence {` {}
    final class SQLiteManagerImpl {
      func outer(
        _ value: Int
      ) throws -> String
      where Int: Sendable {
        let raw = #"} \#(inner { "}" }) "quoted" \("#
        return """
          } \(value) {
          """
      }
      init() { self.init(value: 1) }
      var stored = { 1 }()
      var computed: Int {
        stored! + (try! f()) as! Int
      }
    }
    let fine = !a && b != c || x! == y
    """###

  let code = SwiftCode(sample)

  @Test func `finds the types`() {
    #expect(
      code.typeNames.map(\.name) == ["PathHelper", "Reader", "SQLiteManagerImpl"])
    #expect(code.emptyNames.map(\.name) == ["PathHelper", "SQLiteManagerImpl"])
    #expect(code.emptyNames.map(\.line) == [4, 11])
  }

  @Test(arguments: [
    ("Manager", ["Manager"]), ("JournalManager", ["Journal", "Manager"]), ("X", ["X"]),
    ("HTTPBase", ["HTTP", "Base"]), ("Database", ["Database"]), ("Score", ["Score"]),
    ("BaseURL", ["Base", "URL"]), ("Implicit", ["Implicit"]),
  ])
  func `takes a name apart`(name: String, words: [String]) {
    #expect(SwiftCode.words(of: name) == words)
  }

  @Test func `finds the imports`() {
    #expect(code.imports.map(\.name) == ["Testing", "Connections", "Foundation"])
    #expect(code.imports.map(\.line) == [0, 1, 2])
  }

  @Test func `measures bodies from the keyword to the brace`() {
    #expect(
      code.bodies == [
        .init(firstLine: 8, lastLine: 8), .init(firstLine: 12, lastLine: 20),
        .init(firstLine: 21, lastLine: 21), .init(firstLine: 23, lastLine: 25),
      ])
  }

  @Test func `finds what is forced`() {
    #expect(code.forced.map(\.name) == ["stored!", "try!", "as!", "x!"])
    #expect(code.forced.map(\.line) == [24, 24, 24, 27])
  }

  @Test func `finds calls and words in code alone`() {
    #expect(code.calls(of: ["fatalError"]).isEmpty)
    #expect(code.calls(of: ["inner", "f"]).map(\.name) == ["f"])
    let code = SwiftCode("public struct A { open func f() { open(path); fatalError(\"x\") } }")
    #expect(code.words(["public", "open"], declaring: true).map(\.name) == ["public", "open"])
    #expect(code.calls(of: ["fatalError"]).count == 1)
  }

  @Test func `reads a manifest`() {
    let manifest = Manifest(
      text: """
        static let nio = Self.product(
          name: "NIOCore", package: "swift-nio")
        // .target(name: "Not"),
        .target(name: "A"),
        .executableTarget(
          name: "B", dependencies: ["A", .nio,
            .lost], path: "elsewhere"),
        .testTarget(name: "ATests", dependencies: ["A"]),
        """)
    #expect(manifest.targets.map(\.name) == ["A", "B", "ATests"])
    #expect(manifest.targets.map(\.path) == ["Sources/A/", "elsewhere/", "Tests/ATests/"])
    #expect(manifest.targets.map(\.rooms) == [[], ["A"], ["A"]])
    #expect(manifest.targets.map(\.products) == [[], ["NIOCore"], []])
    #expect(manifest.unknown == ["B: .lost"])
    #expect(manifest.target(of: "elsewhere/x.swift")?.name == "B")
    #expect(manifest.target(of: "Sources/AB/x.swift") == nil)
  }
}
