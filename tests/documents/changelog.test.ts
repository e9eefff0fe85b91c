import { expect, test } from '@jest/globals'
import { readText } from '../support/documents.ts'

const text = readText('CHANGELOG.md')
const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)

test('has a heading for each version, newest first, with its day', () => {
  expect(text).toMatch(/^# Changelog\n/)
  expect(headings.filter((heading) => !/^(Unreleased|\[?\d+\.\d+\.\d+\]? - \d{4}-\d\d-\d\d)$/.test(heading))).toEqual(
    [],
  )
  const days = headings.flatMap((heading) => heading.match(/\d{4}-\d\d-\d\d$/) ?? [])
  expect(days).toEqual([...days].sort().reverse())
})

test('tells of the version in package.json', () => {
  const { version } = JSON.parse(readText('package.json')) as { version: string }
  expect(headings.some((heading) => heading === 'Unreleased' || heading.includes(version))).toBe(true)
})

test('sorts changes under the six usual words', () => {
  const kinds = [...text.matchAll(/^### (.+)$/gm)].map(([, kind = '']) => kind)
  expect(kinds.length).toBeGreaterThan(0)
  expect(
    kinds.filter((kind) => !['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(kind)),
  ).toEqual([])
})
