import { readFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { loadReferences } from '#client/references.ts'

/** What the base of the image brings. */
const NODES = ['nodejs', 'npm']

const FOLDER = new URL('../../services/client/reference/', import.meta.url)

test('the image installs what the reference clients need, and nothing besides', async () => {
  const dockerfile = await readFile(new URL('Dockerfile', FOLDER), 'utf8')
  const [, installed = ''] = /--no-install-recommends install((?:\s|\\|[a-z0-9.-])+)/.exec(dockerfile) ?? []
  const packages = installed.split(/[\s\\]+/).filter(Boolean)
  const needs = [...(await loadReferences()).values()].flatMap((entry) => entry.needs)
  const wanted = new Set(needs.flatMap(({ debian }) => debian.split(' ')).filter((name) => !NODES.includes(name)))
  // With it the image itself fetches; curl is a reference client.
  wanted.add('ca-certificates')
  expect(packages.sort()).toEqual([...wanted].sort())
})

test('the image fetches for every recipe that has something fetched', async () => {
  const dockerfile = await readFile(new URL('Dockerfile', FOLDER), 'utf8')
  const entries = [...(await loadReferences()).values()]
  const fetching = entries.filter(({ prepare = [] }) =>
    prepare.some(([command]) => ['cargo', 'mvn', 'npm'].includes(command)),
  )
  expect(fetching.map(({ id }) => id).sort()).toEqual(['axios', 'okhttp', 'reqwest'])
  for (const { id } of fetching) expect(dockerfile).toContain(`services/client/reference/${id} /tmp/fetch/${id}`)
})
