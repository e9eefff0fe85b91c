import { expect } from '@jest/globals'
import { FAILURES } from '#proxy/failures.ts'

/** The failure's code, once its shape has been looked at. */
export function codeIn(answer: { status: number; text: string; headers: Record<string, unknown> }): string {
  const { error } = JSON.parse(answer.text)
  expect(error).toEqual({
    code: expect.any(String),
    message: expect.stringMatching(/.{10}/),
    requestId: expect.any(String),
  })
  expect(error.requestId).toBe(answer.headers['x-request-id'])
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.status).toBe(FAILURES[error.code as keyof typeof FAILURES])
  return error.code
}
