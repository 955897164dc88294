import {spawn} from 'node:child_process'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {limitedProcess} from './limited-process.ts'

const limits = {memory: 2 ** 29, seconds: 20, exceeds: (limit: string) => new Error(`exceeds ${limit}`)}
const RESPOND = "process.on('message', work => process.send(eval(work)))"

test('a request that takes too long or aborts the process ends it, and the next starts another', async () => {
  const request = limitedProcess(['--eval', RESPOND])
  expect(await request('1 + 1', limits)).toBe(2)
  await expect(request('for (;;);', {...limits, seconds: 0.2})).rejects.toThrow('exceeds seconds')
  await expect(request('process.abort()', limits)).rejects.toThrow('exceeds memory')
  await expect(request('process.exit(3)', limits)).rejects.toThrow('a process with limited memory ended with code 3')
  expect(await request('2 + 2', limits)).toBe(4)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s does not end a process: svft does', async signal => {
  const request = limitedProcess(['--eval', RESPOND])
  const work = `process.kill(process.pid, '${signal}'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); 1`
  expect(await request(work, limits)).toBe(1)
  expect(await request('2', limits)).toBe(2)
})

test('a process that computes without end does not outlive its parent', async () => {
  const pids = join(openFolder(), 'pids')
  const parent = join(openFolder(), 'parent.ts')
  const work = `require('node:fs').writeFileSync(${JSON.stringify(pids)}, String(process.pid)); for (;;);`
  writeFileSync(
    parent,
    `import {limitedProcess} from ${JSON.stringify(join(import.meta.dirname, 'limited-process.ts'))}
    limitedProcess(['--eval', ${JSON.stringify(RESPOND)}])(${JSON.stringify(work)}, {memory: 2 ** 29, seconds: 60, exceeds: () => new Error()})`,
  )
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const running = spawn(process.execPath, ['--import', tsx, parent])
  while (!existsSync(pids) || readFileSync(pids, 'utf8') === '') await setTimeout(20)
  running.kill('SIGKILL')
  const child = Number(readFileSync(pids, 'utf8'))
  const deadline = Date.now() + 10_000
  while (isRunning(child) && Date.now() < deadline) await setTimeout(50)
  expect(isRunning(child)).toBe(false)
})

/** Whether a process runs: one that has ended, but that nobody has waited for, does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/status`
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'))
}
