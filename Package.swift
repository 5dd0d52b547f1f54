// swift-tools-version: 6.2
// Targets stand in the order in which the data moves; docs/architecture.md says who may import whom.
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
/// For targets that hold C pointers.
let strictC = strict + [.strictMemorySafety()]

/// The page of the map server.
let mapResources = [
  "index.html", "signin.html", "style.css", "panels.css", "icon.svg", "openapi.json",
  "basemap.bin.gz", "app.js", "basemap.js", "boot.js", "box.js", "canvas.js", "clusters.js",
  "colours.js", "details.js", "empty.js", "facts.js", "filters.js", "findings.js", "footprint.js",
  "hover.js",
  "keys.js", "legend.js", "locator.js", "map.js", "net.js", "overlay.js", "paths.js",
  "photos.js", "pictures.js", "points.js", "share.js", "sheet.js", "signin.js", "stack.js",
  "store.js",
  "strip.js", "syncs.js", "text.js", "tree.js", "url.js",
]

/// What a page for clients takes from there, by links, and what is its own.
let shareResources = [
  "arrow.png", "dot.png", "client.html", "client.css", "style.css", "panels.css", "basemap.bin.gz",
  "basemap.js",
  "canvas.js", "client.js", "clusters.js", "colours.js", "details.js", "embedded.js", "facts.js",
  "footprint.js", "hover.js", "keys.js", "legend.js", "locator.js", "map.js", "overlay.js",
  "paths.js", "photos.js", "points.js", "sheet.js", "stack.js", "store.js", "strip.js", "text.js",
  "thumbnails.js", "view.js",
]

let package = Package(
  name: "gpsindex",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "gpsindex", targets: ["gpsindex"]),
    // A library names the values of its interface, too, so that they can be imported.
    .library(name: "PhotoModel", targets: ["PhotoModel"]),
    .library(name: "PhotoMetadata", targets: ["PhotoMetadata", "PhotoModel"]),
    .library(name: "SFTP", targets: ["SFTP"]),
    .library(name: "SSHTransport", targets: ["SSHTransport"]),
    .library(name: "PhotoIndex", targets: ["PhotoIndex", "PhotoModel"]),
    .library(name: "GeoFormats", targets: ["GeoFormats", "PhotoModel"]),
    .library(name: "FlightQC", targets: ["FlightQC", "PhotoModel"]),
    .library(name: "Pictures", targets: ["Pictures", "PhotoIndex", "PhotoModel"]),
    .executable(name: "gpsindex-map", targets: ["gpsindex-map"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .target(name: "Platform", swiftSettings: strictC),
    .target(name: "PhotoModel", swiftSettings: strict),

    // On Linux libssh2 is loaded at the first connection, not linked: Sources/CSSH2/load.c.
    .systemLibrary(
      name: "CSSH2Library", pkgConfig: "libssh2",
      providers: [.apt(["libssh2-1-dev"]), .brew(["libssh2"])]),
    // libcrypto is loaded like libssh2: Sources/CSSHKeys/crypto.c.
    .target(name: "CSSHKeys", publicHeadersPath: "."),
    .target(
      name: "CSSH2",
      dependencies: [.target(name: "CSSH2Library", condition: .when(platforms: [.macOS]))],
      publicHeadersPath: "."),
    // libpq is loaded like libssh2, and needs no header: Sources/CPQ/load.c.
    .target(name: "CPQ", publicHeadersPath: "."),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "CExif", pkgConfig: "libexif", providers: [.apt(["libexif-dev"]), .brew(["libexif"])]),
    .systemLibrary(
      name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    .target(name: "SSHKeys", dependencies: ["Platform", "CSSHKeys"], swiftSettings: strictC),
    .target(
      name: "SSHTransport", dependencies: ["Platform", "SSHKeys", "CSSH2"], swiftSettings: strictC),
    .target(name: "SFTP", swiftSettings: strict),
    .target(
      name: "PhotoSource", dependencies: ["Platform", "PhotoModel", "SSHTransport", "SFTP"],
      swiftSettings: strict),
    .target(name: "CBump", publicHeadersPath: "."),
    .target(
      name: "PhotoMetadata", dependencies: ["PhotoModel", "CBump", "CExif", "CExpat", "CZlib"],
      swiftSettings: strictC),

    .target(
      name: "Migrations", path: "migrations",
      resources: [.embedInCode("v0001_index.sql")],
      swiftSettings: strict),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strictC),
    .target(
      name: "PhotoIndex", dependencies: ["Platform", "PhotoModel", "Migrations", "SQLite"],
      swiftSettings: strict),
    .target(name: "GeoFormats", dependencies: ["PhotoModel"], swiftSettings: strict),
    .target(name: "FlightQC", dependencies: ["PhotoModel"], swiftSettings: strict),
    .target(
      name: "SharePages", dependencies: ["Platform", "PhotoModel", "GeoFormats", "CZlib"],
      resources: shareResources.map { .embedInCode("Resources/\($0)") }, swiftSettings: strictC),

    .target(
      name: "ShareLinks", dependencies: ["Platform", "PhotoModel", "GeoFormats"],
      swiftSettings: strict),

    .target(
      name: "Sync",
      dependencies: [
        "Platform", "PhotoModel", "SSHTransport", "PhotoSource", "PhotoMetadata", "PhotoIndex",
      ],
      swiftSettings: strict),

    .target(
      name: "Fetch", dependencies: ["Platform", "PhotoModel", "PhotoSource"],
      swiftSettings: strict),

    .target(
      name: "Pictures",
      dependencies: [
        "Platform", "PhotoModel", "SSHTransport", "PhotoSource", "PhotoMetadata", "PhotoIndex",
        "SQLite",
      ],
      swiftSettings: strict),

    .target(
      name: "Publish", dependencies: ["Platform", "PhotoModel", "PhotoIndex", "CPQ"],
      resources: [.embedInCode("Schema/v0001_publish.sql")], swiftSettings: strictC),

    .target(
      name: "TileFiles", dependencies: ["Platform", "SQLite", "CZlib"], swiftSettings: strictC),

    .target(
      name: "MapServer",
      dependencies: [
        "Platform", "PhotoModel", "PhotoIndex", "GeoFormats", "FlightQC", "ShareLinks", "TileFiles",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      resources: mapResources.map { .embedInCode("Resources/\($0)") }, swiftSettings: strict),
    // `gpsindex serve` becomes this program: queries must not pay for the HTTP library.
    .systemLibrary(name: "CMemory"),
    .executableTarget(
      name: "gpsindex-map", dependencies: ["MapServer", "ShareLinks", "TileFiles", "CMemory"],
      swiftSettings: strict),

    .executableTarget(
      name: "gpsindex",
      dependencies: [
        "Platform", "PhotoModel", "SSHKeys", "SSHTransport", "PhotoSource", "PhotoMetadata",
        "PhotoIndex",
        "GeoFormats", "FlightQC", "SharePages", "ShareLinks", "Sync", "Fetch", "Pictures",
        "Publish",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // Test doubles and builders; plain targets, imported by tests and benchmarks only.
    .target(name: "LinkSimulation", path: "Support/LinkSimulation", swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["LinkSimulation"], path: "Support/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "link-simulator",
      dependencies: [
        "LinkSimulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/LinkSimulator", swiftSettings: strict),
    .executableTarget(
      name: "site-generator",
      dependencies: [
        "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/SiteGenerator", swiftSettings: strict),
    .executableTarget(
      name: "private-sshd",
      dependencies: [
        "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/PrivateServer", swiftSettings: strict),
    // The rules of `gpsindex qc` on photos of a CSV file: for generated flights.
    .executableTarget(
      name: "qc-check",
      dependencies: [
        "FlightQC", "GeoFormats", "PhotoModel",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/QCCheck", swiftSettings: strict),

    .target(
      name: "SyntheticIndex", dependencies: ["PhotoIndex", "PhotoModel"],
      path: "Support/SyntheticIndex", swiftSettings: strict),
    .executableTarget(
      name: "index-generator",
      dependencies: [
        "PhotoIndex", "PhotoModel", "SyntheticIndex",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/IndexGenerator", swiftSettings: strict),
    .executableTarget(
      name: "index-bench",
      dependencies: [
        "PhotoIndex", "PhotoModel", "SyntheticIndex",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/IndexBench", swiftSettings: strict),

    // Mutants, and what of them is judged; shared by tests, `make fuzz` and the fuzz targets.
    .target(
      name: "FuzzSupport",
      dependencies: ["PhotoMetadata", "PhotoModel", "Pictures", "SFTP", "TestSupport"],
      path: "Support/FuzzSupport", swiftSettings: strict),
    .target(name: "CAllocations", path: "Support/CAllocations", publicHeadersPath: "."),
    // Counts memory by a malloc of its own; not linked into tests, which run it.
    .executableTarget(
      name: "mutants",
      dependencies: [
        "FuzzSupport", "CAllocations",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/Mutants", swiftSettings: strict),
    .executableTarget(
      name: "parser-bench",
      dependencies: [
        "FuzzSupport", "PhotoMetadata", "PhotoModel", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/ParserBench", swiftSettings: strict),

    .executableTarget(
      name: "hostile-server", path: "Support/HostileServer", swiftSettings: strict),

    // Programs that use the libraries; Examples is also a package of its own.
    .executableTarget(
      name: "photo-position", dependencies: ["PhotoMetadata", "PhotoModel"],
      path: "Examples/Sources/photo-position", swiftSettings: strict),
    .executableTarget(
      name: "sftp-heads", dependencies: ["SFTP"], path: "Examples/Sources/sftp-heads",
      swiftSettings: strict),
    .executableTarget(
      name: "photo-query", dependencies: ["PhotoIndex", "PhotoModel", "GeoFormats"],
      path: "Examples/Sources/photo-query", swiftSettings: strict),
    .executableTarget(
      name: "flight-check", dependencies: ["PhotoIndex", "PhotoModel", "FlightQC"],
      path: "Examples/Sources/flight-check", swiftSettings: strict),
    .executableTarget(
      name: "photo-thumbnails", dependencies: ["PhotoIndex", "PhotoModel", "Pictures"],
      path: "Examples/Sources/photo-thumbnails", swiftSettings: strict),
    .testTarget(
      name: "ExampleTests",
      dependencies: [
        "PhotoIndex", "PhotoModel", "SyntheticIndex", "TestSupport", "gpsindex", "photo-position",
        "sftp-heads", "photo-query", "flight-check", "photo-thumbnails",
      ], swiftSettings: strict),

    .executableTarget(
      name: "soak",
      dependencies: [
        "PhotoIndex", "PhotoModel", "PhotoSource", "SSHTransport", "Sync", "TestSupport",
      ], path: "Tools/Soak", swiftSettings: strict),
    // The random walk of syncs: `make test-walk`.
    .executableTarget(
      name: "sync-walk",
      dependencies: [
        "PhotoModel", "SQLite", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/SyncWalk", swiftSettings: strict),
    .testTarget(
      name: "RandomTests", dependencies: ["TestSupport", "gpsindex", "sync-walk"],
      swiftSettings: strict),
    // The quick part of `make test-servers`.
    .testTarget(
      name: "ForeignServerTests",
      dependencies: ["TestSupport", "gpsindex", "link-simulator", "site-generator"],
      exclude: [
        "failing.py", "flights.py", "go_server.go", "inetd.py", "notes.md", "page.py",
        "python_server.py", "requirements.txt", "run.py", "servers.py",
      ], swiftSettings: strict),
    .testTarget(
      name: "FaultTests",
      dependencies: [
        "SFTP", "TestSupport", "LinkSimulation", "gpsindex", "gpsindex-map", "hostile-server",
        "site-generator",
      ],
      exclude: ["rows.tsv", "table.py", "terminal.py", "password_server.py"], swiftSettings: strict),
    .testTarget(
      name: "PlatformTests", dependencies: ["Platform", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PhotoModelTests", dependencies: ["PhotoModel"], swiftSettings: strict),
    .testTarget(
      name: "SSHTransportTests",
      dependencies: ["LinkSimulation", "Platform", "SSHKeys", "SSHTransport", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SFTPTests", dependencies: ["FuzzSupport", "SFTP"], swiftSettings: strict),
    .testTarget(
      name: "PhotoSourceTests", dependencies: ["PhotoSource", "PhotoModel", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PhotoMetadataTests",
      dependencies: [
        "CBump", "FuzzSupport", "PhotoMetadata", "PhotoModel", "PhotoSource", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: strict),
    .testTarget(
      name: "PhotoIndexTests",
      dependencies: [
        "PhotoIndex", "PhotoModel", "Platform", "Migrations", "SQLite", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "GeoFormatsTests", dependencies: ["GeoFormats", "PhotoModel", "TestSupport"],
      exclude: ["Schemas"], swiftSettings: strict),
    .testTarget(
      name: "SharePagesTests",
      dependencies: ["SharePages", "GeoFormats", "PhotoModel", "Platform", "TestSupport"],
      exclude: ["check_page.py", "kml_schema.py", "requirements.txt"], swiftSettings: strict),
    .testTarget(
      name: "FlightQCTests", dependencies: ["FlightQC", "PhotoModel"],
      exclude: ["reference.py", "generator", "requirements.txt"], swiftSettings: strict),
    .testTarget(
      name: "SyncTests",
      dependencies: [
        "Sync", "Platform", "PhotoModel", "PhotoMetadata", "PhotoSource", "PhotoIndex", "SQLite",
        "SSHTransport", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FetchTests",
      dependencies: [
        "Fetch", "PhotoModel", "PhotoSource", "Platform", "SFTP", "SSHTransport", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PicturesTests",
      dependencies: [
        "FuzzSupport", "Pictures", "PhotoIndex", "PhotoMetadata", "PhotoModel", "PhotoSource",
        "SQLite", "SSHTransport", "TestSupport", "gpsindex",
      ], swiftSettings: strict),
    .testTarget(
      name: "PublishTests",
      dependencies: ["Publish", "TestSupport", "gpsindex", "index-generator"],
      exclude: ["cases.py", "tree.py", "walk.py"], swiftSettings: strict),
    .testTarget(
      name: "MapServerTests",
      dependencies: [
        "MapServer", "PhotoIndex", "PhotoModel", "GeoFormats", "SQLite", "SyntheticIndex",
        "ShareLinks", "TestSupport", "TileFiles", "gpsindex", "gpsindex-map",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ], exclude: ["check_map.py", "clients.py", "page"], swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "gpsindex", "FlightQC", "GeoFormats", "LinkSimulation", "PhotoIndex", "PhotoModel",
        "PhotoSource", "ShareLinks", "SharePages",
        "SSHTransport", "Sync", "SyntheticIndex", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "TestSupportTests", dependencies: ["TestSupport", "LinkSimulation"],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", dependencies: ["Migrations"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// For libFuzzer, which not every toolchain has: `make fuzz-targets`.
if Context.environment["GPSINDEX_FUZZ"] != nil {
  package.targets += [
    .target(name: "CFuzzer", path: "Support/CFuzzer", publicHeadersPath: "."),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzSupport", "CFuzzer"], path: "Tools/Fuzz",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]),
  ]
}
