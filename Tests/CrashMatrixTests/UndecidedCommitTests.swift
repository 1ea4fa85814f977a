import Connections
import EventStore
import Fixtures
import Testing

@testable import CrashMatrix

/// The disk fails once and is well again; what the journal then does depends on what it can know.
@Suite struct `A disk that fails once` {
  private let life = StillLife()

  private func append(
    to journal: SQLiteJournal
  ) async -> Result<Int, JournalFault> {
    do throws(JournalFault) {
      let draft = EventDraft(
        id: life.newID(), recordedAt: life.now, context: EventContext(actor: .anna),
        payload: .tokenRevoked(tokenID: life.newID()))
      return .success(
        try await journal.writer.append(AppendBatch(to: .access, at: .any, [draft]))[0].index)
    } catch { return .failure(error) }
  }

  private func isUndecided(_ answer: Result<Int, JournalFault>) -> Bool {
    guard case .failure(.storage(let fault)) = answer else { return false }
    return fault.description.contains("could not be synced")
  }

  /// SQLite goes on without a log then, and a power cut may undo what was answered.
  @Test func `leaves no journal open that is not in WAL mode`() async throws {
    let directory = try TemporaryDirectory()
    let disks = try DiskVFS.install()
    var opened = 0
    for boundary in 1...120 {
      let path = try Files.make(directory.path + "/\(boundary)")
      let disk = SimulatedDisk(
        directory: path, contents: [:], mishap: Mishap(kind: .io, boundary: boundary),
        dice: Dice(seed: UInt64(boundary)))
      disks.add(disk)
      defer { disks.remove(disk) }
      let journal = try? SQLiteJournal.open(
        directory: path,
        newIdentity: { [life] in JournalIdentity(id: life.newID(), createdAt: life.now) })
      guard journal != nil else { continue }
      opened += 1
      // SQLite file format, section 1.3: the version by which the file is written and read.
      let versions = try Files.read(path)[SQLiteJournal.fileName]?[18...19]
      #expect(versions == [2, 2], "\(boundary)")
    }
    #expect(opened > 0)
  }

  @Test func `is forgiven, unless it failed to sync a commit`() async throws {
    let directory = try TemporaryDirectory()
    let disks = try DiskVFS.install()
    var undecided = 0
    var forgiven = 0
    // Opening a new journal takes the first hundred and more.
    for boundary in 1...400 {
      let path = try Files.make(directory.path + "/\(boundary)")
      let disk = SimulatedDisk(
        directory: path, contents: [:], mishap: Mishap(kind: .io, boundary: boundary),
        dice: Dice(seed: UInt64(boundary)))
      disks.add(disk)
      defer { disks.remove(disk) }
      guard
        let journal = try? SQLiteJournal.open(
          directory: path,
          newIdentity: { [life] in JournalIdentity(id: life.newID(), createdAt: life.now) })
      else { continue }
      let answers = await [
        append(to: journal), append(to: journal), append(to: journal),
      ]
      guard let failed = answers.firstIndex(where: { (try? $0.get()) == nil }) else { continue }
      let later = answers[(failed + 1)...]
      if isUndecided(answers[failed]) {
        undecided += 1
        // Well or not, nothing is added to what nobody knows, and somebody is told to end it all.
        #expect(later.allSatisfy(isUndecided))
        var told = journal.writer.undecidedCommits.makeAsyncIterator()
        #expect(await told.next()?.description.contains("could not be synced") == true)
        await #expect(throws: JournalFault.self) { try await journal.writer.check() }
      } else {
        forgiven += 1
        #expect(later.compactMap { try? $0.get() }.count == later.count, "\(boundary)")
      }
    }
    #expect(undecided > 0 && forgiven > 0)
  }
}
