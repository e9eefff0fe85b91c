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
	"os"
)

func main() {
	url, authorities, pins := os.Args[1], os.Args[2], os.Args[3:]
	pem, err := os.ReadFile(authorities)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)

	client := &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{
			RootCAs: roots,
			// Called on every connection, a resumed one too, when chain and name have been verified.
			VerifyConnection: func(state tls.ConnectionState) error {
				if pin := pinOf(state.PeerCertificates[0]); !contains(pins, pin) {
					return errors.New("pin mismatch: " + pin)
				}
				return nil
			},
		},
	}}
	request, err := http.NewRequest("GET", url, nil)
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
