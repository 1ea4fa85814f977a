package import Logging
import Synchronization

/// Keeps what is written to a log, each entry as one line: level, message, figures by name.
package final class LogBook: Sendable {
  private let written = Mutex<[String]>([])

  package init() {}

  package var lines: [String] { written.withLock { $0 } }

  package var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

  private struct Handler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let figures = (event.metadata ?? [:]).sorted { $0.key < $1.key }
        .map { " \($0.key)=\($0.value)" }.joined()
      book.written.withLock { $0.append("\(event.level): \(event.message)\(figures)") }
    }
  }
}
