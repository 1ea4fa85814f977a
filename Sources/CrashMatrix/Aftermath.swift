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
  /// Orders with a key of the caller's own: each is asked for once more.
  var repeated: [Plan.Order] = []

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
    for report in try await program.resumeRollbacks(of: apps) { tellings.note(report) }
    await program.commands.drain()
    for order in repeated {
      let again = order.again("after")
      tellings.noteKey(of: again)
      let told = await program.carryOut(again, on: apps[again.app], canary: canary)
      tellings.note(told, again.name)
      await program.commands.drain()
    }
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
      }, told: tellings.all, rulings: tellings.rulings, rollbacks: tellings.rollbacks,
      shredded: tellings.shredded, holds: tellings.holds, keys: tellings.keys,
      events: try await program.journal.reader.events(EventSelection(limit: .max)).filter {
        $0.stream == .secrets || $0.stream.appID.map(mine.contains) == true
      })
    return evidence.judge()
      + (try await shredded(tellings, program))
      + (try await Inspection(program: program, directory: directory).findings())
      + Canary([canary] + secrets).leaks(in: try Files.read(directory))
  }

  /// Of what was told as shredded nothing is left, in any file: each start sees to it.
  private func shredded(
    _ tellings: Tellings, _ program: Program
  ) async throws -> [BrokenPromise] {
    var broken: [BrokenPromise] = []
    for id in tellings.shredded where try await program.journal.reader.sealedSecret(id) != nil {
      broken.append(BrokenPromise(.shredding, "\(id) was told as shredded, and its key is there"))
    }
    let files = Canary(bytes: tellings.shreddedKeys).finds(in: try Files.read(directory))
    return broken
      + files.map { BrokenPromise(.shredding, "the key of a shredded secret is left in \($0)") }
  }
}
