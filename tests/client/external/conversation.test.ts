import { execPath } from 'node:process'
import { describe, expect, test } from '@jest/globals'
import type { CommandLimits } from '#client/external/command.ts'
import { type Conversation, startConversation } from '#client/external/conversation.ts'
import { heedReply } from '#client/external/report.ts'
import { failureOf } from '#client/refusal.ts'
import { gone } from '../../support/gone.ts'

const LIMITS: CommandLimits = { timeout: 20_000 }

/** One that calls `answer` for each line. */
function talkWith(answer: string, before = ''): Conversation & AsyncDisposable {
  const script = `${before}
    const say = (text) => process.stdout.write(text)
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => { ${answer} })`
  const talk = startConversation({ command: execPath, args: ['-e', script], env: {} })
  return { ...talk, [Symbol.asyncDispose]: talk.close }
}

async function said(talk: Conversation, line = 'https://localhost/', limits = LIMITS) {
  try {
    heedReply(await talk.tell(line, limits))
    return { outcome: 'accepted' }
  } catch (error) {
    return failureOf(error)
  }
}

test('one process answers one line after the other', async () => {
  await using talk = talkWith(`say((line === process.pid + '' ? 'ACCEPT ' : 'REJECT ') + process.pid + '\\n')`)
  const { output } = await talk.tell('who are you?', LIMITS)
  expect(output).toMatch(/^REJECT \d+\n$/)
  expect(await said(talk, output.replace(/\D/g, ''))).toEqual({ outcome: 'accepted' })
})

describe('what it answers', () => {
  test.each([
    ['ACCEPT', { outcome: 'accepted' }],
    ['ACCEPT 200, 1234 bytes', { outcome: 'accepted' }],
    ['REJECT: self-signed certificate', { outcome: 'refused', reason: 'unknown', code: 'CLIENT_REJECTS' }],
    ['UNSUPPORTED', { outcome: 'broken', code: 'CLIENT_UNSUPPORTED' }],
    ['talk\\nACCEPTED is no answer\\nREJECT', { outcome: 'refused', message: expect.stringContaining('talk') }],
  ])('%s is %j', async (words, expected) => {
    await using talk = talkWith(`say('${words}\\n')`)
    expect(await said(talk)).toMatchObject(expected)
  })

  test('an end without an answer is none, whatever the exit code', async () => {
    for (const code of [0, 1]) {
      await using talk = talkWith(`console.error('out of order'); process.exitCode = ${code}; process.stdin.destroy()`)
      expect(await said(talk)).toMatchObject({
        outcome: 'broken',
        code: 'CLIENT_ENDED',
        message: expect.stringContaining('out of order'),
      })
      expect(await said(talk)).toMatchObject({ outcome: 'broken', code: 'CLIENT_ENDED' })
    }
  })

  test('an answer to nothing voids what follows', async () => {
    await using talk = talkWith(`say('ACCEPT\\nACCEPT\\n')`)
    expect(await said(talk)).toEqual({ outcome: 'accepted' })
    expect(await said(talk)).toMatchObject({ outcome: 'broken', code: 'CLIENT_OUT_OF_TURN' })
  })
})

describe('one that behaves badly', () => {
  test('is told apart when it is not there', async () => {
    const talk = startConversation({ command: 'no-such-program', args: [], env: {} })
    expect(await said(talk)).toMatchObject({ outcome: 'broken', code: 'CLIENT_NOT_STARTED' })
    await talk.close()
  })

  test('is ended at its deadline, and stays so', async () => {
    await using talk = talkWith(`say('thinking\\n')`)
    expect(await said(talk, 'x', { timeout: 2_000 })).toMatchObject({ code: 'CLIENT_TIMED_OUT' })
    expect(await said(talk)).toMatchObject({ code: 'CLIENT_TIMED_OUT' })
  })

  test('is ended with its children when the conversation is closed, though it ignores that', async () => {
    const child = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)'])`
    const talk = talkWith(
      `say('ACCEPT ' + process.pid + ' ' + child.pid + '\\n')`,
      `const child = ${child}; setInterval(() => {}, 1e3); process.on('SIGTERM', () => {});`,
    )
    const { output } = await talk.tell('x', LIMITS)
    const pids = (output.match(/\d+/g) ?? []).map(Number)
    expect(pids).toHaveLength(2)
    await talk.close()
    expect(await Promise.all(pids.map(gone))).toEqual([true, true])
  })

  test('that writes without end and without lines costs no memory, and its answer is heard', async () => {
    await using talk = talkWith(`for (let i = 0; i < 64; i++) say('x'.repeat(1 << 20)); say('\\nACCEPT\\n')`)
    const reply = await talk.tell('x', LIMITS)
    expect(reply).toMatchObject({ how: 'answered', word: 'ACCEPT' })
    expect(reply.output).toHaveLength(64 * 1024)
  })

  test('an interruption ends it', async () => {
    const stop = new AbortController()
    await using talk = talkWith('')
    const waiting = talk.tell('x', { ...LIMITS, signal: stop.signal })
    stop.abort()
    expect(await waiting).toMatchObject({ how: 'interrupted' })
  })
})
