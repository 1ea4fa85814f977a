import ArgumentParser
import Commands
import Connections
import EventStore
import Evidence
import Foundation
import Gateway
import Notary
import TransparencyLog
import Vault

/// What went wrong, said to people.
enum Failures {
  /// Runs a command and turns what it throws into one sentence on standard error and exit code 1.
  static func told(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch
      where error is JournalOpenFault || error is OtherOrganisation || error is LogExportFault
      || error is ProofFault || error is LogKeyFault || error is CheckpointFault
      || error is WitnessKeyFault || error is WitnessMemoryFault || error is ListenFault
    {
      throw Told("\(error)")
    } catch let error as CocoaError {
      throw Told(sentence(error))
    } catch let error as MasterKeyFault {
      throw Told(sentence(error))
    } catch let error as JournalFault {
      throw Told(sentence(error))
    } catch let error as UndecidedJournal {
      throw Told(
        """
        Hindsight ended itself: \(error.fault.description). What was being recorded may be there \
        or not; the next start reads what is, and marks what has no outcome as in doubt. Look at \
        the disk before you start it again.
        """)
    } catch let error as KeyringFault {
      throw Told(altered(error.name))
    } catch let error as WitnessedOtherwise {
      throw Told(
        """
        Hindsight ended itself: the witness \(error.witness) holds a checkpoint of this log, with \
        its own signature, that this journal did not grow out of: an older copy was restored, or \
        history was changed. Nothing more is recorded here. Both checkpoints:
        \(Disagreement(error.theirs, error.ours))
        """)
    } catch let error as HistoryChanged {
      throw Told(
        """
        Hindsight ended itself: over its first \(error.signed.size) events the journal no longer \
        gives the root \(error.signed.root.base64) that it signed. Somebody changed the file \
        below it. \
        Keep a copy of the directory as evidence and run `hindsight verify` on it.
        """)
    } catch let error as ValidationError {
      // Thrown once the command runs, it would bring the usage of the whole program with it.
      Output.note("Error: \(error.message)")
      throw ExitCode.validationFailure
    } catch let error as Gateway.InputFault {
      Output.note("Error: \(error.detail)")
      throw ExitCode.validationFailure
    } catch let error as ServerClient.Fault {
      throw Told(error.sentence)
    }
  }

  private struct Told: LocalizedError, CustomStringConvertible {
    let description: String
    var errorDescription: String? { description }
    init(_ description: String) { self.description = description }
  }

  private static func altered(_ key: String) -> String {
    """
    The sealed key `\(key)` in the journal does not open: it was altered. Nothing was changed. Run \
    `hindsight verify`, and restore the last good backup.
    """
  }

  private static func sentence(_ fault: CocoaError) -> String {
    let file = fault.filePath ?? fault.url?.path ?? "A file"
    let cause = (fault.underlying as? POSIXError).map {
      " (\(String(cString: strerror($0.code.rawValue))))"
    }
    return "\(file) cannot be read or written\(cause ?? ""). Check its directory, owner and mode."
  }

  private static func sentence(_ fault: JournalFault) -> String {
    switch fault {
    case .storage(let fault):
      "The journal did not answer: \(fault.description). `hindsight verify` tells what is whole."
    case .unreadable(let index, let fault):
      "The event \(index) cannot be read: \(fault). `hindsight verify` tells what is whole."
    case .conflict, .eventTooLarge: "The journal did not take it: \(fault)."
    }
  }

  static func sentence(_ fault: MasterKeyFault) -> String {
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
    case .commandFailed(let command, let status):
      """
      The program that prints the master key (`\(command)`) \
      \(status.map { "ended with status \($0)" } ?? "could not be run"). Nothing was changed.
      """
    case .rotationUnfinished(let newID):
      """
      A rotation to the master key \(newID) was begun and not finished. Nothing was changed. Run \
      `hindsight key rotate` again with the same two keys; it goes on where it stopped.
      """
    case .keyringAltered: altered("fingerprint")
    case .wrongKey(let expected, let found):
      """
      This is not the master key of this journal: it needs the key \(expected), and this is \
      \(found). Nothing was changed. Name the right one with --master-key-file or \
      HINDSIGHT_MASTER_KEY.
      """
    }
  }
}
