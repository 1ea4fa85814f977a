import Commands
import Connections
import EventStore
import Foundation
import Logging
import Projections
import ServiceLifecycle

/// Keeps a mark of the last moment at which Hindsight was seen running, so that the next start can
/// say from when on nobody watched.
///
/// The mark is a file beside the journal and proves nothing by itself: what the next start makes of
/// it is an event. Without the file the journal's last event is such a moment, too.
struct Lookout: Service {
  let directory: String
  let now: @Sendable () -> Instant

  private static let secondsBetweenMarks: Int64 = 10
  private var path: String { directory + "/last-seen" }

  /// The last moment at which somebody certainly watched. Where no server has ever run that is the
  /// beginning of the journal; `nil` where there is nothing in it.
  func lastSeen(in reader: some JournalReader) async throws(JournalFault) -> Instant? {
    let size = try await reader.head().size
    guard size > 0 else { return nil }
    let text = FileManager.default.contents(atPath: path)
      .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
    if let marked = text.flatMap({ Instant($0) }), marked <= now() { return marked }
    let hasServed = try await reader.version(of: .organisation) > 0
    do throws(JournalFault) {
      let place = EventSelection(after: hasServed ? size - 2 : nil, limit: 1)
      return try await reader.events(place).first?.recordedAt
    } catch {
      // It is told of where its connection is; here its time alone is missed.
      guard case .unreadable = error else { throw error }
      return nil
    }
  }

  /// Shorter than that the marks do not tell.
  func isLong(since seen: Instant) -> Bool {
    now().epochSeconds - seen.epochSeconds >= Self.secondsBetweenMarks
  }

  func run() async throws {
    mark()
    defer { mark() }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(Self.secondsBetweenMarks))
        mark()
      }
    }
  }

  private func mark() {
    try? Data((now().description + "\n").utf8).write(
      to: URL(fileURLWithPath: path), options: .atomic)
  }
}

/// Learns how apps are called: those without a label soon, all of them now and then. One call at a
/// time and none in a hurry, for the rate budget belongs to the callers.
struct LabelService: Service {
  let labels: AppLabels
  let views: ConnectionViews
  let logger: Logger

  private static let settling = Duration.seconds(8)
  private static let pause = Duration.seconds(3)
  private static let secondsBetweenRounds = 3_600

  func run() async throws {
    await cancelWhenGracefulShutdown {
      // Whoever has just started has better things to ask Okta.
      try? await Task.sleep(for: Self.settling)
      var sinceRound = 0
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.pause)
        sinceRound += Int(Self.pause.components.seconds)
        do {
          let apps = try await views.summaries().keys.sorted()
          let isRound = sinceRound >= Self.secondsBetweenRounds
          if isRound {
            sinceRound = 0
            await labels.beginRound()
          }
          for app in apps where !Task.isCancelled {
            let isSettled = await labels.isSettled(app)
            guard !isSettled || isRound else { continue }
            try await labels.refresh(app)
            try? await Task.sleep(for: Self.pause)
          }
        } catch {
          // A read that was given up at the end says so in words of its own.
          guard !Task.isCancelled else { return }
          logger.warning("labels of apps could not be recorded", metadata: ["fault": "\(error)"])
        }
      }
    }
  }
}

/// Follows the journal with the views, and gathers the texts that are searched, from the start on:
/// nobody who opens a page waits for it.
struct ViewsService: Service {
  let views: ConnectionViews
  let logger: Logger

  private static let pause = Duration.seconds(5)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var told = ""
      while !Task.isCancelled {
        do {
          try await views.gatherTexts()
          told = ""
        } catch {
          guard !Task.isCancelled else { return }
          // Once for each trouble, however long it lasts.
          if told != "\(error)" {
            logger.warning(
              "the views do not follow the journal, so the search finds nothing newer",
              metadata: ["fault": "\(error)"])
          }
          told = "\(error)"
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }
}

/// Says in the log that the server is told to end, and what it waits for. It stands last among the
/// services, for they are told in the order from the last to the first.
struct Farewell: Service {
  let commands: CommandHandler
  let logger: Logger

  func run() async throws {
    try await gracefulShutdown()
    let count = await commands.underWay
    logger.notice(
      count == 0
        ? "ending: no more requests are taken"
        : """
        ending: no more requests are taken, and what is under way comes to its end first. If it is \
        cut instead, the next start finds it in doubt.
        """, metadata: count == 0 ? [:] : ["underWay": "\(count)"])
  }
}
