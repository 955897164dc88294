import {expect, test} from 'vitest'
import {retried} from './retry.ts'
import {TransientError} from './transient-error.ts'

const signal = new AbortController().signal
const remote = {pauseMs: 1, advice: {offline: 'without a network, SVFT works from here', instead: 'another one'}}

const failing = (cause?: Error) =>
  retried(() => Promise.reject(new TransientError('hub: no response', {cause})), {remote, signal})

test('where no connection is made, the message says what works without one; elsewhere it does not', async () => {
  const refused = Object.assign(new Error('connect'), {code: 'ECONNREFUSED', syscall: 'connect'})
  await expect(failing(refused)).rejects.toThrow(
    /^hub: no response, 6 times in a row; without a network, SVFT works from here$/,
  )
  await expect(failing()).rejects.toThrow(/^hub: no response, 6 times in a row$/)
})

test('every wait that is longer than a moment is shown, once', async () => {
  const waits: string[] = []
  let tries = 0
  const attempt = () =>
    tries++ === 0 ? Promise.reject(new TransientError('hub: busy', {afterMs: 600})) : Promise.resolve(1)
  expect(await retried(attempt, {remote, signal, onWait: text => waits.push(text)})).toBe(1)
  expect(waits).toEqual(['hub: busy: trying again in 1 s'])
})

test('a stop ends the wait with its own reason', async () => {
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const attempt = () => Promise.reject(new TransientError('hub: busy', {afterMs: 60_000}))
  const waiting = retried(attempt, {remote, signal: stop.signal, onWait: () => setTimeout(() => stop.abort(reason))})
  await expect(waiting).rejects.toBe(reason)
})
