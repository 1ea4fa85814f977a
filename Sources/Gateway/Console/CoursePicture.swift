import Connections
import Projections

/// The course of a command in time: the intent on disk, the call, the outcome on disk, the answer.
struct CoursePicture {
  private let intended: Event
  private let ended: Event
  private let call: CallRecord
  private let readAt: Instant?

  /// `nil` for what has no intent or no outcome yet.
  init?(_ item: HistoryItem, _ events: [Event]) {
    guard let intent = events.first(where: { $0.payload.kind == .intended }),
      let end = events.first(where: { $0.payload.kind.isOutcome }), let call = item.outcome?.call
    else { return nil }
    (intended, ended, self.call) = (intent, end, call)
    readAt = item.intent?.before.source == .get ? item.intent?.before.readAt : nil
  }

  var markup: Markup {
    """
    <div class="wide"><svg class="fit" viewBox="0 0 952 134" role="img" aria-label="\(sentence)">\
    \(draw(width: 952, left: 86, isWide: true))</svg></div><div class="narrow">\
    <svg viewBox="0 0 358 134" role="img" aria-label="\(sentence)">\
    \(draw(width: 358, left: 62, isWide: false))</svg></div>
    """
  }

  private var sentence: String {
    let took = call.durationMicroseconds.map { "after \(ChangeView.duration($0))" } ?? ""
    let answer =
      call.status.map { "Okta answered \($0) \(took)" } ?? "no telling answer came \(took)"
    return """
      The intent was durable, then the request was sent; \(answer), the outcome was durable, and \
      only then the caller was answered
      """
  }

  private func draw(width: Double, left: Double, isWide: Bool) -> Markup {
    let begin = readAt.map { min($0, intended.recordedAt) } ?? intended.recordedAt
    let span = max(1_000, ended.recordedAt.microseconds - begin.microseconds)
    let right = width - 12
    let inner = (from: left + 24, to: right - 30)
    func x(_ moment: Int64) -> Double {
      inner.from
        + Double(moment - begin.microseconds) / Double(span) * (inner.to - inner.from)
    }
    let intent = x(intended.recordedAt.microseconds)
    let end = x(ended.recordedAt.microseconds)
    var out = Markup.nothing
    for (name, y) in [("Caller", 30.0), ("Hindsight", 62.0), ("Okta", 94.0)] {
      out += """
        <text class="rowname" x="\(isWide ? 12.0 : 6.0)" y="\(y + 4)">\(name)</text>\
        <path class="gm" d="M\(left) \(y)H\(right)"/>
        """
    }
    out += "<path class=\"gm\" d=\"M\(intent) 14V112\"/><path class=\"g\" d=\"M\(end) 14V112\"/>"
    let total = ChangeView.duration(Int(span))
    let took = Int(ended.recordedAt.microseconds - intended.recordedAt.microseconds)
    out += """
      <text x="\(intent)" y="126" text-anchor="middle">intent</text>\
      <text x="\(end)" y="126" text-anchor="middle">\
      +\(ChangeView.duration(took))\
      </text>\
      <rect class="b-wait" x="\(inner.from - 8)" y="24" width="\(inner.to - inner.from + 24)" \
      height="12"/><text class="t-ink" x="\(inner.from)" y="34">waits \(total)\
      \(isWide ? " for its answer" : "")</text>
      """
    if readAt != nil, intent - inner.from > 40 {
      out += """
        <rect class="b-sealed" x="\(inner.from)" y="88" width="\(intent - inner.from - 6)" \
        height="12"/><text class="t-ink" x="\(inner.from + 5)" y="98">GET</text>
        """
    }
    out += callBar(intent, end, isWide: isWide)
    for (event, place, anchor) in [(intended, intent, "start"), (ended, end, "end")] {
      let text =
        isWide
        ? "\(event.payload.kind.rawValue.split(separator: ".").last ?? "") \(event.index), on disk"
        : "\(event.index)"
      let label = anchor == "start" ? place + 8 : place - 8
      out += """
        <circle class="m-done" cx="\(place)" cy="62" r="4.5"/><text class="t-ink" x="\(label)" \
        y="54" text-anchor="\(anchor)">\(text)</text>
        """
    }
    return out
  }

  private func callBar(_ intent: Double, _ end: Double, isWide: Bool) -> Markup {
    guard ended.payload.kind != .notSent else {
      return "<text class=\"t-ink\" x=\"\(intent + 8)\" y=\"98\">nothing was sent</text>"
    }
    let width = max(3, end - intent - 4)
    let isDoubt = ended.payload.kind == .inDoubt
    let text = call.status.map { "POST \($0)" } ?? "sent, and no telling answer came"
    let style: Markup = isDoubt ? "b-doubt" : "b-token"
    let chip: Markup =
      isDoubt && width > 70
      ? """
      <rect class="chip" x="\(intent + 4)" y="89" width="\(Double(text.count) * 5.6 + 8)" \
      height="10"/>
      """ : ""
    let lettering: Markup =
      width > 70
      ? """
      <text class="\(isDoubt ? "t-ink" : "t-token")" x="\(intent + 7)" y="98">\(text)\
      </text>
      """ : ""
    return """
      <rect class="\(style)" x="\(intent + 1)" y="88" width="\(width)" height="12"/>\(chip)\
      \(lettering)\
      <path class="needle" stroke-dasharray="2 2" d="M\(intent) 67V87"/>
      """
  }
}
