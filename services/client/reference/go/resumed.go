package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"
)

func main() {
	how, address, authorities, pins := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	pem, err := os.ReadFile(authorities)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)

	// Shared by all of the app, so that it need not shake hands again with a host that it knows.
	sessions := &shared{tls.NewLRUClientSessionCache(8), make(chan bool, 1)}
	warmUp(address, &tls.Config{RootCAs: roots, ClientSessionCache: sessions}, sessions.kept)

	config := &tls.Config{RootCAs: roots, ClientSessionCache: sessions}
	matches := func(leaf *x509.Certificate) error {
		if pin := pinOf(leaf); !contains(pins, pin) {
			return errors.New("pin mismatch: " + pin)
		}
		return nil
	}
	if how == "VerifyConnection" {
		config.VerifyConnection = func(state tls.ConnectionState) error { return matches(state.PeerCertificates[0]) }
	} else {
		// The mistake: it is not called where a session is resumed, for then no certificate is sent.
		config.VerifyPeerCertificate = func(_ [][]byte, chains [][]*x509.Certificate) error { return matches(chains[0][0]) }
	}
	client := &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: config,
	}}
	request, err := http.NewRequest("GET", address, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("approov-token", os.Getenv("LAB_TOKEN"))
	answer, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 {
		log.Fatal(answer.Status, err)
	}
}

// shared tells when there is a session to resume: in TLS 1.3 it comes after the handshake, and is taken while reading.
type shared struct {
	tls.ClientSessionCache
	kept chan bool
}

func (sessions *shared) Put(key string, session *tls.ClientSessionState) {
	sessions.ClientSessionCache.Put(key, session)
	select {
	case sessions.kept <- true:
	default:
	}
}

// warmUp connects ahead of the first request, in a part of the app that knows nothing of pins, and asks for nothing.
func warmUp(address string, config *tls.Config, kept <-chan bool) {
	target, err := url.Parse(address)
	if err != nil {
		log.Fatal(err)
	}
	connection, err := tls.Dial("tcp", target.Host, config)
	if err != nil {
		return
	}
	defer connection.Close()
	go connection.Read(make([]byte, 1))
	select {
	case <-kept:
	case <-time.After(3 * time.Second):
	}
}

// pinOf is the SHA-256 of the SubjectPublicKeyInfo, as OkHttp and curl write it.
func pinOf(certificate *x509.Certificate) string {
	hash := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return "sha256/" + base64.StdEncoding.EncodeToString(hash[:])
}

func contains(pins []string, pin string) bool {
	for _, one := range pins {
		if one == pin {
			return true
		}
	}
	return false
}
