import {execFileSync} from 'node:child_process'
import {lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, onTestFinished, test, vi} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {Fault, ioFault, prefixFault} from './fault.ts'
import {isReadOnly, makeFolder, makeTemporaryFolder, sync, writeOutput, writingCache} from './files.ts'
import {factorsFolder} from './folders.ts'

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

test('a cache that cannot be made names the variable that moves it, whichever folder on its path fails', async () => {
  const folder = openFolder()
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('missing', join(folder, 'link'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const refusal = (cache: string) => {
    vi.stubEnv('SVFT_CACHE', cache)
    return writingCache(() => makeFolder(factorsFolder())).catch(error => error.message)
  }
  const advice = '; set SVFT_CACHE to a folder that can be written'
  expect(await refusal(join(folder, 'file'))).toBe(
    `${folder}/file/factors: a part of the path is a file, not a folder${advice}`,
  )
  expect(await refusal(join(folder, 'link'))).toBe(`${folder}/link: a link to a folder that does not exist${advice}`)
  if (process.platform !== 'linux') return
  expect(await refusal('/dev/null/.cache/svft')).toMatch(`a part of the path is a file, not a folder${advice}`)
  expect(await refusal('/proc/home/.cache/svft')).toBe(`/proc/home: no such file or folder${advice}`)
})

test('the advice of the cache is not given for a file elsewhere', async () => {
  const file = join(openFolder(), 'a/b')
  const reading = writingCache(() => writeOutput(file, 'text')).catch(error => error.message)
  expect(await reading).toBe(`${file}: no such file or folder`)
})

test('without a folder for temporary files, the variable that names one is named', async () => {
  const folder = openFolder()
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('TMPDIR', folder)
  expect(await makeTemporaryFolder('x')).toMatch(`${folder}/svft-x-`)
  vi.stubEnv('TMPDIR', join(folder, 'missing'))
  await expect(makeTemporaryFolder('x')).rejects.toMatchObject({
    kind: 'io',
    message: `${folder}/missing: no such file or folder; set TMPDIR to a folder that can be written`,
  })
})
