import Commands
import Connections
import EventStore
import OktaAPI
import Sandbox
import Synchronization
import Vault

/// The next life on what a crash left: the program starts as it always does, shows that it works,
/// and everything is held against the promises.
struct Aftermath: Sendable {
  let directory: String
  let surroundings: Program.Surroundings
  let canary: String
  /// What else must stand in no file.
  var secrets: [String] = [SandboxOrganisation.adminToken]
  /// The first of them takes one more change.
  let apps: [AppID]

  func examine(_ witness: Witness, _ tellings: Tellings) async -> [BrokenPromise] {
    do {
      try await work(tellings)
      // And once more: what the first start mended must be mended on the disk, too.
      return try await look(witness, tellings)
    } catch {
      return [BrokenPromise(.comesBack, "\(error)")]
    }
  }

  private func work(_ tellings: Tellings) async throws {
    let program = try await Program.start(on: directory, in: surroundings)
    await program.commands.drain()
    let proof = Plan.Order(
      mark: "order-after", app: 0,
      operation: .update(baseURL: "https://scim.example/after", isBad: false, activate: true))
    tellings.note(await program.carryOut(proof, on: apps[0], canary: canary), proof.mark)
    await program.commands.drain()
  }

  private func look(_ witness: Witness, _ tellings: Tellings) async throws -> [BrokenPromise] {
    let program = try await Program.start(on: directory, in: surroundings)
    await program.commands.drain()
    let mine = Set(apps)
    let evidence = Evidence(
      calls: witness.calls(for: apps).compactMap {
        Evidence.Call($0, fingerprint: program.vault.fingerprint)
      }, told: tellings.all, rulings: tellings.rulings,
      events: try await program.journal.reader.events(EventSelection(limit: .max)).filter {
        $0.stream.appID.map(mine.contains) == true
      })
    return evidence.judge()
      + (try await Inspection(program: program, directory: directory).findings())
      + Canary([canary] + secrets).leaks(in: try Files.read(directory))
  }
}

/// What callers were told while somebody could hear it.
final class Tellings: Sendable {
  private let told = Mutex<[String: Evidence.Told]>([:])
  private let ruled = Mutex<Set<CommandID>>([])

  func noteRuling(on command: CommandID) { ruled.withLock { _ = $0.insert(command) } }
  var rulings: Set<CommandID> { ruled.withLock(\.self) }

  func note(_ answer: Evidence.Told, _ mark: String) { told.withLock { $0[mark] = answer } }
  var all: [String: Evidence.Told] { told.withLock(\.self) }
}
