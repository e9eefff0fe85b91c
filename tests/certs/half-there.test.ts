import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { keyMatches, namesOf, pinOfCertificate } from '#certs/credentials.ts'
import { PAIR_FILES } from '#certs/layout.ts'
import { credentialsOf } from '#certs/material.ts'
import { PAIRS } from '#certs/pieces.ts'
import { generate } from '#certs/workshop.ts'
import { at, contents, daysLater, emptyWorkshop } from './bench.ts'

describe('what is half there is completed', () => {
  test.each(PAIRS)('%s without its certificate is issued again with its key', async (name) => {
    await using workshop = await emptyWorkshop()
    const before = await generate(workshop)
    await rm(at(workshop, PAIR_FILES[name].chain))
    const after = await generate(workshop)
    expect(after.pieces[name]).toMatchObject({ did: 'renewed', why: 'its certificate was missing; the key was kept' })
    expect(credentialsOf(after.material, name).key).toBe(credentialsOf(before.material, name).key)
    expect(after.material.shipped.pins).toEqual(before.material.shipped.pins)
    expect((await generate(workshop)).changed).toEqual([])
  })

  test.each(PAIRS)('%s without its key is made anew, and everything fits again', async (name) => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await rm(at(workshop, PAIR_FILES[name].key))
    const after = await generate(workshop)
    expect(after.pieces[name]).toMatchObject({ did: 'renewed', why: 'its key was missing; it has a new key' })
    expect(PAIRS.filter((one) => !keyMatches(credentialsOf(after.material, one)))).toEqual([])
    expect((await generate(workshop)).changed).toEqual([])
  })

  test('a lost root signs everything again, and every pin of the proxy stays', async () => {
    await using workshop = await emptyWorkshop()
    const before = await generate(workshop)
    await rm(at(workshop, 'authority'), { recursive: true })
    const after = await generate(workshop)
    expect(after.pieces.proxyCaSigned).toMatchObject({
      did: 'renewed',
      why: 'its authority has changed; the key was kept',
    })
    expect(pinOfCertificate(after.material.proxyCaSigned.chain)).toBe(
      pinOfCertificate(before.material.proxyCaSigned.chain),
    )
  })

  test('a deleted client gets what the proxy has now', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    const before = await contents(workshop.folder)
    await rm(at(workshop, 'client'), { recursive: true })
    await generate(workshop)
    expect(await contents(workshop.folder)).toEqual(before)
  })

  test.each([
    ['an empty key', 'proxy/key.pem', '', 'its key was missing; it has a new key'],
    ['a key that is no key', 'proxy/key.pem', 'rubbish', 'its key could not be read; it has a new key'],
    [
      'a certificate cut short',
      'proxy/cert.pem',
      '-----BEGIN CERTIFICATE-----\nMIIB',
      'its certificate could not be read; the key was kept',
    ],
  ])('%s', async (_, path, text, why) => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await writeFile(at(workshop, path), text)
    expect((await generate(workshop)).pieces.proxySelfSigned).toMatchObject({ did: 'renewed', why })
  })

  test('a key and a certificate of two different pairs', async () => {
    await using workshop = await emptyWorkshop()
    await generate(workshop)
    await writeFile(at(workshop, 'proxy/cert.pem'), await readFile(at(workshop, 'proxy/api-cert.pem')))
    expect((await generate(workshop)).pieces.proxySelfSigned.why).toBe(
      'key and certificate did not belong together; the key was kept',
    )
  })

  test('folders that are there and empty are filled, as volumes are', async () => {
    await using workshop = await emptyWorkshop()
    for (const party of ['authority', 'proxy', 'client', 'attacker'])
      await mkdir(at(workshop, party), { recursive: true })
    await generate(workshop)
    expect((await generate(workshop)).changed).toEqual([])
  })
})

test('what has expired is renewed with the key it has, so that pins go on matching', async () => {
  await using workshop = await emptyWorkshop({ days: 30 })
  const before = await generate(workshop)
  const after = await generate({ ...workshop, now: () => daysLater(31) })
  expect(after.pieces.proxyCaSigned).toMatchObject({
    did: 'renewed',
    why: 'it expired on 2026-07-15; the key was kept',
  })
  expect(after.pieces.root.did).toBe('kept')
  expect(after.material.shipped.pins).toEqual(before.material.shipped.pins)
})

test('a name that is asked for later is added, and stays when it is not asked for again', async () => {
  await using workshop = await emptyWorkshop()
  const before = await generate(workshop)
  const after = await generate({ ...workshop, extraNames: ['192.168.1.20'] })
  expect(namesOf(after.material.proxySelfSigned.chain)).toContain('192.168.1.20')
  expect(after.material.proxySelfSigned.key).toBe(before.material.proxySelfSigned.key)
  expect((await generate(workshop)).changed).toEqual([])
})
