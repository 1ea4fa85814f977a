extension [Int] {
  /// Indexes of events, in their order: `57–58, 81`.
  package var ranges: String {
    var runs: [ClosedRange<Int>] = []
    for index in self {
      if let last = runs.last, index == last.upperBound + 1 {
        runs[runs.count - 1] = last.lowerBound...index
      } else {
        runs.append(index...index)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
      .joined(separator: ", ")
  }
}
