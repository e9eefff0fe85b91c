import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { keyMatches } from '#certs/credentials.ts'
import { generate, renewGenerated } from '#certs/workshop.ts'
import { at, contents, emptyWorkshop } from './bench.ts'

describe('renewing on disk', () => {
  test('a watcher finds key and certificate together, but for an instant between two renames', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const seen = { whole: 0, mismatched: 0 }
    let renewing = true
    const watching = (async () => {
      while (renewing) {
        const [key, chain] = await Promise.all(
          ['proxy/key.pem', 'proxy/cert.pem'].map((path) => readFile(at(workshop, path), 'utf8')),
        )
        seen[keyMatches({ key: key ?? '', chain: chain ?? '' }) ? 'whole' : 'mismatched'] += 1
      }
    })()
    for (let round = 0; round < 10; round += 1) {
      await renewGenerated(workshop, { deployments: ['self-signed'], key: 'new' })
    }
    renewing = false
    await watching
    expect(seen.whole).toBeGreaterThan(seen.mismatched)
    expect(seen.mismatched).toBeLessThanOrEqual(20)
  })

  test('ships the new certificate and pins', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const { material } = await renewGenerated(workshop, { deployments: ['self-signed', 'ca-signed'], key: 'backup' })
    const files = await contents(workshop.folder)
    expect(files['client/cert.pem']).toBe(material.proxySelfSigned.chain)
    expect(JSON.parse(files['client/pins.json'] ?? '')).toEqual(material.shipped.pins)
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('can leave the shipped app as it is, until the next one is built', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const before = await contents(workshop.folder)
    await renewGenerated(workshop, { deployments: ['self-signed', 'ca-signed'], key: 'new', keepClient: true })
    const after = await contents(workshop.folder)
    expect(after['proxy/cert.pem']).not.toBe(before['proxy/cert.pem'])
    expect(after['client/cert.pem']).toBe(before['client/cert.pem'])
    expect(after['client/pins.json']).toBe(before['client/pins.json'])
    expect((await generate(workshop)).changed).toContain('client/pins.json')
  })
})
