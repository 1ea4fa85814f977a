import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Vault

/// What went wrong, said to people.
enum Failures {
  /// Runs a command and turns what it throws into one sentence on standard error and exit code 1.
  static func told(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as JournalOpenFault {
      throw Told("\(error)")
    } catch let error as MasterKeyFault {
      throw Told(sentence(error))
    } catch let error as JournalFault {
    } catch let error as OtherOrganisation {
      throw Told("\(error)")
      throw Told("The journal did not answer: \(error)")
    } catch let error as UndecidedJournal {
      throw Told(
        """
        Hindsight ended itself: \(error.fault.description). What was being recorded may be there \
        or not; the next start reads what is, and marks what has no outcome as in doubt. Look at \
        the disk before you start it again.
        """)
    } catch let error as ServerClient.Fault {
      throw Told(error.sentence)
    }
  }

  private struct Told: LocalizedError, CustomStringConvertible {
    let description: String
    var errorDescription: String? { description }
    init(_ description: String) { self.description = description }
  }

  private static func sentence(_ fault: MasterKeyFault) -> String {
    switch fault {
    case .missing(let path):
      """
      The master key \(path) is not there, and this journal was sealed with one. Nothing was \
      changed. Put the key back, or name it with --master-key-file or HINDSIGHT_MASTER_KEY.
      """
    case .readableByOthers(let path, let mode):
      """
      The master key \(path) has mode \(String(mode, radix: 8)): others can read it. Nothing was \
      changed. Run `chmod 600 \(path)`, and consider it known to whoever could read it.
      """
    case .unreadable(let path): "The master key \(path) cannot be read. Nothing was changed."
    case .malformed(let source):
      "The master key in \(source) is not 64 hexadecimal digits. Nothing was changed."
    case .cannotCreate(let path, let code):
      """
      The master key \(path) cannot be made (\(String(cString: strerror(code)))). Nothing was \
      changed.
      """
    case .wrongKey(let expected, let found):
      """
      This is not the master key of this journal: it needs the key \(expected), and this is \
      \(found). Nothing was changed. Name the right one with --master-key-file or \
      HINDSIGHT_MASTER_KEY.
      """
    }
  }
}
