import Testing

@Suite struct `The arrows between the rooms` {
  let manifest: Manifest

  init() throws { manifest = Manifest(text: try Checkout.contents("Package.swift")) }

  /// The floor plan. A new arrow is drawn here and in the README, with a reason.
  static let plan: [String: Set<String>] = [
    "Connections": [],
    "TransparencyLog": [],
    "Migrations": [],
    "Assets": [],
    "Vault": ["Connections"],
    "EventStore": ["Connections", "Migrations", "TransparencyLog"],
    "OktaAPI": ["Connections"],
    "Upstream": ["Connections", "OktaAPI"],
    "Sandbox": ["Connections", "OktaAPI"],
    "Commands": ["Connections", "EventStore", "OktaAPI", "Upstream", "Vault"],
    "Projections": ["Connections", "EventStore"],
    "Reports": ["Connections", "Projections", "TransparencyLog"],
    "Notary": ["Connections", "EventStore", "TransparencyLog", "Vault"],
    "Evidence": ["Connections", "EventStore", "TransparencyLog"],
    "Gateway": [
      "Assets", "Commands", "Connections", "Evidence", "OktaAPI", "Projections", "Reports",
      "TransparencyLog", "Upstream",
    ],
    "CrashMatrix": [
      "Commands", "Connections", "EventStore", "OktaAPI", "Projections", "Sandbox", "Upstream",
      "Vault",
    ],
    "hindsight": [
      "Commands", "Connections", "CrashMatrix", "EventStore", "Evidence", "Gateway", "Notary",
      "OktaAPI", "Projections", "Reports", "Sandbox", "TransparencyLog", "Upstream", "Vault",
    ],
  ]

  /// Rooms that are values alone: no clock, no disk, no network can come in by an import.
  static let pure: [String: Set<String>] = [
    "Connections": ["FoundationEssentials", "Synchronization"], "Migrations": [],
    "OktaAPI": ["Connections"],
    "TransparencyLog": ["Crypto"],
  ]

  /// Part of the toolchain, and so no dependency of a package.
  static let toolchain: Set<String> = [
    "Darwin", "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Musl",
    "PackageDescription", "Synchronization", "Testing",
  ]

  @Test(arguments: plan.keys.sorted())
  func `are those of the floor plan`(room: String) throws {
    let target = try #require(manifest.targets.first { $0.name == room })
    #expect(Set(target.rooms) == Self.plan[room])
    #expect(target.rooms.count == Set(target.rooms).count, "one is listed twice")
  }

  @Test func `leave out no room`() {
    let rooms = manifest.targets.filter {
      $0.path.hasPrefix("Sources/") || $0.path.hasPrefix("migrations/")
    }
    #expect(Set(rooms.map(\.name)) == Set(Self.plan.keys))
    #expect(manifest.unknown == [])
    let strays = Checkout.swift.map(\.path)
      .filter { $0 != "Package.swift" && manifest.target(of: $0) == nil }
    #expect(strays == [])
  }

  /// A target can import what it reaches only through another; here it has to say so itself.
  @Test func `are declared by each target that imports`() {
    let undeclared = Checkout.swift.flatMap { file -> [String] in
      guard let target = manifest.target(of: file.path) else { return [] }
      let declared = Set(target.rooms + target.products).union(Self.toolchain)
      return SwiftCode(file.text).imports.filter { !declared.contains($0.name) }
        .map { "\(file.path):\($0.line + 1): \($0.name) is not a dependency of \(target.name)" }
    }
    #expect(undeclared == [])
  }

  @Test(arguments: pure.keys.sorted())
  func `bring nothing impure into a pure room`(room: String) throws {
    let target = try #require(manifest.targets.first { $0.name == room })
    let files = Checkout.swift.filter { manifest.target(of: $0.path)?.name == room }
    #expect(!files.isEmpty)
    let foreign = files.flatMap { file in
      SwiftCode(file.text).imports.filter { Self.pure[room]?.contains($0.name) != true }
        .map { "\(file.path):\($0.line + 1): \($0.name)" }
    }
    #expect(foreign == [])
    #expect(Set(target.products).isSubset(of: Self.pure[room] ?? []))
  }
}
