/// Why a recorded event cannot be read. Whoever folds stops at it; nothing is skipped.
package enum EventFault: Error, Hashable, Sendable {
  /// Not the canonical form of any version that this program knows.
  case malformed(offset: Int, expected: String)
  /// Written by a newer program, or not by ours.
  case unknownType(String, schema: Int)
  /// A word of a closed set that this program does not know.
  case unknownWord(field: String, word: String)
  /// The event does not follow the one before it in its stream.
  case outOfOrder(expectedVersion: Int, foundVersion: Int)
  /// An outcome of a command that was never intended, or that already has one.
  case outcomeWithoutIntent(commandID: String)
}

extension EventFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let offset, let expected):
      "the body is not canonical at byte \(offset): expected \(expected)"
    case .unknownType(let type, let schema):
      "the type \(type) in schema \(schema) is not known to this version of Hindsight"
    case .unknownWord(let field, let word):
      "the word \"\(word)\" in the field \(field) is not known to this version of Hindsight"
    case .outOfOrder(let expected, let found):
      "stream version \(found) stands where \(expected) was due"
    case .outcomeWithoutIntent(let command):
      "an outcome of command \(command) stands where no intent of it is open"
    }
  }
}
