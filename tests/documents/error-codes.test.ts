import { expect, test } from '@jest/globals'
import { internalLinks, pages, readText, tableRows } from '../support/documents.ts'
import { documentedCodes, issuedCodes, wordsInCode } from '../support/error-codes.ts'

test('each that the code issues is in the table of a page', () => {
  const documented = new Set(documentedCodes())
  expect(issuedCodes().filter((code) => !documented.has(code))).toEqual([])
})

test('each in a table is issued by the code', () => {
  const issued = new Set(wordsInCode())
  expect(documentedCodes().length).toBeGreaterThan(20)
  expect(documentedCodes().filter((code) => !issued.has(code))).toEqual([])
})

test('each row of a table has a sentence and what to do', () => {
  const thin = pages().flatMap(({ path, text }) =>
    tableRows(text, 'code')
      .filter((row) => row.length < 3 || row.some((cell) => cell === ''))
      .map((row) => `${path}: ${row[0]}`),
  )
  expect(thin).toEqual([])
})

test('docs/errors.md leads to every page with a table', () => {
  const targets = internalLinks({ path: 'docs/errors.md', text: readText('docs/errors.md') }).map((link) => link.target)
  const others = pages().filter(({ path, text }) => path !== 'docs/errors.md' && tableRows(text, 'code').length > 0)
  expect(others.map(({ path }) => path).filter((path) => !targets.includes(path))).toEqual([])
})
