/// Which round of a seed: plan, what goes wrong, and at which boundary. Written `12.cut.45`.
package struct RoundName: Sendable, Hashable, Comparable, CustomStringConvertible {
  var plan: Int
  var kind: Mishap.Kind
  var boundary: Int

  init(plan: Int, kind: Mishap.Kind, boundary: Int) {
    self.plan = plan
    self.kind = kind
    self.boundary = boundary
  }

  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let plan = Int(parts[0]),
      let kind = Mishap.Kind(rawValue: "\(parts[1])"),
      let boundary = Int(parts[2]), plan >= 0, boundary >= 0
    else { return nil }
    self.init(plan: plan, kind: kind, boundary: boundary)
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.plan, left.boundary, left.kind.number) < (right.plan, right.boundary, right.kind.number)
  }

  package var description: String { "\(plan).\(kind.rawValue).\(boundary)" }
}
