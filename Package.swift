// swift-tools-version: 6.2
import PackageDescription

// Every room sees only what is drawn in the floor plan of the README; TidyTests hold the imports to
// it.

extension Target.Dependency {
  static let argumentParser = Self.product(name: "ArgumentParser", package: "swift-argument-parser")
  static let asyncHTTPClient = Self.product(name: "AsyncHTTPClient", package: "async-http-client")
  static let configuration = Self.product(name: "Configuration", package: "swift-configuration")
  static let crypto = Self.product(name: "Crypto", package: "swift-crypto")
  static let grdb = Self.product(name: "GRDB", package: "GRDB.swift")
  static let grdbSQLite = Self.product(name: "GRDBSQLite", package: "GRDB.swift")
  static let httpTypes = Self.product(name: "HTTPTypes", package: "swift-http-types")
  static let hummingbird = Self.product(name: "Hummingbird", package: "hummingbird")
  static let hummingbirdCore = Self.product(name: "HummingbirdCore", package: "hummingbird")
  static let logging = Self.product(name: "Logging", package: "swift-log")
  static let mustache = Self.product(name: "Mustache", package: "swift-mustache")
  static let nioCore = Self.product(name: "NIOCore", package: "swift-nio")
  static let nioHTTP1 = Self.product(name: "NIOHTTP1", package: "swift-nio")
  static let nioHTTPTypes = Self.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
  static let nioPosix = Self.product(name: "NIOPosix", package: "swift-nio")
  static let nioSSL = Self.product(name: "NIOSSL", package: "swift-nio-ssl")
  static let unixSignals = Self.product(name: "UnixSignals", package: "swift-service-lifecycle")
  static let serviceLifecycle = Self.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
}

let package = Package(
  name: "hindsight",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "hindsight", targets: ["hindsight"])],
  dependencies: [
    // The command line's grammar, help and completion scripts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // One value from an option, the environment or a file, in that order.
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    // AES-GCM, HMAC and SHA-256 from BoringSSL.
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // The HTTP vocabulary of the server, for paths and header names.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // ByteBuffer, and the sockets of the exact-bytes tests.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // The parts of requests and answers in the server's pipeline, to put words to its own refusals.
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    // To tell a failed TLS handshake (not sent) from a failed call (in doubt).
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    // SQLite, with one writer and many readers.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // The HTTP server of the gateway and of the sandbox.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    // The templates of the console's pages; what is put in is escaped unless they say otherwise.
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    // The HTTP client towards Okta.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    // Signals and an orderly end.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(name: "Connections"),
    .target(name: "TransparencyLog", dependencies: [.crypto]),
    .target(
      name: "Migrations", path: "migrations", sources: ["Migrations.swift"],
      resources: [.embedInCode("sqlite")]),
    .target(name: "Vault", dependencies: ["Connections", .crypto]),
    .target(
      name: "EventStore",
      dependencies: ["Connections", "TransparencyLog", "Migrations", .crypto, .grdb, .grdbSQLite]),
    // Signs heads, in the write lane, and is a witness of others' heads; it needs no command.
    .target(
      name: "Notary",
      dependencies: [
        "Connections", "EventStore", "TransparencyLog", "Vault", .asyncHTTPClient, .crypto,
        .httpTypes, .hummingbird, .logging, .nioCore, .nioHTTP1, .nioPosix, .serviceLifecycle,
      ]),
    // What leaves the house and is checked there: it needs a reader of the journal, or none.
    .target(
      name: "Evidence",
      dependencies: ["Connections", "EventStore", "TransparencyLog", .crypto],
      resources: [.embedInCode("evidence.html")]),
    .target(name: "OktaAPI", dependencies: ["Connections"]),
    .target(
      name: "Upstream",
      dependencies: [
        "Connections", "OktaAPI", .asyncHTTPClient, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
      ]),
    .target(
      name: "Sandbox",
      dependencies: [
        "Connections", "OktaAPI", .httpTypes, .hummingbird, .logging, .nioCore, .nioHTTP1,
        .serviceLifecycle,
      ]),
    .target(
      name: "Commands",
      dependencies: ["Connections", "EventStore", "OktaAPI", "Vault", "Upstream", .logging]),
    .target(
      name: "Projections", dependencies: ["Connections", "EventStore", .grdb, .grdbSQLite],
      resources: [.embedInCode("views.sql")]),
    .target(
      name: "Reports", dependencies: ["Connections", "Projections", "TransparencyLog", .crypto]),
    .target(
      name: "Gateway",
      dependencies: [
        "Assets", "Commands", "Connections", "Evidence", "OktaAPI", "Projections", "Reports",
        "TransparencyLog", "Upstream", .httpTypes, .hummingbird, .hummingbirdCore, .logging,
        .mustache, .nioCore, .nioHTTP1, .nioHTTPTypes, .serviceLifecycle,
      ]),
    // Apart from the code, for a compiler takes its time over a large literal: once, then.
    .target(name: "Assets", resources: [.embedInCode("openapi.json"), .embedInCode("Pages")]),
    .target(
      name: "CrashMatrix",
      dependencies: [
        "Commands", "Connections", "EventStore", "OktaAPI", "Projections", "Sandbox", "Upstream",
        "Vault", .asyncHTTPClient, .grdb, .grdbSQLite, .logging, .nioCore, .nioHTTP1,
        .serviceLifecycle,
      ]),
    .executableTarget(
      name: "hindsight",
      dependencies: [
        "Commands", "Connections", "CrashMatrix", "EventStore", "Evidence", "Gateway", "Notary",
        "OktaAPI", "Projections", "Reports", "Sandbox", "TransparencyLog", "Upstream", "Vault",
        .argumentParser, .asyncHTTPClient, .configuration, .hummingbird, .logging, .nioCore,
        .nioHTTP1, .nioPosix, .serviceLifecycle, .unixSignals,
      ]),
    // Behind `tools/bench`.
    .executableTarget(
      name: "hindsight-bench",
      dependencies: [
        "Commands", "Connections", "EventStore", "Evidence", "OktaAPI", "Projections", "Reports",
        "TransparencyLog", .argumentParser, .asyncHTTPClient, .grdb, .nioCore, .nioHTTP1,
      ], path: "tools/benchmark"),
    // What the tests of several rooms share: a clock that stands still, ids that count, a real
    // gateway.
    .target(
      name: "Fixtures",
      dependencies: [
        "Commands", "Connections", "EventStore", "Evidence", "Gateway", "Notary", "OktaAPI",
        "Projections", "Sandbox", "TransparencyLog", "Upstream", "Vault", .asyncHTTPClient, .grdb,
        .hummingbird, .logging, .nioCore, .nioPosix, .nioSSL, .serviceLifecycle,
      ], path: "Tests/Fixtures"),
    .testTarget(name: "ConnectionsTests", dependencies: ["Connections", "Fixtures"]),
    .testTarget(name: "TransparencyLogTests", dependencies: ["TransparencyLog"]),
    .testTarget(name: "VaultTests", dependencies: ["Connections", "Fixtures", "Vault"]),
    .testTarget(name: "OktaAPITests", dependencies: ["Connections", "OktaAPI"]),
    .testTarget(
      name: "EventStoreTests",
      dependencies: [
        "Connections", "EventStore", "Fixtures", "Notary", "TransparencyLog", "Vault", .grdb,
      ]),
    .testTarget(
      name: "NotaryTests",
      dependencies: [
        "Connections", "EventStore", "Fixtures", "Notary", "TransparencyLog", "Vault",
        .asyncHTTPClient, .hummingbird, .logging, .nioCore, .serviceLifecycle,
      ]),
    .testTarget(
      name: "EvidenceTests",
      dependencies: [
        "Connections", "EventStore", "Evidence", "Fixtures", "Notary", "TransparencyLog", .grdb,
      ]),
    .testTarget(
      name: "ProjectionsTests",
      dependencies: ["Connections", "EventStore", "Fixtures", "Projections", .grdb]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Connections", "EventStore", "Fixtures", "Projections", "Reports"],
      exclude: ["Snapshots"]),
    .testTarget(
      name: "SandboxTests",
      dependencies: [
        "Connections", "OktaAPI", "Sandbox", .logging, .nioCore, .nioPosix, .serviceLifecycle,
      ]),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Commands", "Connections", "EventStore", "Fixtures", "OktaAPI", "Sandbox", "Upstream",
        "Vault",
      ]),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Commands", "Connections", "CrashMatrix", "EventStore", "Fixtures", "Gateway", "OktaAPI",
        "Projections", "Sandbox", "TransparencyLog", "Upstream", "Vault", .grdb, .hummingbirdCore,
        .logging, .nioCore, .nioPosix,
      ]),
    .testTarget(
      name: "CrashMatrixTests",
      dependencies: ["Connections", "CrashMatrix", "EventStore", "Fixtures"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["Connections", "CrashMatrix", "EventStore", "Fixtures", "hindsight", .grdb],
      exclude: ["Snapshots"]),
    .testTarget(name: "TidyTests", dependencies: ["EventStore", "Migrations"]),
  ],
  swiftLanguageModes: [.v6]
)

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
for target in package.targets { target.swiftSettings = settings }
