import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {openThread} from './thread.ts'

const MODULES = new URL('../../dist/base/', import.meta.url)

/** The entry of a thread that responds with what `handle`, an expression in JavaScript, returns. */
function entry(handle: string, transfer = 'undefined'): URL {
  const file = join(openFolder(), 'entry.mjs')
  writeFileSync(
    file,
    `import {Fault} from '${new URL('fault.js', MODULES)}'
    import {respond} from '${new URL('thread.js', MODULES)}'
    const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
    respond(${handle}, ${transfer})`,
  )
  return pathToFileURL(file)
}

test('each request gets its own response, in whatever order they come', async () => {
  const thread = openThread<number, number>(entry('async ms => { await wait(ms); return 2 * ms }'))
  const order: number[] = []
  const responses = [200, 0, 100].map(async ms => {
    order.push(await thread.request(ms))
  })
  expect(thread.load()).toBe(3)
  await Promise.all(responses)
  expect(order).toEqual([0, 200, 400])
  expect(thread.load()).toBe(0)
  await thread.close()
})

test('a thread that is closed exits once its work is done, and what is pending fails', async () => {
  const file = join(openFolder(), 'done')
  const thread = openThread<string, void>(
    entry(`async file => { await wait(100); (await import('node:fs')).writeFileSync(file, '') }`),
  )
  const pending = thread.request(file).catch((error: Error) => error.message)
  await thread.close()
  expect(await pending).toBe('the thread of entry.mjs ended with code 0')
  expect(existsSync(file)).toBe(true)
})

test('memory is handed over in both directions', async () => {
  const thread = openThread<Uint8Array, Uint8Array>(entry('bytes => bytes.map(b => b + 1)', 'bytes => [bytes.buffer]'))
  const bytes = Uint8Array.of(1, 2)
  expect(await thread.request(bytes, {transfer: [bytes.buffer]})).toEqual(Uint8Array.of(2, 3))
  expect(bytes.length).toBe(0)
  await thread.close()
})

test('a request that cannot be cloned is refused, and leaves nothing pending', async () => {
  const thread = openThread<unknown, void>(entry('() => {}'))
  await expect(thread.request(() => {})).rejects.toThrow(/could not be cloned/)
  expect(thread.load()).toBe(0)
  await thread.close()
})

test('a fault is that of one request, with its kind and message', async () => {
  const thread = openThread<string, string>(
    entry(`text => { if (text === 'bad') throw new Fault('input', 'x.txt: bad'); return text }`),
  )
  const bad = thread.request('bad')
  await expect(bad).rejects.toMatchObject({name: 'Fault', kind: 'input', message: 'x.txt: bad'})
  expect(await thread.request('good')).toBe('good')
  await thread.close()
})

test.each([
  ['An error', `async text => { if (text) throw new TypeError('broken'); await wait(1e6) }`, 'broken'],
  ['The end', `text => text ? process.exit(3) : wait(1e6)`, 'the thread of entry.mjs ended with code 3'],
])('%s of a thread fails every request, pending or later', async (_, handle, message) => {
  const thread = openThread<string, string>(entry(handle))
  const failures = ['', 'now'].map(text => thread.request(text).catch((error: Error) => error.message))
  expect(await Promise.all(failures)).toEqual([message, message])
  await expect(thread.request('later')).rejects.toThrow(message)
  await thread.close()
})
