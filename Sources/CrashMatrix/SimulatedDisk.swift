import Synchronization

/// The disk below one directory. It knows which bytes would survive a power cut now, counts the
/// boundaries that a program passes, and lets something go wrong at one of them.
///
/// A boundary is the moment before or after a write, truncate, sync or delete of a file, or before
/// a request leaves and after its answer came.
final class SimulatedDisk: Sendable {
  let directory: String
  private let state: Mutex<State>

  fileprivate struct State {
    var isPowered = true
    /// Passed so far.
    var boundaries = 0
    var reads = 0
    var mishap: Mishap
    var dice: Dice
    var files: [Int: SimulatedFile] = [:]
    /// What the program sees.
    var names: [String: Int] = [:]
    /// What the disk holds; a name reaches it when its directory is synced.
    var durableNames: [String: Int] = [:]
    var pendingNames: [(name: String, file: Int?)] = []
  }

  /// Thrown where a request would leave or an answer arrive.
  struct PowerCut: Error {}

  /// - Parameters:
  ///   - contents: files that lie there, synced, by name.
  init(directory: String, contents: [String: [UInt8]], mishap: Mishap, dice: Dice) {
    self.directory = directory
    var state = State(mishap: mishap, dice: dice)
    for (number, name) in contents.keys.sorted().enumerated() {
      state.files[number] = SimulatedFile(durable: contents[name] ?? [])
      state.names[name] = number
    }
    state.durableNames = state.names
    self.state = Mutex(state)
  }

  var isPowered: Bool { state.withLock(\.isPowered) }
  /// Passed so far.
  var boundaries: Int { state.withLock(\.boundaries) }
  var reads: Int { state.withLock(\.reads) }

  func cutPower() { state.withLock { $0.isPowered = false } }

  /// Does something unless the power is cut: what is done here, somebody outside saw.
  func whilePowered(_ body: () -> Void) {
    state.withLock { if $0.isPowered { body() } }
  }

  /// - Throws: when the power is cut, or is cut here.
  func passNetwork() throws(PowerCut) {
    let isAlive = state.withLock { state in
      state.pass()
      return state.isPowered
    }
    if !isAlive { throw PowerCut() }
  }

  // MARK: - Files

  /// One way in which a file changes.
  enum Operation: Sendable {
    case write, truncate, sync, delete
  }

  /// Goes past one boundary.
  ///
  /// - Returns: how the operation fails there, if it does.
  func pass(_ operation: Operation) -> DiskFault? {
    state.withLock { state in
      state.pass()
      guard state.isPowered else { return .noPower }
      return state.mishap.fault(of: operation, at: state.boundaries)
    }
  }

  /// A read is no boundary: nothing comes of it. It can fail all the same.
  func read() -> DiskFault? {
    state.withLock { state in
      guard state.isPowered else { return .noPower }
      state.reads += 1
      return state.mishap.faultOfRead(number: state.reads)
    }
  }

  /// The file of a name; a new one where there is none or the real one was taken away past SQLite.
  func open(_ name: String, exists: Bool) -> Int {
    state.withLock { state in
      if !exists, state.names[name] != nil { state.rename(name, to: nil) }
      if let file = state.names[name] { return file }
      let file = state.files.count
      state.files[file] = SimulatedFile()
      state.rename(name, to: file)
      return file
    }
  }

  func change(_ file: Int, _ change: SimulatedFile.Change) {
    state.withLock { $0.files[file]?.add(change) }
  }

  func delete(_ name: String, syncingDirectory: Bool) {
    state.withLock { state in
      if state.names[name] != nil { state.rename(name, to: nil) }
      if syncingDirectory { state.syncNames() }
    }
  }

  /// - Parameter syncingDirectory: its names, too.
  func sync(_ file: Int, syncingDirectory: Bool) {
    state.withLock { state in
      guard state.isPowered, !state.mishap.liesAboutSync else { return }
      state.files[file]?.sync()
      if syncingDirectory { state.syncNames() }
    }
  }

  func failSync(_ file: Int) {
    state.withLock { state in
      guard state.isPowered else { return }
      state.files[file]?.failSync(&state.dice)
    }
  }

  // MARK: - After the power cut

  /// One of the contents that the directory may have when the power comes back.
  func image() -> [String: [UInt8]] {
    state.withLock { state in
      var dice = state.dice
      let fates: [SimulatedFile.Fate] =
        state.mishap.liesAboutSync ? [.lost] : [.lost, .kept, .mixed, .mixed]
      let fate = dice.pick(fates)
      var image: [String: [UInt8]] = [:]
      let changed = Set(state.pendingNames.map(\.name))
      for name in changed.union(state.durableNames.keys).sorted() {
        // Of one name the changes come in their order, and any of them may have been the last.
        let states =
          [state.durableNames[name]]
          + state.pendingNames.filter { $0.name == name }.map(\.file)
        let last =
          switch fate {
          case .lost: 0
          case .kept: states.count - 1
          case .mixed: dice.below(states.count)
          }
        guard let file = states[last].flatMap({ state.files[$0] }) else { continue }
        image[name] = file.afterPowerCut(fate, &dice)
      }
      return image
    }
  }
}

extension SimulatedDisk.State {
  mutating func pass() {
    guard isPowered else { return }
    boundaries += 1
    if mishap.cutsPower, boundaries >= mishap.boundary { isPowered = false }
  }

  mutating func rename(_ name: String, to file: Int?) {
    names[name] = file
    pendingNames.append((name, file))
  }

  mutating func syncNames() {
    guard isPowered, !mishap.liesAboutSync else { return }
    durableNames = names
    pendingNames = []
  }
}
