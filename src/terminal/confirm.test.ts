import {PassThrough} from 'node:stream'
import {expect, test} from 'vitest'
import {askYes} from './confirm.ts'

const ask = (input: PassThrough, signal = new AbortController().signal) =>
  askYes('start? [y/N] ', {input, output: new PassThrough(), signal})

test('an empty reply, the end of the input and an interruption count as no', async () => {
  const answers = ['y', ' Yes ', 'n', '', 'yesterday'].map(line => {
    const input = new PassThrough()
    input.write(`${line}\n`)
    return ask(input)
  })
  expect(await Promise.all(answers)).toEqual([true, true, false, false, false])
  const ended = new PassThrough()
  ended.end()
  expect(await ask(ended)).toBe(false)
  const interrupted = new AbortController()
  const asked = ask(new PassThrough(), interrupted.signal)
  interrupted.abort()
  expect(await asked).toBe(false)
})
