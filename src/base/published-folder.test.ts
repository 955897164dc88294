import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {random} from '../tensor/random.ts'
import {writeSafetensors} from '../weights/safetensors.ts'
import {Fault} from './fault.ts'
import {findDamage, publishFolder} from './published-folder.ts'
import {machineId, machineName, temporaryBeside} from './temporary.ts'

const root = openFolder()

const MODULE = new URL('published-folder.ts', import.meta.url)

/** What a training would put into a checkpoint. */
async function write(folder: string): Promise<void> {
  const data = Float32Array.from({length: 6}, (_, i) => i - 0.5)
  await writeSafetensors(join(folder, 'trainable.safetensors'), {'q_proj.s': {dtype: 'float32', shape: [6], data}})
  writeFileSync(join(folder, 'state.json'), '{"step":100,"seed":7}\n')
  mkdirSync(join(folder, 'moments'))
  writeFileSync(join(folder, 'moments', 'm.bin'), Buffer.from(data.buffer))
  writeFileSync(join(folder, 'empty'), '')
}

let made = 0
function fresh(): string {
  const folder = join(root, String(made++))
  mkdirSync(folder)
  return folder
}

test('a published folder holds what was written and a manifest of it, and verifies', async () => {
  const parent = fresh()
  const target = join(parent, 'checkpoints', 'step-100')
  await publishFolder(target, write)
  expect(readdirSync(join(parent, 'checkpoints'))).toEqual(['step-100'])
  const names = ['empty', 'manifest.json', 'moments', 'moments/m.bin', 'state.json', 'trainable.safetensors']
  expect(readdirSync(target, {recursive: true}).sort()).toEqual(names)
  const {files} = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'))
  expect(Object.keys(files)).toEqual(['empty', 'moments/m.bin', 'state.json', 'trainable.safetensors'])
  expect(files.empty).toEqual({bytes: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'})
  expect(await findDamage(target)).toBeUndefined()
  const elsewhere = join(fresh(), 'copy')
  cpSync(target, elsewhere, {recursive: true})
  expect(await findDamage(elsewhere)).toBeUndefined()
  expect(statSync(target).mode & 0o777).toBe(0o777 & ~process.umask())
})

test('a folder with any file truncated at any position does not verify', async () => {
  const target = join(fresh(), 'step-1')
  await publishFolder(target, write)
  for (const name of FILES) {
    const path = join(target, name)
    const bytes = readFileSync(path)
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length))
      expect((await findDamage(target))?.message).toMatch(/ bytes|JSON|not as it was written/)
    }
    writeFileSync(path, bytes)
  }
  expect(await findDamage(target)).toBeUndefined()
})

test('a folder with one bit of any file flipped does not verify', async () => {
  const target = join(fresh(), 'step-1')
  await publishFolder(target, write)
  const dice = random(1, 'bits')
  for (const name of FILES) {
    const path = join(target, name)
    const bytes = readFileSync(path)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] ^= 1 << dice.int(8)
      writeFileSync(path, changed)
      if (!(await findDamage(target))) expect.unreachable(`${name}: byte ${at} from ${bytes[at]} to ${changed[at]}`)
    }
    writeFileSync(path, bytes)
  }
  expect(await findDamage(target)).toBeUndefined()
})

test('findDamage names the file that is missing, longer, replaced or rewritten', async () => {
  const target = join(fresh(), 'step-1')
  await publishFolder(target, write)
  const manifest = join(target, 'manifest.json')
  const text = readFileSync(manifest, 'utf8')
  const changes: readonly (readonly [(copy: string) => void, RegExp])[] = [
    [copy => rmSync(join(copy, 'state.json')), /state\.json: no such file/],
    [copy => rmSync(join(copy, 'manifest.json')), /manifest\.json: no such file/],
    [copy => rmSync(copy, {recursive: true}), /no such file/],
    [copy => writeFileSync(join(copy, 'empty'), 'x'), /empty: has 1 bytes; 0 were written/],
    [
      copy => writeFileSync(join(copy, 'state.json'), '{"step":101,"seed":7}\n'),
      /state\.json: its bytes are not those/,
    ],
    [copy => replaceByLink(join(copy, 'state.json')), /state\.json: not a regular file/],
    [copy => replaceByFolder(join(copy, 'empty')), /empty: not a regular file/],
    [copy => writeFileSync(join(copy, 'manifest.json'), `${text}\n`), /manifest\.json: not as it was written/],
    [copy => writeFileSync(join(copy, 'manifest.json'), '{}'), /manifest\.json: not as it was written/],
    [
      copy => writeFileSync(join(copy, 'manifest.json'), text.replaceAll('state.json', '../state.json')),
      /not as it was/,
    ],
    [
      copy => writeFileSync(join(copy, 'manifest.json'), text.replaceAll('"empty"', '"state.json"')),
      /a key occurs twice/,
    ],
  ]
  for (const [change, message] of changes) {
    const copy = join(fresh(), 'step-1')
    cpSync(target, copy, {recursive: true})
    change(copy)
    expect((await findDamage(copy))?.message).toMatch(message)
  }
})

test('a writer that throws leaves nothing, and its error is thrown', async () => {
  const parent = fresh()
  const lost = new Error('lost')
  const publishing = publishFolder(join(parent, 'step-1'), async temporary => {
    await write(temporary)
    throw lost
  })
  await expect(publishing).rejects.toBe(lost)
  expect(readdirSync(parent)).toEqual([])
})

test('a fault of the writer names the target, not the removed temporary folder', async () => {
  const target = join(fresh(), 'step-1')
  const data = Float32Array.of(1)
  const publishing = publishFolder(target, temporary =>
    writeSafetensors(join(temporary, 'a.safetensors'), {a: {dtype: 'float32', shape: [2], data}}),
  )
  await expect(publishing).rejects.toThrow(`${target}/a.safetensors: tensor a: its data do not match float32 [2]`)
})

test('links and a manifest of the writer are not published, since they cannot be verified', async () => {
  const parent = fresh()
  const writers: readonly ((folder: string) => void)[] = [
    folder => symlinkSync('/', join(folder, 'link')),
    folder => writeFileSync(join(folder, 'manifest.json'), '{}'),
    folder => writeFileSync(join(folder, '__proto__'), ''),
    folder => execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]),
  ]
  for (const writer of writers) {
    await expect(publishFolder(join(parent, 'x'), async folder => writer(folder))).rejects.toThrow(
      /cannot be published/,
    )
  }
  expect(readdirSync(parent)).toEqual([])
})

test('a target that exists is never replaced, whatever it is', async () => {
  const parent = fresh()
  writeFileSync(join(parent, 'file'), 'kept')
  mkdirSync(join(parent, 'folder'))
  symlinkSync('nowhere', join(parent, 'link'))
  await publishFolder(join(parent, 'published'), write)
  const before = readdirSync(parent, {recursive: true})
  for (const name of ['file', 'folder', 'link', 'published']) {
    let called = false
    const publishing = publishFolder(join(parent, name), async () => {
      called = true
    })
    await expect(publishing).rejects.toThrow(`${join(parent, name)}: already exists; move it away first`)
    expect(called).toBe(false)
  }
  expect(readdirSync(parent, {recursive: true})).toEqual(before)
  expect(readFileSync(join(parent, 'file'), 'utf8')).toBe('kept')
})

test('of two writers of one folder the first wins, and the other gets a fault', async () => {
  const target = join(fresh(), 'step-1')
  const late = publishFolder(target, async temporary => {
    await write(temporary)
    await publishFolder(target, write)
  })
  await expect(late).rejects.toThrow(/already exists/)
  expect(await findDamage(target)).toBeUndefined()
  const results = await Promise.allSettled(Array.from({length: 4}, () => publishFolder(`${target}0`, write)))
  expect(results.filter(({status}) => status === 'fulfilled')).toHaveLength(1)
  expect(await findDamage(`${target}0`)).toBeUndefined()
  expect(readdirSync(join(target, '..'))).toEqual(['step-1', 'step-10'])
})

test('a damaged checkpoint is renamed when its step is written again; one that verifies stays', async () => {
  const parent = fresh()
  const target = join(parent, 'step-1')
  for (const broken of ['a', 'b']) {
    await publishFolder(target, write, {existing: 'aside'})
    writeFileSync(join(target, 'state.json'), broken)
  }
  await publishFolder(target, write, {existing: 'aside'})
  expect(readdirSync(parent).sort()).toEqual(['step-1', 'step-1.broken-1', 'step-1.broken-2'])
  expect(readFileSync(join(parent, 'step-1.broken-2', 'state.json'), 'utf8')).toBe('b')
  expect(await findDamage(target)).toBeUndefined()
  await expect(publishFolder(target, write, {existing: 'aside'})).rejects.toThrow(/already exists/)
  writeFileSync(join(parent, 'file'), '')
  const blocked = publishFolder(join(parent, 'file'), write, {existing: 'aside'})
  await expect(blocked).rejects.toMatchObject({kind: 'io', message: expect.stringContaining('already exists')})
})

test('a folder is replaced only once the new one is whole', async () => {
  const parent = fresh()
  const target = join(parent, 'engine')
  mkdirSync(target)
  writeFileSync(join(target, 'old'), 'works')
  const full = publishFolder(target, () => Promise.reject(new Fault('io', 'no space left')), {existing: 'replace'})
  await expect(full).rejects.toThrow('no space left')
  expect(readdirSync(parent, {recursive: true}).sort()).toEqual(['engine', 'engine/old'])
  await publishFolder(target, write, {existing: 'replace'})
  expect(await findDamage(target)).toBeUndefined()
  expect(readdirSync(parent)).toEqual(['engine'])
  expect(readdirSync(target)).not.toContain('old')
})

test('a target below a file is an I/O fault', async () => {
  const file = join(fresh(), 'file')
  writeFileSync(file, '')
  const error = await publishFolder(join(file, 'x', 'step-1'), write).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Fault)
  expect(error).toMatchObject({kind: 'io', message: expect.stringMatching(/a part of the path is a file/)})
})

test.runIf(process.platform === 'linux')(
  'a folder that the system cannot make is a fault of input and output',
  async () => {
    const error = await publishFolder('/proc/none/below/step-1', write).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Fault)
    expect(error).toMatchObject({kind: 'io', message: '/proc/none: no such file or folder'})
  },
)

test('the next writer removes the leftovers of dead processes, and nothing else', async () => {
  const parent = fresh()
  const dead = execFileSync('sh', ['-c', 'echo $$'], {encoding: 'utf8'}).trim()
  const kept = [
    `.step-1.${machineId}.${process.ppid}.0123456789ab.tmp`, // alive
    `.step-1.elsewhere.${dead}.0123456789ab.tmp`, // on another machine, a moment ago
    `.step-1.${machineName}-0a1b2c3d-4026539999.${dead}.0123456789ab.tmp`, // in another container, a moment ago
    basename(await temporaryBeside(join(parent, 'step-2'))), // ours, by a file server whose clock is behind
    `.step-1.${machineId}.${dead}.tmp`, // not ours
    'step-0',
  ]
  const removed = [
    `.step-1.${machineId}.${dead}.0123456789ab.tmp`,
    `.step.9.v.${machineId}.${dead}.ba9876543210.tmp`,
    `.step-3.${machineId}.${process.pid}.0123456789ab.tmp`, // of a process that had our id before us
    `.step-3.elsewhere.${dead}.0123456789ab.tmp`, // on another machine, long ago
  ]
  for (const name of [...kept, ...removed]) {
    mkdirSync(join(parent, name))
    writeFileSync(join(parent, name, 'file'), '')
  }
  utimesSync(join(parent, removed[3]), 1e9, 1e9)
  const before = Date.now() / 1000 - process.uptime() - 3600
  utimesSync(join(parent, kept[3]), before, before)
  await publishFolder(join(parent, 'step-4'), write)
  expect(readdirSync(parent).sort()).toEqual([...kept, 'step-4'].sort())
})

test('writers killed at any moment leave only complete checkpoints, and none disturbs another', async () => {
  const parent = fresh()
  const source = `
    import {publishFolder} from '${MODULE}'
    import {writeFileSync} from 'node:fs'
    for (let step = 1; ; step++) {
      await publishFolder('${parent}/step-' + process.pid + '-' + step, async folder => {
        for (const name of ['a', 'b', 'c']) writeFileSync(folder + '/' + name, Buffer.alloc(2e5, step))
      })
      if (step === 2) console.log('under way')
    }
  `
  const dice = random(3, 'kill')
  const writers = Array.from({length: 3}, async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source])
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    await new Promise(resolve => setTimeout(resolve, dice.int(100)))
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.signalCode
  })
  expect(await Promise.all(writers)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL'])

  const names = readdirSync(parent).filter(name => name.startsWith('step-'))
  expect(names.length).toBeGreaterThanOrEqual(6)
  for (const name of names) expect(await findDamage(join(parent, name))).toBeUndefined()
  await publishFolder(join(parent, 'step-1'), write)
  expect(readdirSync(parent).filter(name => !name.startsWith('step-'))).toEqual([])
})

test('a write that the system refuses is an I/O fault and leaves nothing', () => {
  const parent = fresh()
  const source = `
    import {publishFolder} from '${MODULE}'
    import {writeFileSync} from 'node:fs'
    const write = async folder => writeFileSync(folder + '/large', Buffer.alloc(3e6))
    await publishFolder('${parent}/step-1', write).catch(fault => console.log(fault.kind, fault.message))
  `
  const command = 'ulimit -f 2048 && exec node --import tsx --input-type=module -e "$0"'
  const said = execFileSync('sh', ['-c', command, source], {encoding: 'utf8'})
  expect(said).toBe(`io ${parent}/step-1: larger than a file may be here\n`)
  expect(readdirSync(parent)).toEqual([])
})

const FILES = ['manifest.json', 'trainable.safetensors', 'state.json', 'moments/m.bin']

function replaceByLink(path: string): void {
  renameSync(path, `${path}.moved`)
  symlinkSync(`${path}.moved`, path)
}

function replaceByFolder(path: string): void {
  rmSync(path)
  mkdirSync(path)
}
