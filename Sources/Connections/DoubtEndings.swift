/// How the doubts of a stream ended, each by what told it.
struct DoubtEndings {
  private var events: [CommandID: Event] = [:]

  init(in stream: [Event]) {
    for event in stream {
      if case .resolved = event.payload, let id = event.context.commandID { events[id] = event }
    }
  }

  subscript(command: CommandID) -> (resolution: Resolution, event: Event)? {
    guard let event = events[command], case .resolved(let resolution) = event.payload else {
      return nil
    }
    return (resolution, event)
  }
}

extension Connection {
  /// The connection at this point, by what was learnt later of the commands that were in doubt. A
  /// state that was read later is none of this point.
  func knowing(_ endings: DoubtEndings) throws(EventFault) -> Connection {
    var connection = self
    for doubt in doubts {
      guard let (resolution, ending) = endings[doubt.commandID],
        resolution.verdict != .superseded
      else { continue }
      var event = ending
      (event.streamVersion, event.index) = (version, lastIndex ?? event.index)
      try connection.resolve(Resolution(verdict: resolution.verdict, isRuling: true), event)
    }
    return connection
  }
}
