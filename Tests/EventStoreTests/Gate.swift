import Dispatch
import Synchronization

/// Holds the first commit until it is opened, counts the appends of each, and lets some fail.
final class Gate: Sendable {
  struct Shut: Error {}

  private let door = DispatchSemaphore(value: 0)
  private let sizes = Mutex<[Int]>([])
  private let arrivals: AsyncStream<Void>
  private let arrival: AsyncStream<Void>.Continuation

  private let failing: Set<Int>

  /// - Parameter failing: the numbers of the commits that fail, from 1.
  init(failing: Set<Int> = []) {
    self.failing = failing
    (arrivals, arrival) = AsyncStream.makeStream()
  }

  /// The number of appends in each commit so far.
  var commits: [Int] { sizes.withLock { $0 } }

  /// To be called within a commit.
  func pass(_ count: Int) throws {
    let number = sizes.withLock { sizes in
      sizes.append(count)
      return sizes.count
    }
    if number == 1 {
      arrival.finish()
      door.wait()
    }
    if failing.contains(number) { throw Shut() }
  }

  /// Returns when the first commit stands at the gate.
  func reached() async { for await _ in arrivals {} }

  func open() { door.signal() }
}

/// Runs the first steps of tasks one after another, up to where they wait for something else.
final class FirstSteps: TaskExecutor {
  private let queue = DispatchQueue(label: "first.steps")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Returns when all tasks that were started wait for something else.
  func taken() { queue.sync {} }
}
