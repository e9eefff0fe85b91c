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
	url, pins := os.Args[1], os.Args[2:]
	client := &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{
			// The mistake: "the pin is stricter than any chain". Of what the server presents, nobody has checked that
			// one certificate signed for the next: whoever appends the genuine one has it in the list.
			InsecureSkipVerify: true,
			VerifyPeerCertificate: func(rawCerts [][]byte, _ [][]*x509.Certificate) error {
				for _, raw := range rawCerts {
					certificate, err := x509.ParseCertificate(raw)
					if err == nil && contains(pins, pinOf(certificate)) {
						return nil
					}
				}
				return errors.New("pin mismatch")
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
