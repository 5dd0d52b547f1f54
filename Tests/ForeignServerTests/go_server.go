// An SFTP server of golang.org/x/crypto/ssh and github.com/pkg/sftp, as their examples make one: go_server PORT FOLDER.
// FOLDER has host_key and authorized_keys. Serves all files to anybody with such a key, on 127.0.0.1.
package main

import (
	"errors"
	"log"
	"net"
	"os"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	folder := os.Args[2]
	allowed := map[string]bool{}
	rest, err := os.ReadFile(folder + "/authorized_keys")
	check(err)
	for len(rest) > 0 {
		var key ssh.PublicKey
		key, _, _, rest, err = ssh.ParseAuthorizedKey(rest)
		if err != nil {
			break
		}
		allowed[string(key.Marshal())] = true
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if allowed[string(key.Marshal())] {
				return nil, nil
			}
			return nil, errors.New("unknown key")
		},
	}
	pem, err := os.ReadFile(folder + "/host_key")
	check(err)
	signer, err := ssh.ParsePrivateKey(pem)
	check(err)
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	check(err)
	for {
		connection, err := listener.Accept()
		check(err)
		go serve(connection, config)
	}
}

func serve(connection net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for opening := range channels {
		if opening.ChannelType() != "session" {
			opening.Reject(ssh.UnknownChannelType, "unknown channel type")
			continue
		}
		channel, requests, err := opening.Accept()
		if err != nil {
			return
		}
		go func() {
			for request := range requests {
				isSFTP := request.Type == "subsystem" && string(request.Payload[4:]) == "sftp"
				request.Reply(isSFTP, nil)
				if !isSFTP {
					continue
				}
				go func() {
					server, err := sftp.NewServer(channel, sftp.ReadOnly())
					if err == nil {
						server.Serve()
					}
					channel.Close()
				}()
			}
		}()
	}
}
