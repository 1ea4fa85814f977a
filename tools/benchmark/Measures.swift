import Commands
import Connections
import EventStore
import Foundation

/// Seconds that a body takes.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try await body()
  let elapsed = clock.now - start
  return Double(elapsed.components.seconds)
    + Double(elapsed.components.attoseconds) / 1e18
}

func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

func percentile(_ values: [Double], _ part: Double) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}

/// A line of the table: what, how much, and the limit beside it.
func row(_ what: String, _ figure: String, _ limit: String = "") {
  func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
  print(padded(what, 52) + padded(figure, 24) + limit)
  fflush(nil)
}

func number(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }

/// The most memory that this process ever held, in MiB.
func peakMegabytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 } ?? 0
}

/// A directory that is gone afterwards.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
  let path = FileManager.default.temporaryDirectory.appending(
    path: "hindsight-bench-\(UUID().uuidString)"
  ).path()
  defer { try? FileManager.default.removeItem(atPath: path) }
  try await body(path)
}

/// Commands as they are recorded, in pairs of intent and outcome.
struct MadeHistory {
  private var counter: UInt64 = 0
  private var now = Instant(microseconds: 1_790_000_000_000_000)
  private let actor = ActorIdentity(
    kind: .token, id: "01a207a0-7500-7e48-9aad-716505e00ddf", display: "terraform",
    roles: [.operator], sourceAddress: "192.0.2.7", userAgent: "okta-terraform/6.12.0")

  mutating func id() -> UUIDv7 {
    counter += 1
    var value = counter &* 0x9E37_79B9_7F4A_7C15
    let bytes = (0..<10).map { _ in
      value ^= value << 13
      value ^= value >> 7
      return UInt8(truncatingIfNeeded: value >> 24)
    }
    return UUIDv7(instant: now, random: bytes)
  }

  /// The intent and the outcome of one update.
  mutating func command(_ number: Int) -> [EventDraft] {
    now = Instant(microseconds: now.microseconds + 997)
    let before = ConnectionState(status: "DISABLED", authScheme: "TOKEN")
    let after = ConnectionState(
      status: number.isMultiple(of: 2) ? "ENABLED" : "DISABLED", authScheme: "TOKEN",
      baseURL: "https://scim.example/\(number % 97)")
    let context = EventContext(
      actor: actor, commandID: id(), reason: "rotation \(number)", ticket: "CHG-\(number)")
    let content = UpdateContent(
      authScheme: "TOKEN", baseURL: after.baseURL, activate: after.isEnabled)
    let intent = Intent(
      before: Reading(source: .journal, state: before, readAt: now), command: .update(content),
      expectedVersion: 0)
    let call = CallRecord(
      status: 200, requestID: "86bfddb90b4feb966dac18316ff5b426",
      rateLimit: RateLimit(limit: 600, remaining: 599, resetEpochSeconds: 1_790_000_060),
      durationMicroseconds: 2_800_000)
    let outcome = Outcome(call: call, after: Reading(source: .answer, state: after, readAt: now))
    return [
      EventDraft(id: id(), recordedAt: now, context: context, payload: .intended(intent)),
      EventDraft(id: id(), recordedAt: now, context: context, payload: .succeeded(outcome)),
    ]
  }

  static func app(_ number: Int) -> AppID {
    guard let app = AppID("0oaLOAD" + String(format: "%013d", number)) else {
      preconditionFailure("digits are an app id")
    }
    return app
  }
}

extension CommandEnvironment {
  static let benchmark = CommandEnvironment(
    now: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Instant(
        microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    },
    random: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } },
    sleep: { try await Task.sleep(for: $0) })

  var newIdentity: @Sendable () -> JournalIdentity {
    { JournalIdentity(id: newID(), createdAt: now()) }
  }
}
