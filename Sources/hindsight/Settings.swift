import ArgumentParser
import Configuration
import Foundation
import OktaAPI

/// One value from an option, the environment or a file, in this order.
struct Settings: Sendable {
  private let reader: ConfigReader

  /// - Parameters:
  ///   - options: what the command line said, by key; absent entries fall through.
  ///   - file: a JSON file; `HINDSIGHT_CONFIG` names one where no option does.
  init(options: [String: String?], file: String?) async throws {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for case (let key, let value?) in options {
      values[AbsoluteConfigKey(stringLiteral: key)] = ConfigValue(.string(value), isSecret: false)
    }
    Self.tellStrangers(in: ProcessInfo.processInfo.environment)
    let environment = EnvironmentVariablesProvider().prefixKeys(with: "hindsight")
    var providers: [any ConfigProvider] = [
      InMemoryProvider(name: "command line", values: values), environment,
    ]
    if let path = file ?? ConfigReader(provider: environment).string(forKey: "config") {
      providers.append(InMemoryProvider(name: path, values: try Self.values(of: path)))
    }
    reader = ConfigReader(providers: providers)
  }

  /// What a file may set. What a misspelt name was to set would be as if nobody had asked for it.
  private static let names: Set = [
    "allowReveal", "callerRate", "checkpointInterval", "connectTimeout", "connectionWait",
    "consentWindow", "data", "idempotencyWindow", "listen", "logLevel", "logOrigin",
    "masterKeyCommand", "masterKeyFile", "publicUrl", "server", "tokenFile", "trustedProxies",
    "upstream", "upstreamAuth", "upstreamCredential", "upstreamTimeout", "witness",
    "witnessQuorum", "witnessRequired",
  ]

  /// What is misspelt there may be meant for another program, so it ends nothing.
  private static func tellStrangers(in environment: [String: String]) {
    let known = Set(names.map(variable) + ["CONFIG", "MASTER_KEY", "TOKEN"].map { prefix + $0 })
    for name in environment.keys.sorted() where name.hasPrefix(prefix) && !known.contains(name) {
      Output.note("\(name) in the environment is no option of Hindsight; it was passed over.")
    }
  }

  private static let prefix = "HINDSIGHT_"

  /// `upstreamAuth` as `HINDSIGHT_UPSTREAM_AUTH`.
  private static func variable(_ name: String) -> String {
    prefix + name.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined()
  }

  /// Each setting of a file as the command line would say it.
  private static func values(of path: String) throws -> [AbsoluteConfigKey: ConfigValue] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("The configuration file \(path) cannot be read.")
    }
    guard let members = (try? JSONValue(parsing: Array(data)))?.members else {
      throw ValidationError("The configuration file \(path) holds no JSON object.")
    }
    let strangers = members.map(\.key).filter { !names.contains($0) }.sorted()
    guard strangers.isEmpty else {
      throw ValidationError(
        """
        The configuration file \(path) sets what is no option: \
        \(strangers.joined(separator: ", ")). It may set \
        \(names.sorted().joined(separator: ", ")).
        """)
    }
    return try members.reduce(into: [:]) { values, member in
      guard let text = text(of: member.value) else {
        throw ValidationError(
          """
          The configuration file \(path) sets \(member.key) to what is no text, no whole number, \
          no switch and no list of texts.
          """)
      }
      values[AbsoluteConfigKey(stringLiteral: member.key)] = ConfigValue(
        .string(text), isSecret: false)
    }
  }

  private static func text(of value: JSONValue) -> String? {
    switch value {
    case .string(let text, _): return text
    case .boolean(let isOn): return String(isOn)
    case .number(let digits): return Int(digits).map(String.init)
    case .array(let elements):
      let texts = elements.compactMap(\.text)
      return texts.count == elements.count ? texts.joined(separator: ",") : nil
    case .null, .object: return nil
    }
  }

  func string(_ key: String) -> String? {
    reader.string(forKey: ConfigKey(stringLiteral: key))
  }

  /// Several values, given one after another with commas, and by a file as a list.
  func list(_ key: String) -> [String] {
    (string(key) ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  func string(_ key: String, default value: String) -> String { string(key) ?? value }

  /// A whole number of seconds, at least 1.
  func seconds(_ key: String, option: String, default value: Int) throws -> Int {
    try number(key, option: option, of: " of seconds", upTo: 86_400, default: value)
  }

  /// A switch: true or false.
  func flag(_ key: String, option: String) throws -> Bool {
    switch string(key) {
    case nil, "false"?: return false
    case "true"?: return true
    case let text?: throw ValidationError("\(option) must be true or false: \(text)")
    }
  }

  func count(_ key: String, option: String, upTo most: Int, default value: Int) throws -> Int {
    try number(key, option: option, of: "", upTo: most, default: value)
  }

  private func number(
    _ key: String, option: String, of unit: String, upTo most: Int, default value: Int
  ) throws -> Int {
    guard let text = string(key) else { return value }
    guard let number = Int(text), (1...most).contains(number) else {
      throw ValidationError("\(option) must be a whole number\(unit) from 1 to \(most): \(text)")
    }
    return number
  }
}

/// Options that several commands share.
struct DataOptions: ParsableArguments {
  @Option(help: "The data directory. Default: ./hindsight-data")
  var data: String?

  @Option(help: "A JSON file with options.")
  var config: String?

  static let defaultDirectory = "hindsight-data"

  func directory() async throws -> String {
    try await Settings(options: ["data": data], file: config)
      .string("data", default: Self.defaultDirectory)
  }
}

/// How to reach a running server.
struct ServerOptions: ParsableArguments {
  @Option(help: "The address of the running server. Default: http://127.0.0.1:8080")
  var server: String?

  @Option(
    help: ArgumentHelp(
      "A file with a Hindsight token. The variable HINDSIGHT_TOKEN can hold it instead.",
      valueName: "path"))
  var tokenFile: String?

  func client() async throws -> ServerClient {
    try await Self.client(server: server, tokenFile: tokenFile)
  }

  static func client(server: String?, tokenFile: String? = nil) async throws -> ServerClient {
    try client(
      try await Settings(options: ["server": server, "tokenFile": tokenFile], file: nil),
      tokenFile: tokenFile)
  }

  /// - Parameter tokenFile: what the command line names; it goes before the environment.
  static func client(_ settings: Settings, tokenFile: String?) throws -> ServerClient {
    let origin = settings.string("server", default: "http://127.0.0.1:8080")
    guard let scheme = URL(string: origin)?.scheme, ["http", "https"].contains(scheme) else {
      throw ValidationError(
        "--server must be an address such as http://127.0.0.1:8080: \(origin)")
    }
    let file = tokenFile ?? (settings.string("token") == nil ? settings.string("tokenFile") : nil)
    guard let token = try file.map(read) ?? settings.string("token") else {
      throw ValidationError(
        "This speaks to the server and needs a token: set HINDSIGHT_TOKEN or --token-file.")
    }
    return ServerClient(origin: origin, token: token)
  }

  private static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("The token file \(path) cannot be read.")
    }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
