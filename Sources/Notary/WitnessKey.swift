import Foundation
package import TransparencyLog

/// The key of a witness in a file of its own, in the form that other tools of signed notes read:
/// `PRIVATE+KEY+NAME+ID+BASE64`.
package enum WitnessKey {
  private static let prefix = "PRIVATE+KEY+"

  /// Opens the key in a file, or makes it.
  ///
  /// - Parameter name: the witness's name, needed once.
  package static func cosigner(
    in path: String, name: String?, random: (Int) -> [UInt8],
    now: @escaping @Sendable () -> UInt64
  ) throws -> Cosigner {
    guard let data = FileManager.default.contents(atPath: path) else {
      guard let name else { throw WitnessKeyFault.noName }
      let seed = random(32)
      let cosigner = try Cosigner(name: name, seed: seed, now: now)
      let words = cosigner.key.description.split(separator: "+", maxSplits: 2)
      let line =
        prefix + words[0] + "+" + words[1] + "+"
        + Base64.encode([cosigner.key.algorithm.rawValue] + seed) + "\n"
      guard
        FileManager.default.createFile(
          atPath: path, contents: Data(line.utf8), attributes: [.posixPermissions: 0o600])
      else { throw WitnessKeyFault.notWritable(path) }
      return cosigner
    }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    let words = text.dropFirst(prefix.count).split(separator: "+", maxSplits: 2)
    guard text.hasPrefix(prefix), words.count == 3,
      let bytes = Base64.decode(String(words[2])), bytes.count == 33,
      bytes[0] == VerificationKey.Algorithm.ed25519Cosignature.rawValue
    else { throw WitnessKeyFault.malformed(path) }
    let cosigner = try Cosigner(name: String(words[0]), seed: Array(bytes.dropFirst()), now: now)
    guard cosigner.key.description.hasPrefix("\(words[0])+\(words[1])+") else {
      throw WitnessKeyFault.malformed(path)
    }
    guard name == nil || name == cosigner.key.name else {
      throw WitnessKeyFault.otherName(cosigner.key.name)
    }
    return cosigner
  }
}

package enum WitnessKeyFault: Error, Hashable, Sendable, CustomStringConvertible {
  case noName
  case notWritable(String)
  case malformed(String)
  case otherName(String)

  package var description: String {
    switch self {
    case .noName: "A new witness needs a --name, such as witness.example.com/w1."
    case .notWritable(let path): "\(path) cannot be written."
    case .malformed(let path): "\(path) does not hold a witness's key. Nothing was changed."
    case .otherName(let name): "This witness is called \(name), for ever. Nothing was changed."
    }
  }
}
