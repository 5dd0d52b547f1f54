import SFTP
import SSHTransport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

// Bytes between the connections' protocol machines and their channels, without waiting for any one.
extension SFTPSource {
  func flush() throws {
    for lane in lanes where lane.state == .ready && lane.client.outboundCount > 0 {
      do {
        while lane.client.outboundCount > 0 {
          let start = lane.client.outboundStart
          let sent = try lane.client.outbound.withUnsafeBytes { raw throws(TransportError) in
            try lane.channel.write(UnsafeRawBufferPointer(rebasing: raw[start...]))
          }
          guard sent > 0 else { break }
          lane.client.didSend(sent)
          statistics.bytesSent += sent
        }
      } catch let error as TransportError {
        try laneFailed(lane, error)
      }
    }
  }

  func poll(now: Double) throws {
    let polled = lanes.filter { $0.state != .dead && $0.channel.descriptor >= 0 }
    var descriptors = polled.map { lane in
      let wanted = lane.channel.interest
      var events: Int16 = 0
      if wanted.contains(.read) || lane.state == .ready { events |= Int16(POLLIN) }
      if wanted.contains(.write) { events |= Int16(POLLOUT) }
      return pollfd(fd: lane.channel.descriptor, events: events, revents: 0)
    }
    _ = systemPoll(&descriptors, nfds_t(descriptors.count), 100)
    lookedAt = Clock.now()
    for lane in lanes where lane.state != .dead { lane.channel.tend() }
    for (lane, descriptor) in zip(polled, descriptors) where descriptor.revents != 0 {
      do {
        if lane.state == .connecting {
          try advance(lane)
        } else {
          try receive(lane)
        }
      } catch let error as TransportError {
        try laneFailed(lane, error)
      } catch let error as ProtocolError {
        try laneFailed(lane, error)
      }
    }
  }

  func advance(_ lane: Lane) throws {
    guard try lane.channel.advance() else { return }
    let now = Clock.now()
    lane.state = .ready
    lane.startedAtReady = now
    lane.lastProgress = now
    lastReply = now
    lane.forecast = HandleForecast(isOn: isForetelling && lane.channel.isOpenSSH)
    lane.client.sendInitialize()
    let id = lane.client.extended(ServerLimits.extensionName)
    send(.limits, as: id, on: lane, now: now)
  }

  private func receive(_ lane: Lane) throws {
    // As much as is there, but not for ever: other lanes wait as well.
    for _ in 0..<64 {
      // What one portion of names brings can take long; a stop is to be seen at once.
      if visitor.isCancelled { return }
      let outcome = try buffer.withUnsafeMutableBytes { raw throws(TransportError) in
        let outcome = try lane.channel.read(into: raw)
        if case .bytes(let count) = outcome {
          lane.client.receive(UnsafeRawBufferPointer(rebasing: raw[..<count]))
        }
        return outcome
      }
      switch outcome {
      case .bytes(let count):
        statistics.bytesReceived += count
        try handleEvents(lane)
      case .wouldBlock:
        return
      case .end:
        throw TransportError(
          .connectionLost, "\(label) closed the SFTP session",
          advice: "run the sync again; finished photos are kept")
      }
    }
  }
}

/// poll(2), named apart from the method.
private func systemPoll(_ fds: inout [pollfd], _ count: nfds_t, _ timeout: Int32) -> Int32 {
  poll(&fds, count, timeout)
}
