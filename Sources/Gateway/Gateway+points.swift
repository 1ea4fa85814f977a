import Commands
package import Connections
import Projections

extension Gateway {
  /// A time or the index of an event; what has not come or is not recorded is no point yet.
  func point(_ text: String?, _ name: String) async throws -> PointInHistory {
    let point = try Self.point(text, name, now: environment.now())
    try await mustBeRecorded(point, name)
    return point
  }

  func mustBeRecorded(_ point: PointInHistory?, _ name: String) async throws {
    guard case .index(let index) = point else { return }
    let size = try await views.size()
    guard index >= size else { return }
    let last = size == 0 ? "nothing is recorded yet" : "the last event has index \(size - 1)"
    throw InputFault(detail: "\(name) is index \(index), and \(last). Nothing was done.")
  }

  /// Whether one point certainly comes after another, also where one is a time and the other an
  /// index.
  func isInverted(_ from: PointInHistory, _ to: PointInHistory) async throws -> Bool {
    if case .time(let first) = from, case .time(let second) = to { return first > second }
    return try await views.resolve(from).size > views.resolve(to).size
  }

  /// A time or the index of an event; a time that has not come is none yet.
  static func point(_ text: String?, _ name: String, now: Instant) throws -> PointInHistory {
    guard let text, text.lowercased() != "now" else { return .now }
    if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let index = Int(text) {
      return .index(index)
    }
    guard let instant = loose(text) else {
      throw InputFault(
        detail: "\(name) must be a time (2026-11-23T07:52:00Z) or the index of an event: \(text)")
    }
    guard instant <= now else {
      throw InputFault(detail: "\(name) is in the future, of which nothing is known: \(text)")
    }
    return .time(instant)
  }

  /// As people write a time: with a blank for the `T`, to the day or the minute.
  package static func loose(_ text: String) -> Instant? {
    if let exact = Instant(text) { return exact }
    // A `+` of a zone that was not encoded arrives as a space.
    if let exact = Instant(String(text.map { $0 == " " ? "+" : $0 })) { return exact }
    var text = text.trimmedBlanks.replacing(" ", with: "T")
    if text.utf8.count == 10 { text += "T00:00:00" }
    if text.hasSuffix("Z") { text.removeLast() }
    if text.utf8.count == 16 { text += ":00" }
    return Instant(text + "Z") ?? Instant(text)
  }
}
