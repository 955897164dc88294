import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, rmSync, statSync, utimesSync, watch, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {remove} from './files.ts'
import {findLock, foreignLockAdvice, withLock} from './lock.ts'
import {hostIn, machineId, machineName, nameOfHost} from './temporary.ts'

let folder: string
beforeEach(() => {
  folder = join(openFolder(), 'run')
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(join(folder, '..'), {recursive: true})
})

const {pid: dead} = spawnSync(process.execPath, ['--version'])
const HEX = '0123456789ab'
const putLock = (machine: string, pid: number) => writeFileSync(join(folder, `lock.${machine}.${pid}.${HEX}`), '')
const enter = (work = async () => 'done') => withLock(folder, work)

test('the folder is created, and the lock is removed after the work, done or failed', async () => {
  expect(await enter(async () => readdirSync(folder).length.toString())).toBe('1')
  expect(readdirSync(folder)).toEqual([])
  await expect(enter(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(readdirSync(folder)).toEqual([])
})

test.runIf(process.platform === 'linux')(
  'a folder that the system cannot make is a fault of input and output',
  async () => {
    await expect(withLock('/proc/none', async () => 'done')).rejects.toMatchObject({
      kind: 'io',
      message: '/proc/none: no such file or folder',
    })
  },
)

test('while one is at work, a second is refused in the same process, too, and the fault says so', async () => {
  await enter(async () => {
    await expect(enter()).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringMatching(
        `^${folder}: this process is already at work here; wait until that ends, or, if its thread was terminated, remove ${folder}/lock\\.${machineId}\\.${process.pid}\\.[0-9a-f]{12}$`,
      ),
    })
    expect(readdirSync(folder)).toHaveLength(1)
    return ''
  })
})

test('neither a dead process nor an earlier one with the same id keeps others out', async () => {
  await enter()
  putLock(machineId, dead)
  expect(await enter()).toBe('done')
  putLock(machineId, process.pid)
  utimesSync(join(folder, `lock.${machineId}.${process.pid}.${HEX}`), 1e9, 1e9)
  expect(await enter()).toBe('done')
  expect(readdirSync(folder)).toEqual([])
})

test.runIf(process.platform === 'linux')('a process with the id of a dead one keeps nobody out', async () => {
  const born = await withLock(folder, async () => readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'))
  expect(born).toMatch(/^[0-9a-f-]{36} \d+$/)
  const put = (pid: number, holds: string) => writeFileSync(join(folder, `lock.${machineId}.${pid}.${HEX}`), holds)
  for (const pid of [process.pid, process.ppid]) {
    put(pid, `${born}0`)
    expect(await enter()).toBe('done')
    put(
      pid,
      born.replace(/^./, digit => (digit === '0' ? '1' : '0')),
    )
    expect(await findLock(folder)).toBe('dead')
    expect(await enter()).toBe('done')
  }
  put(process.ppid, '') // of which nothing is known but that such a process lives
  await expect(enter()).rejects.toMatchObject({kind: 'busy'})
  const past = Date.now() / 1000 - 300
  utimesSync(join(folder, `lock.${machineId}.${process.ppid}.${HEX}`), past, past) // a loss of power came before its content
  expect(await findLock(folder)).toBe('dead')
  expect(await enter()).toBe('done')
})

test('whether a process on another machine is alive is unknown, so a user decides', async () => {
  await enter()
  putLock('far', 7)
  await expect(enter()).rejects.toThrow(
    `${folder}: process 7 on far is at work here; wait for it or stop it, or, if that machine no longer runs it, remove ${folder}/lock.far.7.${HEX}`,
  )
  expect(readdirSync(folder)).toEqual([`lock.far.7.${HEX}`])
  expect(await withLock(folder, async () => 'done', {here: true})).toBe('done')
})

test('whether a process in another container of this machine is alive is unknown, even if a process has its id here', async () => {
  const other = hostIn({boot: '0a1b2c3d-0000-4000-8000-000000000000', inode: '4026539999'})
  expect(other).toBe(`${machineName}-0a1b2c3d-4026539999`)
  await enter()
  for (const pid of [dead, process.pid]) {
    putLock(other, pid)
    const lock = `lock.${other}.${pid}.${HEX}`
    await expect(enter()).rejects.toThrow(
      `${folder}: process ${pid} on ${machineName}, in a container of its own (PID namespace 4026539999), is at work here; wait for it or stop it, or, if that container no longer runs it, remove ${folder}/${lock}`,
    )
    expect(await findLock(folder)).toBe('held')
    expect(readdirSync(folder)).toEqual([lock])
    expect(await withLock(folder, async () => 'done', {here: true})).toBe('done')
    rmSync(join(folder, lock))
  }
  expect(hostIn({boot: 'any', inode: '4026531836'})).toBe(machineName) // the machine's own, as before there were marks
  expect(hostIn({boot: '', inode: ''})).toBe(machineName)
})

test('machines with long names that differ at the end are different machines', () => {
  const [one, other] = [1, 2].map(node => nameOfHost(`training-queue-dy-p4d24xlarge-efa-resource-${node}`))
  expect(one).toMatch(/^training-queue-dy-p4d24-[0-9a-f]{8}$/)
  expect(other).not.toBe(one)
  expect(nameOfHost('training-queue-dy-p4d24xlarge-10')).toBe('training-queue-dy-p4d24xlarge-10')
})

test('a stop ends the wait for a lock with its own reason', async () => {
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const waiting = withLock(folder, () =>
    withLock(folder, async () => 'done', {signal: stop.signal, wait: () => stop.abort(reason)}),
  )
  await expect(waiting).rejects.toBe(reason)
})

test('what to do about a lock of another machine is known, and about one of this machine nothing', async () => {
  await withLock(folder, async () => expect(await foreignLockAdvice(folder)).toBeUndefined())
  putLock('far', 7)
  expect(await foreignLockAdvice(folder)).toBe(
    `${folder}: process 7 on far is at work here; wait for it or stop it, or, if that machine no longer runs it, remove ${folder}/lock.far.7.${HEX}`,
  )
})

test('locks of different parts of a folder do not exclude each other', async () => {
  const inner = await withLock(folder, () => withLock(folder, () => findLock(folder), {of: 'b'}), {of: 'a'})
  expect(inner).toBe('held')
  await expect(withLock(folder, () => withLock(folder, enter, {of: 'a'}), {of: 'a'})).rejects.toMatchObject({
    kind: 'busy',
  })
})

test('taking the lock of a part removes the locks of dead processes for every part', async () => {
  await enter()
  writeFileSync(join(folder, `lock.${machineId}.${dead}.${HEX}.a`), '')
  writeFileSync(join(folder, `lock.far.${dead}.${HEX}.c`), '')
  await withLock(folder, async () => {}, {of: 'b'})
  expect(readdirSync(folder)).toEqual([`lock.far.${dead}.${HEX}.c`])
})

test.runIf(process.platform === 'linux')(
  'a lock that the system does not remove is a fault with a remedy',
  async () => {
    const file = '/proc/self/stat'
    await expect(remove(file)).rejects.toMatchObject({
      kind: 'io',
      message: expect.stringMatching(
        `^${file}: cannot be removed: [a-z ]+; remove it by hand, then run the command again$`,
      ),
    })
  },
)

test('findLock reports whether a process is at work in a folder, or died there', async () => {
  expect(await findLock(folder)).toBeUndefined()
  expect(await withLock(folder, () => findLock(folder))).toBe('held')
  putLock(machineId, dead)
  expect(await findLock(folder)).toBe('dead')
  expect(await enter()).toBe('done')
  expect(await findLock(folder)).toBeUndefined()
})

test('of many processes that start together, over a dead one’s lock, no two are at work at the same time', async () => {
  await enter()
  for (let round = 0; round < 5; round++) {
    putLock(machineId, dead)
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await setTimeout(20)
      inside--
      return 'done'
    }
    const ends = await Promise.allSettled(Array.from({length: 6}, () => enter(work)))
    expect(most).toBe(1)
    expect(ends.filter(({status}) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
  }
  expect(readdirSync(folder)).toEqual([])
})

test('of very many processes that start together, one is soon at work', async () => {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)])
  const contender = () => withLock(folder, async () => stop.abort(), {wait: () => {}, signal})
  const ends = await Promise.allSettled(Array.from({length: 150}, contender))
  expect(ends.some(({status}) => status === 'fulfilled')).toBe(true)
})

test('a process that waits takes over from another machine once its lock is untouched for ten minutes', async () => {
  await enter()
  putLock('far', 7)
  vi.useFakeTimers({toFake: ['performance']})
  let changes = 0
  const watcher = watch(folder, event => {
    if (event !== 'rename') return
    const now = ++changes
    if (now < 6) utimesSync(join(folder, `lock.far.7.${HEX}`), now, now) // as the other machine does
    vi.advanceTimersByTime(11 * 60_000)
  })
  const waiting = withLock(folder, async () => readdirSync(folder), {wait: () => {}})
  expect(await waiting).toEqual([expect.stringContaining(machineId)])
  watcher.close()
  expect(changes).toBeGreaterThanOrEqual(6)
})

test('a process touches its lock every minute while it works', async () => {
  vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']})
  await withLock(folder, async () => {
    const lock = join(folder, readdirSync(folder)[0])
    utimesSync(lock, 1e9, 1e9)
    vi.advanceTimersByTime(60_000)
    while (statSync(lock).mtimeMs === 1e12) await setTimeout(5)
  })
  expect(vi.getTimerCount()).toBe(0)
})

test('a folder that cannot be made is an I/O fault', async () => {
  const file = fileURLToPath(import.meta.url)
  await expect(withLock(join(file, 'run'), async () => {})).rejects.toMatchObject({name: 'Fault', kind: 'io'})
})
