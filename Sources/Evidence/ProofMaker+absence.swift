package import Connections
import EventStore
import TransparencyLog

extension ProofMaker {
  /// The most entries of others that a proof shows where nothing later closes the gap.
  package static let longestTail = 20_000

  /// That nothing but what the proof shows happened to a connection in a range of indexes.
  ///
  /// - Parameter range: up to the size of the last checkpoint where its end is `nil`.
  package func absence(of appID: AppID, from: Int, to: Int?) async throws -> AbsenceProof {
    guard let checkpoint = try await reader.lastCheckpoint() else {
      throw LogExportFault.nothingSigned
    }
    let size = checkpoint.size
    let to = to ?? size
    guard 0 <= from, from <= to, to <= size else {
      throw ProofFault.noRange(from: from, to: to, signed: size)
    }
    let events = try await reader.events(
      EventSelection(appID: appID, after: from - 1, limit: .max)
    ).filter { $0.index < size }
    let within = events.prefix { $0.index < to }
    let shown = events.prefix(within.count + 1)
    var links: [AbsenceProof.Link] = []
    for event in shown {
      guard let proof = try await reader.inclusionProof(of: event.index, in: size) else {
        throw ProofFault.notSigned(index: event.index, signed: size)
      }
      links.append(
        AbsenceProof.Link(
          index: event.index, entry: event.canonicalBytes, hashes: proof.hashes))
    }
    let isClosed = shown.count > within.count || from == to
    let tail = isClosed ? nil : try await tail(after: within.last?.index, from: from, size)
    return AbsenceProof(
      of: appID, from..<to, links: links, tail: tail, checkpoint: checkpoint.note)
  }

  private func tail(
    after last: Int?, from: Int, _ size: Int
  ) async throws -> AbsenceProof.Tail {
    let start = max(from, last.map { $0 + 1 } ?? 0)
    guard size - start <= Self.longestTail else {
      throw ProofFault.longTail(entries: size - start)
    }
    return AbsenceProof.Tail(
      from: start, peaks: try await reader.peaks(ofFirst: start) ?? [],
      entries: try await reader.bodies(start..<size))
  }
}
