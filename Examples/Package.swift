// swift-tools-version: 6.2
// A package of its own that uses the library products, as any other package would; `make test-package`
// builds it. `swift build` in the checkout compiles the same sources for the tests.
import PackageDescription

let package = Package(
  name: "gpsindex-examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "gpsindex", path: "..")],
  targets: [
    .executableTarget(
      name: "photo-position",
      dependencies: [.product(name: "PhotoMetadata", package: "gpsindex")]),
    .executableTarget(
      name: "sftp-heads", dependencies: [.product(name: "SFTP", package: "gpsindex")]),
    .executableTarget(
      name: "photo-query",
      dependencies: [
        .product(name: "PhotoIndex", package: "gpsindex"),
        .product(name: "GeoFormats", package: "gpsindex"),
      ]),
    .executableTarget(
      name: "flight-check",
      dependencies: [
        .product(name: "PhotoIndex", package: "gpsindex"),
        .product(name: "FlightQC", package: "gpsindex"),
      ]),
    .executableTarget(
      name: "photo-thumbnails",
      dependencies: [
        .product(name: "PhotoIndex", package: "gpsindex"),
        .product(name: "Pictures", package: "gpsindex"),
      ]),
  ]
)
