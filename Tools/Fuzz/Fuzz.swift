import CFuzzer
import FuzzSupport

/// `fuzz TARGET [options of libFuzzer] [corpus folders]`; the name is what SwiftPM starts.
@_cdecl("fuzz_main")
public func fuzzMain(
  _ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  guard argc >= 2, var arguments = argv, let name = arguments[1],
    let body = bodies[String(cString: name)]
  else {
    print("fuzz \(bodies.keys.sorted().joined(separator: "|")) [options] [folders]")
    return 64
  }
  // libFuzzer looks at its own arguments only: the program's name takes the target's place.
  arguments[1] = arguments[0]
  arguments += 1
  var count = argc - 1
  var moved: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
  return LLVMFuzzerRunDriver(&count, &moved, body)
}

/// What libFuzzer's own `main` would call, were it linked.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzContainers(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzInputs.container(bytes(start, count))
  return 0
}

private typealias Body = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

private let bodies: [String: Body] = [
  "containers": fuzzContainers,
  "exif": { start, count in
    FuzzInputs.exif(bytes(start, count))
    return 0
  },
  "xmp": { start, count in
    FuzzInputs.xmp(bytes(start, count))
    return 0
  },
  "sftp": { start, count in
    FuzzInputs.sftp(bytes(start, count))
    return 0
  },
]

private func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
  Array(UnsafeBufferPointer(start: start, count: count))
}
