import Commands
import Connections
import Evidence
import HTTPTypes
import Hummingbird
import OktaAPI
import Projections

/// Whether the journal is whole, who says so, and when nobody was watching.
extension Gateway {
  func logPage(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    let end = try await views.journalEnd()
    let now = environment.now()
    var model = frame(
      .log, visitor, title: "Log", here: request.target, trueAt: TrueAt(size: end.size))
    let note = try await log?.checkpoint().map { String(decoding: $0, as: UTF8.self) }
    let state = verifications?.state ?? .none
    model.merge([
      "headline": Self.headline(state, end.size), "size": end.size, "root": end.root,
      "state": Self.told(state, size: end.size), "checkpoint": note as Any,
      "mayVerify": verifications != nil,
    ]) { $1 }
    if case .ended(let result, let at, let seconds) = state {
      model["isVerified"] = true
      model["verified"] = Self.facts(result, at, seconds)
      if !result.findings.isEmpty { model["notices"] = Self.notice(result) }
    }
    let signed = note?.split(separator: "\n").dropFirst().first.flatMap { Int($0) }
    if let signed {
      let later = end.size - signed
      model["behind"] =
        later <= 0
        ? "It signs every event."
        : "\(Signs.count(later, "event", "events")) came after it and go into the next one."
    }
    let witnesses = try await log?.witnessStandings() ?? []
    model["hasWitnesses"] = !witnesses.isEmpty
    model["witnesses"] = witnesses.map { Self.row($0, signed: signed ?? 0) }.joined()
    model["witnessLine"] = Self.line(witnesses, needed: log?.witnessQuorum ?? 0, signed)
    model.merge(try await coverage(end.size, now)) { $1 }
    var response = Pages.response("log", model)
    // Progress without a script: the page asks again by itself while a check runs.
    if case .running = state { response.headers[.refresh] = "1" }
    return response
  }

  func verifyNow() -> Response {
    verifications?.begin()
    return Self.redirect(to: "/hindsight/log")
  }

  private static func headline(_ state: Verifications.State, _ size: Int) -> String {
    switch state {
    case .none: "The journal has \(Signs.count(size, "event", "events"))"
    case .running: "The journal is being checked"
    case .ended(let result, _, _):
      result.findings.isEmpty
        ? "The journal is whole up to index \(result.size - 1)"
        : "The journal is not whole: \(Signs.count(result.findings.count, "finding", "findings"))"
    case .failed: "The journal could not be checked"
    }
  }

  private static func told(_ state: Verifications.State, size: Int) -> Markup {
    switch state {
    case .none: return "<span>Not checked since the server started.</span>"
    case .running(_, let checked):
      return """
        <span role="status">\(checked) of \(size) events</span>\
        <progress max="\(size)" value="\(checked)" aria-label="Verification">\(checked) of \(size)\
        </progress>
        """
    case .ended(let result, let at, let seconds):
      let badge =
        result.findings.isEmpty
        ? Signs.badge("on", "done", "Verified") : Signs.badge("refused", "refused", "Not sound")
      return "\(badge)<span>\(Signs.time(at)), every byte, in \(max(1, seconds)) s</span>"
    case .failed(let at):
      return "<span>\(Signs.time(at)): the journal did not answer; see the server's log.</span>"
    }
  }

  private static func facts(
    _ result: Verifications.Result, _ at: Instant, _ seconds: Int
  ) -> [[String: Any]] {
    var facts: [(String, Markup)] = [
      ("Events", "\(result.size) re-hashed"),
      ("Root", "<span class=\"hash\">\(result.root)</span>"),
      ("Findings", result.findings.isEmpty ? "none" : "\(result.findings.count)"),
    ]
    for text in result.omissions { facts.append(("Not looked into", "\(text)")) }
    return facts.map { ["name": $0.0, "value": $0.1] }
  }

  private static func notice(_ result: Verifications.Result) -> Markup {
    let list = result.findings.prefix(20).map { "<li>\($0)</li>" as Markup }.joined()
    return Pages.callout(
      "no", "refused", "What is recorded does not agree with itself.",
      "Stop, keep a copy, and look at each: <ul class=\"points\">\(list)</ul>")
  }

  /// How many stand behind the last checkpoint, and whether they are enough.
  private static func line(
    _ witnesses: [PublishedLog.WitnessStanding], needed: Int, _ signed: Int?
  ) -> String {
    let asked = witnesses.filter(\.isAsked)
    guard let signed, !asked.isEmpty else { return "others that remember what was signed" }
    let count = asked.count { $0.size == signed }
    let all = Signs.count(asked.count, "witness", "witnesses")
    return "\(count) of \(all) cosigned the last checkpoint; \(needed) needed"
  }

  private static func row(_ witness: PublishedLog.WitnessStanding, signed: Int) -> Markup {
    let spoken: Markup = witness.at.map { Signs.time($0) } ?? "not lately"
    let seen: Markup = witness.size.map { "\($0)" } ?? Signs.empty
    let behind = witness.size.map { max(0, signed - $0) }
    let sign: Markup =
      switch (witness.isAsked, behind) {
      case (false, _): Signs.badge("off", "off", "Not asked now")
      case (true, 0?): Signs.badge("on", "done", "Cosigned the last checkpoint")
      case (true, let behind?):
        Signs.badge("age", "age", "\(Signs.count(behind, "event", "events")) behind it")
      case (true, nil): Signs.badge("notsent", "notsent", "Has not cosigned")
      }
    return """
      <tr><td data-label="Witness"><span class="strong">\(witness.name)</span></td>\
      <td data-label="Standing">\(sign)</td><td data-label="Cosigned the first">\(seen)</td>\
      <td data-label="At, by its clock">\(spoken)</td></tr>

      """
  }

  // MARK: - Coverage

  private func coverage(_ size: Int, _ now: Instant) async throws -> [String: Any] {
    let gaps = try await views.gaps(size: size)
    let first = try await views.event(at: 0)?.recordedAt
    guard let first else { return ["coverageLine": "nothing is recorded yet"] }
    let lost = gaps.reduce(Int64(0)) { sum, gap in
      sum + ((gap.to ?? now).microseconds - gap.from.microseconds)
    }
    let whole = max(1, now.microseconds - first.microseconds)
    let share = Double(max(0, whole - lost)) / Double(whole) * 100
    let hundredths = Int((share * 100).rounded(.down))
    let line = """
      watched \(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) % of the \
      time since \(Signs.second(first))
      """
    let rows = gaps.reversed().prefix(50).map { Self.row($0, now) }.joined()
    return [
      "coverageLine": line, "hasGaps": !gaps.isEmpty, "gaps": rows,
      "coverage": CoveragePicture(gaps: gaps, from: first, now: now).markup,
    ]
  }

  private static func row(_ gap: WatchGap, _ now: Instant) -> Markup {
    """
    <tr><td data-label="From">\(Signs.time(gap.from))</td><td data-label="To">\
    \(gap.to.map { Signs.time($0) } ?? "until now")</td><td data-label="Length" class="num">\
    \(Signs.span(from: gap.from, to: gap.to ?? now))</td><td data-label="Cause">\(gap.cause.said)\
    <span class="under">\(gap.detail ?? "")</span></td></tr>

    """
  }
}

extension WatchGap.Cause {
  var said: String {
    switch self {
    case .hindsightDown: "Hindsight was down"
    case .oktaUnreachable: "Okta could not be reached"
    }
  }
}

/// Two unbroken bands, but for the gaps.
struct CoveragePicture {
  var gaps: [WatchGap]
  var from: Instant
  var now: Instant

  var markup: Markup {
    """
    <figure class="picture"><div class="wide"><svg viewBox="0 0 1360 94" role="img" \
    aria-label="\(sentence)">\(draw(TimeScale(from: from, to: now, left: 86, right: 1354), true))\
    </svg></div><div class="narrow"><svg viewBox="0 0 358 112" role="img" aria-label="\(sentence)">\
    \(draw(TimeScale(from: from, to: now, left: 8, right: 352), false))</svg></div></figure>
    """
  }

  private var sentence: String {
    "Coverage since \(Signs.day(from)): \(Signs.count(gaps.count, "gap", "gaps"))"
      + (gaps.isEmpty ? "" : ", listed below")
  }

  private func draw(_ scale: TimeScale, _ isWide: Bool) -> Markup {
    var out = Markup.nothing
    // On a narrow page the names stand above their bands.
    let (first, second, foot) = isWide ? (16.0, 46.0, 72.0) : (26.0, 64.0, 90.0)
    for tick in scale.ticks where tick.label != nil && tick.x < scale.right - 40 {
      out += """
        <path class="gm" d="M\(tick.x) 8V\(foot + 2)"/>\
        <text x="\(tick.x + 4)" y="\(foot + 14)">\(tick.label ?? "")\
        </text>
        """
    }
    let rows: [(String, Double, WatchGap.Cause)] = [
      ("Hindsight", first, .hindsightDown), ("Okta", second, .oktaUnreachable),
    ]
    for (name, y, cause) in rows {
      out += """
        <text class="rowname" x="\(isWide ? 12.0 : 8.0)" y="\(isWide ? y + 14 : y - 7)">\(name)\
        </text><rect class="b-sealed" x="\(scale.left)" y="\(y)" \
        width="\(scale.right - scale.left)" height="18"/>
        """
      for gap in gaps where gap.cause == cause {
        let start = scale.x(gap.from)
        let width = max(4, scale.x(gap.to ?? now) - start)
        out += """
          <g><rect class="gap-edge" x="\(min(start, scale.right - width))" y="\(y - 3)" \
          width="\(width)" height="24"/><title>\(gap.cause.said), \(Signs.second(gap.from)) to \
          \(gap.to.map(Signs.second) ?? "now")</title></g>
          """
      }
    }
    return out + "<path class=\"axis\" d=\"M\(scale.left) \(foot)H\(scale.right)\"/>"
  }
}
