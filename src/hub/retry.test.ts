import {expect, test} from 'vitest'
import {retried} from './retry.ts'
import {TransientError} from './transient-error.ts'

const failing = (cause?: Error) =>
  retried(() => Promise.reject(new TransientError('hub: no answer', {cause})), {
    pauseMs: 1,
    signal: new AbortController().signal,
  })

test('where no connection is made, the message says what works without one; elsewhere it does not', async () => {
  const refused = Object.assign(new Error('connect'), {code: 'ECONNREFUSED', syscall: 'connect'})
  await expect(failing(refused)).rejects.toThrow(
    /^hub: no answer, 6 times in a row; where there is no network, HF_HUB_OFFLINE=1 .* HF_ENDPOINT .* of this machine$/,
  )
  await expect(failing()).rejects.toThrow(/^hub: no answer, 6 times in a row$/)
})

test('every wait that is longer than a moment is shown, once', async () => {
  const waits: string[] = []
  let tries = 0
  const attempt = () =>
    tries++ === 0 ? Promise.reject(new TransientError('hub: busy', {afterMs: 600})) : Promise.resolve(1)
  const signal = new AbortController().signal
  expect(await retried(attempt, {pauseMs: 1, signal, onWait: text => waits.push(text)})).toBe(1)
  expect(waits).toEqual(['hub: busy: trying again in 1 s'])
})
