import ArgumentParser
import Commands
import Connections
import Foundation
import Hummingbird
import Logging
import Notary
import ServiceLifecycle
import TransparencyLog
import UnixSignals

struct WitnessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Cosigns the checkpoints of logs, on another machine than theirs.",
    discussion: """
      Speaks c2sp.org/tlog-witness. It has its own key and its own memory of each log, and puts \
      its name under nothing that did not grow out of what it saw before: with it, whoever \
      operates a log cannot rewrite it alone. Its data directory belongs to people other than \
      those who run the log. Prints `listening on http://HOST:PORT`, then its key.
      """)

  @Option(help: "The directory for its key and its memory.") var data = "hindsight-witness"

  @Option(help: "Its name, needed at the first start: witness.example.com/w1.") var name: String?

  @Option(help: "HOST:PORT to listen on; port 0 takes a free one.") var listen = "127.0.0.1:8082"

  @Option(
    name: .customLong("log"),
    help: .init(
      "The public key of a log that it cosigns, from `hindsight log key`. Repeatable.",
      valueName: "vkey"))
  var logs: [String]

  func run() async throws {
    try await Failures.told {
      let address = try ListenAddress(listen)
      try await address.mustBeFree()
      let keys = try logs.map { text in
        do throws(VerificationKeyFault) { return try VerificationKey(text) } catch {
          throw ValidationError("--log: \(error).")
        }
      }
      umask(0o077)
      let logger = ServeCommand.logger(.notice)
      let memory = try WitnessMemory(directory: data)
      for log in try memory.check(keys) {
        logger.notice(
          """
          nothing was seen of this log yet, so its first checkpoint is cosigned as it comes; a \
          witness that has cosigned it before has lost its memory
          """, metadata: ["log": "\(log.name)"])
      }
      let cosigner = try WitnessKey.cosigner(
        in: data + "/witness.key", name: name, random: CommandEnvironment.real.random,
        now: { UInt64(clamping: CommandEnvironment.real.now().epochSeconds) })
      let application = Application(
        responder: WitnessServer(Witness(cosigner, of: keys, memory: memory, logger: logger)),
        configuration: .init(address: .hostname(address.host, port: address.port)),
        onServerRunning: { channel in
          Output.line("listening on \(address.url(port: channel.localAddress?.port))")
          Output.line("key \(cosigner.key)")
        }, logger: logger)
      let configuration = ServiceGroupConfiguration(
        services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
      try await ServiceGroup(configuration: configuration).run()
    }
  }
}

/// A witness that the server asks, as the command line names it.
struct NamedWitness: Sendable {
  var url: String
  var key: VerificationKey

  /// `URL=VKEY`
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let url = URL(string: parts[0]),
      url.scheme == "http" || url.scheme == "https", url.host != nil
    else { throw ValidationError("--witness must be URL=VKEY: \(text)") }
    self.url = parts[0]
    do throws(VerificationKeyFault) { key = try VerificationKey(parts[1]) } catch {
      throw ValidationError("--witness \(parts[0]): \(error).")
    }
    guard key.algorithm == .ed25519Cosignature else {
      throw ValidationError("--witness \(parts[0]): this is the key of a log, not of a witness.")
    }
  }

  static func all(_ settings: Settings) throws -> [NamedWitness] {
    let all = try settings.list("witness").map { try NamedWitness($0) }
    guard Set(all.map(\.key)).count == all.count else {
      throw ValidationError("--witness names the same key twice. One witness counts once.")
    }
    return all
  }
}
