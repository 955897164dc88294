import {execFileSync} from 'node:child_process'
import {lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {Fault, ioFault, prefixFault} from './fault.ts'
import {isReadOnly, sync, writeOutput} from './files.ts'

test.each(['EACCES', 'EPERM', 'EROFS'])(
  '%s means read-only, also as the cause of a fault or of a fault of a fault',
  code => {
    const error = Object.assign(new Error(code), {code, syscall: 'open'})
    const fault = ioFault('a', error)
    expect(fault).toBeInstanceOf(Fault)
    expect([error, fault, prefixFault('model', fault)].map(isReadOnly)).toEqual([true, true, true])
  },
)

test('another error does not mean read-only, nor a fault without a cause', () => {
  const full = ioFault('a', Object.assign(new Error('full'), {code: 'ENOSPC', syscall: 'write'}))
  const others = [full, new Fault('io', 'no cause'), new Error('no code'), 'EACCES', undefined]
  expect(others.map(isReadOnly)).toEqual([false, false, false, false, false])
})

test.runIf(process.platform === 'linux')(
  'a folder whose file system cannot fsync it is no error, a file is',
  async () => {
    await sync('/proc')
    await expect(sync('/proc/version')).rejects.toMatchObject({code: 'EINVAL'})
    await expect(sync('/proc/missing')).rejects.toMatchObject({code: 'ENOENT'})
  },
)

test('an output behind a link is replaced there, and the link stays', async () => {
  const folder = openFolder()
  const [file, link] = [join(folder, 'shared/x.csv'), join(folder, 'x.csv')]
  mkdirSync(join(folder, 'shared'))
  writeFileSync(file, 'old')
  symlinkSync('shared/x.csv', link)
  await writeOutput(link, 'new')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readdirSync(folder, {recursive: true}).sort()).toEqual(['shared', 'shared/x.csv', 'x.csv'])
  rmSync(file)
  await writeOutput(link, 'newer')
  expect(readFileSync(file, 'utf8')).toBe('newer')
})

test.runIf(process.platform === 'linux')('an output that is a pipe or a device is written into', async () => {
  const folder = openFolder()
  const [pipe, link] = [join(folder, 'pipe'), join(folder, 'link')]
  execFileSync('mkfifo', [pipe])
  symlinkSync('pipe', link)
  for (const path of [pipe, link]) {
    const read = readFile(pipe, 'utf8')
    await writeOutput(path, 'text')
    expect(lstatSync(pipe).isFIFO()).toBe(true)
    expect(await read).toBe('text')
  }
  await expect(writeOutput('/dev/full', 'text')).rejects.toMatchObject({
    kind: 'io',
    message: '/dev/full: no space left on the disk',
  })
})
